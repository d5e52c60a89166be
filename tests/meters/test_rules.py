from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cabinet.i18n import use_locale
from cabinet.meters.errors import (
    BelowPrevious,
    NotANumber,
    NothingUsed,
    TooManyDecimals,
    TooManyDigits,
    TooMuchUsed,
)
from cabinet.meters.rules import Checked, Dial, Switches, check_reading, parse_value

DIAL = Dial(5, 1, "кВт·ч")
SWITCHES = Switches(max_use=1000, zero_use_allowed=True, zero_crossing_allowed=True)
VALUES = st.decimals(0, Decimal("99999.9"), places=1)


def check(
    text: str,
    previous: str | None,
    *,
    crossing: bool = False,
    switches: Switches = SWITCHES,
    dial: Dial = DIAL,
) -> Checked:
    before = None if previous is None else Decimal(previous)
    return check_reading(text, confirmed_crossing=crossing, previous=before, dial=dial, switches=switches)


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
def test_a_value_is_taken_exactly_when_it_can_follow(previous: Decimal, value: Decimal) -> None:
    use = value - previous
    if 0 <= use <= SWITCHES.max_use:
        assert check(f"{value:f}", str(previous)) == Checked(value, use, False)
        return
    with pytest.raises(BelowPrevious if use < 0 else TooMuchUsed):
        check(f"{value:f}", str(previous))


@given(st.integers(0, 99_999), st.integers(0, 99_999))
def test_a_suggested_value_could_follow(previous: int, value: int) -> None:
    if value - previous <= SWITCHES.max_use:
        return
    with pytest.raises(TooMuchUsed) as caught:
        check(str(value), str(previous))
    likely = caught.value.likely
    assert likely is None or 0 <= likely - previous <= SWITCHES.max_use


@given(VALUES, VALUES)
def test_a_confirmed_crossing_counts_only_below_the_previous_value(previous: Decimal, value: Decimal) -> None:
    free = Switches(10**6, zero_use_allowed=True, zero_crossing_allowed=True)
    checked = check(f"{value:f}", str(previous), crossing=True, switches=free)
    assert checked.zero_crossing == (value < previous)
    assert checked.use is not None
    assert 0 <= checked.use < 100_000
    assert (previous + checked.use) % 100_000 == value


def test_a_crossing_needs_confirmation_and_the_providers_leave() -> None:
    assert check("5", "99990", crossing=True) == Checked(Decimal("5.0"), Decimal("15.0"), True)
    with pytest.raises(BelowPrevious):
        check("5", "99990")
    forbidden = Switches(1000, zero_use_allowed=True, zero_crossing_allowed=False)
    with pytest.raises(BelowPrevious) as caught:
        check("5", "99990", crossing=True, switches=forbidden)
    assert not caught.value.may_confirm


def test_a_crossing_by_mistake_is_too_much() -> None:
    with pytest.raises(TooMuchUsed):
        check("12339", "12340", crossing=True)


def test_the_largest_believable_use_is_still_taken() -> None:
    assert check("1100", "100").use == SWITCHES.max_use
    with pytest.raises(TooMuchUsed):
        check("1100,1", "100")


def test_a_digit_too_many_is_pointed_out() -> None:
    with pytest.raises(TooMuchUsed) as caught:
        check("12355", "1230")
    assert caught.value.likely == Decimal(1235)
    with use_locale("en"):
        assert "1235" in caught.value.message()


def test_no_use_may_be_refused() -> None:
    strict = Switches(1000, zero_use_allowed=False, zero_crossing_allowed=True)
    assert check("100", "100").use == 0
    with pytest.raises(NothingUsed):
        check("100", "100", switches=strict)


def test_the_first_reading_has_nothing_to_follow() -> None:
    assert check("99999,9", None) == Checked(Decimal("99999.9"), None, False)
