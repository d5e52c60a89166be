"""When a standing order charges."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cabinet.autopay.schedule import NOTICE, Turn, is_too_late, next_by_day, turn_by_bill, turn_by_day

DAYS = st.dates(date(2026, 1, 1), date(2030, 12, 31))


@pytest.mark.parametrize(
    ("day", "today", "turn"),
    [
        (10, date(2026, 12, 7), None),
        (10, date(2026, 12, 8), Turn(date(2026, 12, 1), date(2026, 12, 10))),
        (10, date(2026, 12, 9), Turn(date(2026, 12, 1), date(2026, 12, 11))),
        (10, date(2026, 12, 10), Turn(date(2026, 12, 1), date(2026, 12, 12))),
        (10, date(2026, 12, 11), None),
        (1, date(2026, 11, 29), Turn(date(2026, 12, 1), date(2026, 12, 1))),
        (1, date(2026, 12, 30), Turn(date(2027, 1, 1), date(2027, 1, 1))),
        (28, date(2026, 2, 26), Turn(date(2026, 2, 1), date(2026, 2, 28))),
    ],
)
def test_the_letter_comes_two_days_ahead(day: int, today: date, turn: Turn | None):
    assert turn_by_day(day, today) == turn


@given(st.integers(1, 28), DAYS)
def test_no_charge_comes_sooner_than_two_days_after_its_letter(day: int, today: date):
    turn = turn_by_day(day, today)
    assert turn is None or turn.charge_on >= today + NOTICE
    assert turn_by_bill(today.replace(day=1), today).charge_on == today + timedelta(days=2)


@given(st.integers(1, 28), DAYS)
def test_every_month_has_exactly_one_turn(day: int, start: date):
    first = start.replace(day=1)
    seen = {
        turn.period for offset in range(400) if (turn := turn_by_day(day, first + timedelta(days=offset)))
    }
    months = {(first + timedelta(days=offset)).replace(day=1) for offset in range(31, 330)}
    assert months <= seen


@given(st.integers(1, 28), DAYS)
def test_the_day_that_is_shown_is_the_day_that_is_announced(day: int, today: date):
    shown = next_by_day(day, today, None)
    turn = turn_by_day(day, today)
    assert turn is None or turn.charge_on == shown
    assert shown >= today + NOTICE


def test_a_month_that_had_its_turn_is_not_promised_again():
    assert next_by_day(10, date(2026, 12, 9), date(2026, 12, 1)) == date(2027, 1, 10)


def test_a_charge_missed_for_days_comes_no_more():
    assert not is_too_late(date(2026, 12, 10), date(2026, 12, 13))
    assert is_too_late(date(2026, 12, 10), date(2026, 12, 14))
