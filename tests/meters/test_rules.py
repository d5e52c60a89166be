from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cabinet.kit.dates import add_months
from cabinet.meters.errors import BelowPrevious, NotANumber, NothingUsed, TooManyDecimals, TooManyDigits
from cabinet.meters.models import MeterKind
from cabinet.meters.rules import (
    Checked,
    Dial,
    Past,
    check_reading,
    cost_minor,
    monthly_uses,
    parse_value,
)
from tests.meters.places import DIAL, STEADY, SWITCHES, place

VALUES = st.decimals(0, Decimal("99999.9"), places=1)
USES = st.decimals(0, 10_000, places=3)
PRICES = st.decimals(Decimal("0.0001"), 10_000, places=4)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1234,5", "1234.5"),
        (" 1 234.5 ", "1234.5"),
        ("007", "7"),
        ("7,", "7"),
        (",5", "0.5"),
        ("12,50", "12.5"),
        ("0", "0"),
    ],
)
def test_comma_dot_spaces_and_zeros_are_welcome(text: str, value: str) -> None:
    assert parse_value(text, DIAL) == Decimal(value)


@pytest.mark.parametrize(
    "text", ["abc", "-5", "+5", "1,2,3", "1e3", ",", "Infinity", "NaN", "１２", "٣", "1'000", "0" * 41]
)
def test_anything_else_is_not_a_number(text: str) -> None:
    with pytest.raises(NotANumber):
        parse_value(text, DIAL)


def test_the_dial_sets_the_digits() -> None:
    with pytest.raises(TooManyDigits):
        parse_value("100000", DIAL)
    with pytest.raises(TooManyDecimals):
        parse_value("1,25", DIAL)
    with pytest.raises(TooManyDecimals):
        parse_value("1,5", Dial(5, 0))


@given(VALUES, VALUES)
def test_no_value_that_the_dial_can_show_is_refused_while_all_switches_are_open(
    previous: Decimal, value: Decimal
) -> None:
    checked = check_reading(f"{value:f}", place(previous))
    assert checked.value == value
    assert checked.use is not None
    assert (previous + checked.use) % DIAL.turn == value
    assert checked.zero_crossing == (value < previous and checked.use > 0)


@given(VALUES, VALUES)
def test_a_turn_of_the_dial_is_believed_only_where_it_is_near(previous: Decimal, value: Decimal) -> None:
    checked = check_reading(f"{value:f}", place(previous))
    turned = value + DIAL.turn - previous
    assert checked.zero_crossing == (value < previous and turned <= SWITCHES.max_use)


@given(VALUES, VALUES, st.integers(1, 1000))
def test_the_ratio_multiplies_the_use_and_never_the_value(
    previous: Decimal, value: Decimal, ratio: int
) -> None:
    dial = replace(DIAL, ratio=ratio)
    checked = check_reading(f"{value:f}", place(previous, dial=dial))
    moved = value - previous + (dial.turn if checked.zero_crossing else 0)
    assert (checked.value, checked.use) == (value, moved * ratio)


def test_less_than_before_is_refused_only_where_the_provider_says_so() -> None:
    forbidding = replace(SWITCHES, zero_crossing_allowed=False)
    assert check_reading("5", place("99990")) == Checked(Decimal("5.0"), Decimal("15.0"), True)
    assert check_reading("99", place("100")) == Checked(Decimal("99.0"), Decimal("-1.0"), False)
    for previous, text in (("99990", "5"), ("100", "99")):
        with pytest.raises(BelowPrevious):
            check_reading(text, place(previous, switches=forbidding))


def test_less_than_what_was_calculated_is_no_crossing_and_never_refused() -> None:
    forbidding = replace(SWITCHES, zero_crossing_allowed=False)
    lower = place("100", calculated=True, switches=forbidding)
    assert check_reading("90", lower) == Checked(Decimal("90.0"), Decimal("-10.0"), False)


def test_no_use_may_be_refused() -> None:
    forbidding = replace(SWITCHES, zero_use_allowed=False)
    assert check_reading("100", place("100")).use == 0
    with pytest.raises(NothingUsed):
        check_reading("100", place("100", switches=forbidding))


def test_the_first_reading_has_nothing_to_follow() -> None:
    assert check_reading("99999,9", place()) == Checked(Decimal("99999.9"), None, False)


def test_what_is_usual_is_the_median_of_a_year_times_the_months_that_passed() -> None:
    assert place("0", recent=(Decimal(1), Decimal(90), Decimal(100))).usual == 90
    assert place("0", recent=STEADY, months=3).usual == 300
    assert place("0", recent=(*STEADY, *(Decimal(900),) * 40)).usual == 100
    assert place("0", recent=(Decimal(1), Decimal(2))).usual is None


def test_far_above_the_usual_is_three_times_and_noticeably_more() -> None:
    assert place("0", recent=STEADY).limit == 300
    assert place("0", recent=(Decimal(0),) * 12).limit == 100
    assert place("0", recent=(Decimal(1),) * 12, kind=MeterKind.COLD_WATER).limit == 6
    assert place("0", recent=STEADY, months=12).limit == SWITCHES.max_use
    assert place("0").limit == SWITCHES.max_use


@given(st.lists(st.tuples(st.integers(1, 6), st.integers(0, 500)), max_size=10), st.integers(1, 50))
def test_uses_of_the_months_add_up_to_what_the_dial_moved(steps: list[tuple[int, int]], ratio: int) -> None:
    period, value = date(2024, 1, 1), Decimal(0)
    history = [Past(period, value)]
    for months, moved in steps:
        period, value = add_months(period, months), value + moved
        history.append(Past(period, value))
    uses = monthly_uses(history, replace(DIAL, ratio=ratio))
    assert len(uses) == sum(months for months, _moved in steps)
    assert abs(sum(uses) - value * ratio) < Decimal("0.000001")


def test_the_newest_month_comes_first_and_the_last_value_of_a_month_counts() -> None:
    january, february, march = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)
    history = [
        Past(january, Decimal(99_990)),
        Past(february, Decimal(99_991)),
        Past(february, Decimal(99_995)),
        Past(march, Decimal(2), zero_crossing=True),
    ]
    assert monthly_uses(history, DIAL) == (7, 5)


@given(USES, PRICES)
def test_a_cost_is_within_half_a_kopeck_and_halves_go_up(use: Decimal, price: Decimal) -> None:
    exact, kopecks = use * price * 100, cost_minor(use, price)
    assert Decimal("-0.5") < kopecks - exact <= Decimal("0.5")


@given(USES, USES, PRICES)
def test_more_never_costs_less(use: Decimal, more: Decimal, price: Decimal) -> None:
    assert cost_minor(use + more, price) >= cost_minor(use, price)


def test_half_a_kopeck_is_rounded_up() -> None:
    assert cost_minor(Decimal(1), Decimal("0.005")) == 1
    assert cost_minor(Decimal("1.5"), Decimal("6.43")) == 965
