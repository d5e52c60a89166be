from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cabinet.i18n import use_locale
from cabinet.kit import dates
from cabinet.kit.dates import add_months, today_in
from cabinet.meters.windows import Window, say_window

DAY = st.integers(1, 31)
WINDOWS = st.builds(Window, first=DAY, last=DAY, strict=st.booleans())
DATES = st.dates(date(2024, 1, 1), date(2028, 12, 31))
ZONES = st.sampled_from(
    ("Europe/Kaliningrad", "Europe/Moscow", "Asia/Kamchatka", "Pacific/Kiritimati", "America/New_York")
)
INSTANTS = st.builds(
    lambda day, shift: datetime(day.year, day.month, day.day, tzinfo=UTC) + shift,
    DATES,
    st.sampled_from((0, 1, -1, 3600, -3600)).map(lambda seconds: timedelta(seconds=seconds))
    | st.timedeltas(timedelta(hours=-14), timedelta(hours=14)),
)
"""Most of them near midnight in UTC, where days differ between zones."""
USUAL = Window(15, 25, strict=False)


def today_at(instant: datetime, zone: str) -> date:
    """What `today_in` says at that instant."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dates, "now", lambda: instant)
        return today_in(zone)


def test_the_last_day_is_open_and_the_next_counts_for_the_next_month() -> None:
    november, december = date(2026, 11, 1), date(2026, 12, 1)
    assert USUAL.is_open(date(2026, 11, 15))
    assert USUAL.is_open(date(2026, 11, 25))
    assert not USUAL.is_open(date(2026, 11, 14))
    assert not USUAL.is_open(date(2026, 11, 26))
    assert USUAL.period_of(date(2026, 11, 25)) == november
    assert USUAL.period_of(date(2026, 11, 26)) == december
    assert USUAL.began_on(date(2026, 11, 20)) == date(2026, 10, 26)


def test_a_window_over_the_end_of_the_month_is_one() -> None:
    window = Window(25, 3, strict=True)
    for day in (date(2026, 11, 25), date(2026, 11, 30), date(2026, 12, 3)):
        assert window.is_open(day)
        assert window.period_of(day) == date(2026, 11, 1)
    assert not window.is_open(date(2026, 12, 4))


def test_a_day_that_february_lacks_is_its_last() -> None:
    window = Window(20, 31, strict=True)
    assert window.closes_on(date(2026, 2, 1)) == date(2026, 2, 28)
    assert not Window(20, 28, strict=True).is_open(date(2026, 3, 31))


@given(WINDOWS, DATES)
def test_every_day_counts_for_one_period_whose_days_hang_together(window: Window, day: date) -> None:
    period = window.period_of(day)
    assert window.began_on(day) <= day <= window.closes_on(period)
    assert window.period_of(window.began_on(day)) == period
    assert window.period_of(window.closes_on(period) + timedelta(days=1)) >= add_months(period, 1)


def last_day(window: Window, period: date) -> date:
    """When the window of a month closes, counted anew here."""
    month = add_months(period, 1) if window.last < window.first else period
    last = add_months(month, 1) - timedelta(days=1)
    return min(last, month + timedelta(days=window.last - 1))


def periods_that_take(window: Window, day: date) -> list[date]:
    """Every month, of those around, after whose predecessor's last day and until whose own the day lies."""
    around = (add_months(day.replace(day=1), months) for months in range(-3, 4))
    return [p for p in around if last_day(window, add_months(p, -1)) < day <= last_day(window, p)]


@given(WINDOWS, ZONES, INSTANTS)
def test_a_reading_sent_at_any_instant_counts_for_exactly_one_period(
    window: Window, zone: str, instant: datetime
) -> None:
    today = today_at(instant, zone)
    period = window.period_of(today)
    assert periods_that_take(window, today) == [period]
    assert window.opens_on(period) <= window.closes_on(period)
    assert window.began_on(today) == window.closes_on(add_months(period, -1)) + timedelta(days=1)
    assert window.is_open(today) == (window.opens_on(period) <= today)


@given(WINDOWS, DATES)
@example(Window(31, 30, strict=False), date(2026, 3, 1))
def test_no_reading_can_be_dated_into_the_period_before(window: Window, today: date) -> None:
    first = window.earliest_on(today)
    assert first <= today
    assert window.period_of(first) == window.period_of(today)


@given(WINDOWS, ZONES, st.dates(date(2024, 1, 1), date(2028, 12, 31)))
def test_the_window_closes_at_midnight_where_the_provider_is(window: Window, zone: str, day: date) -> None:
    period = day.replace(day=1)
    after = last_day(window, period) + timedelta(days=1)
    midnight = datetime(after.year, after.month, after.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    assert window.period_of(today_at(midnight - timedelta(seconds=1), zone)) == period
    assert window.period_of(today_at(midnight, zone)) == add_months(period, 1)


@given(WINDOWS, ZONES, INSTANTS, st.timedeltas(timedelta(0), timedelta(days=400)))
def test_periods_never_go_back(window: Window, zone: str, instant: datetime, later: timedelta) -> None:
    then = window.period_of(today_at(instant + later, zone))
    assert window.period_of(today_at(instant, zone)) <= then


def test_the_sentence_says_what_happens_now() -> None:
    with use_locale("en"):
        assert say_window(USUAL, date(2026, 11, 20)) == "Send readings by 25 November."
        late = say_window(USUAL, date(2026, 11, 26))
        assert "counts for the next period, December 2026" in late
        closed = say_window(Window(15, 25, strict=True), date(2026, 11, 26))
        assert closed.startswith("Readings are not taken now: send them from 15 December to 25 December.")
        assert "bills by your average" in closed
