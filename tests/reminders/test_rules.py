"""On which days letters are due: month ends, windows that reach into the next month, time zones."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cabinet.meters.windows import Window
from cabinet.reminders.models import ReminderKind
from cabinet.reminders.rules import (
    STAGES,
    WindowLetter,
    days_of_stage,
    is_time_for_letters,
    stage_of,
    window_letter,
)

windows = st.builds(Window, st.integers(1, 31), st.integers(1, 31), st.booleans())
years = st.integers(2023, 2028)


def letters(window: Window, year: int) -> dict[tuple[str, date], list[tuple[date, WindowLetter]]]:
    """The days of a year on which each letter would be written."""
    found: defaultdict[tuple[str, date], list[tuple[date, WindowLetter]]] = defaultdict(list)
    for day in (date(year, 1, 1) + timedelta(days=ahead) for ahead in range(365)):
        if letter := window_letter(window, day):
            found[letter.kind, letter.about].append((day, letter))
    return found


@given(windows, years)
def test_letters_come_inside_the_window_and_name_its_days(window: Window, year: int) -> None:
    for (kind, _about), days in letters(window, year).items():
        for day, letter in days:
            assert letter.opens <= day <= letter.closes
            assert letter.opens == window.opens_on(letter.period)
            assert letter.closes == window.closes_on(letter.period)
            if kind is ReminderKind.WINDOW_CLOSES:
                assert day == letter.closes - timedelta(days=1)


@given(windows, years)
def test_every_window_is_announced_once_and_its_end_too(window: Window, year: int) -> None:
    found = letters(window, year)
    periods = [date(year, month, 1) for month in range(2, 11)]
    for period in periods:
        opens, closes = window.opens_on(period), window.closes_on(period)
        began = max(opens, window.began_on(closes))
        if (closes - began).days >= 1:
            assert (ReminderKind.WINDOW_OPENS, opens) in found or began > opens
        if (closes - began).days >= 2:
            assert len(found[ReminderKind.WINDOW_CLOSES, closes]) == 1


@given(windows, st.dates(date(2024, 1, 1), date(2027, 12, 31)))
def test_a_letter_about_the_same_window_has_the_same_name_on_every_day(window: Window, day: date) -> None:
    first, second = window_letter(window, day), window_letter(window, day + timedelta(days=1))
    if first and second and first.kind is second.kind and first.period == second.period:
        assert first.about == second.about


@pytest.mark.parametrize(
    ("window", "day", "kind", "period"),
    [
        (Window(15, 25, True), date(2026, 11, 14), None, None),
        (Window(15, 25, True), date(2026, 11, 15), "window_opens", date(2026, 11, 1)),
        (Window(15, 25, True), date(2026, 11, 18), None, None),
        (Window(15, 25, True), date(2026, 11, 24), "window_closes", date(2026, 11, 1)),
        (Window(15, 25, True), date(2026, 11, 25), None, None),
        (Window(25, 31, False), date(2027, 2, 27), "window_closes", date(2027, 2, 1)),
        (Window(25, 31, False), date(2028, 2, 28), "window_closes", date(2028, 2, 1)),
        (Window(28, 3, False), date(2026, 12, 28), "window_opens", date(2026, 12, 1)),
        (Window(28, 3, False), date(2027, 1, 2), "window_closes", date(2026, 12, 1)),
        (Window(10, 10, True), date(2026, 5, 10), "window_opens", date(2026, 5, 1)),
        (Window(10, 11, True), date(2026, 5, 10), "window_opens", date(2026, 5, 1)),
        (Window(1, 31, True), date(2026, 4, 29), "window_closes", date(2026, 4, 1)),
    ],
)
def test_days(window: Window, day: date, kind: str | None, period: date | None) -> None:
    letter = window_letter(window, day)
    assert (letter and letter.kind.value, letter and letter.period) == (kind, period)


@given(st.dates(date(2024, 1, 1), date(2027, 12, 31)), st.integers(-100, 200))
def test_the_stage_and_its_days_agree(today: date, ahead: int) -> None:
    due = today + timedelta(days=ahead)
    fitting = [one for one in STAGES if days_of_stage(one, today)[0] <= due <= days_of_stage(one, today)[1]]
    assert fitting == ([] if stage_of(due, today) is None else [stage_of(due, today)])


def test_a_verification_has_two_letters() -> None:
    due = date(2027, 1, 20)
    found = [stage_of(due, due - timedelta(days=left)) for left in (61, 60, 15, 14, 0, -1)]
    assert found == [None, 60, 60, 14, 14, None]


@pytest.mark.parametrize(
    ("timezone", "hour", "awake"),
    [
        ("Europe/Kaliningrad", 6, False),
        ("Europe/Kaliningrad", 7, True),
        ("Asia/Kamchatka", 21, True),
        ("Asia/Kamchatka", 9, False),
        ("Asia/Kamchatka", 20, False),
    ],
)
def test_letters_come_by_day(timezone: str, hour: int, awake: bool) -> None:
    assert is_time_for_letters(datetime(2026, 11, 22, hour, tzinfo=UTC), timezone) is awake
