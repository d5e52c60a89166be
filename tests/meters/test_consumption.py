from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from cabinet.kit.dates import add_months
from cabinet.meters.consumption import last_months, monthly, together, uses_of, yearly
from cabinet.meters.rules import Dial, Past

DIAL = Dial(5, 1, "кВт·ч", 2)
MAY = date(2026, 5, 1)


def past(months: int, value: str, *, crossing: bool = False) -> Past:
    return Past(add_months(MAY, months), Decimal(value), crossing)


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Past], Dial]:
    """Values by month, some months missing, some twice, the dial turning over now and then."""
    decimals = draw(st.integers(0, 3))
    dial = Dial(draw(st.integers(3, 6)), decimals, "м³", draw(st.integers(1, 40)))
    highest = 10 ** (dial.digits + decimals) - 1
    month, history = MAY, list[Past]()
    for _ in range(draw(st.integers(0, 12))):
        month = add_months(month, draw(st.integers(0, 7)))
        value = Decimal(draw(st.integers(0, highest))).scaleb(-decimals)
        history.append(Past(month, value, bool(history) and value < history[-1].value))
    return history, dial


@given(histories())
def test_nothing_is_lost_and_nothing_is_added(found: tuple[list[Past], Dial]) -> None:
    history, dial = found
    turns = sum(one.zero_crossing for one in history)
    moved = history[-1].value - history[0].value + turns * dial.turn if history else Decimal(0)
    assert sum((use for use in uses_of(history, dial) if use is not None), Decimal(0)) == moved * dial.ratio
    assert sum(monthly(history, dial).values(), Decimal(0)) == moved * dial.ratio
    assert sum(yearly(monthly(history, dial)).values(), Decimal(0)) == moved * dial.ratio
    assert all(use is None or use >= 0 for use in uses_of(history, dial))


@given(histories())
def test_every_month_between_two_readings_has_its_part(found: tuple[list[Past], Dial]) -> None:
    history, dial = found
    months = monthly(history, dial)
    if len({one.period for one in history}) > 1:
        count = (history[-1].period.year - history[0].period.year) * 12
        count += history[-1].period.month - history[0].period.month
        assert set(last_months(history[-1].period, count)) <= months.keys()
    smallest = Decimal(1).scaleb(-dial.decimals)
    assert all(use % smallest == 0 for use in months.values())


def test_a_use_over_several_months_is_spread_and_the_odd_digit_comes_last() -> None:
    months = monthly([past(0, "100"), past(3, "105")], Dial(5, 1))
    assert months == {
        add_months(MAY, 1): Decimal("1.7"),
        add_months(MAY, 2): Decimal("1.7"),
        add_months(MAY, 3): Decimal("1.6"),
    }


def test_a_calculated_value_that_was_too_high_is_taken_back() -> None:
    stands = [past(0, "100"), past(1, "300"), past(2, "160")]
    assert uses_of(stands, DIAL) == [None, Decimal(400), Decimal(-280)]


def test_two_values_in_a_month_count_together() -> None:
    assert monthly([past(0, "1"), past(1, "3"), past(1, "4")], DIAL) == {add_months(MAY, 1): Decimal(6)}


def test_a_meter_goes_on_in_the_one_that_replaced_it() -> None:
    old = monthly([past(0, "990"), past(1, "995")], Dial(5, 0))
    new = monthly([past(1, "3"), past(1, "10"), past(2, "20")], Dial(5, 0))
    assert together([old, new]) == {add_months(MAY, 1): Decimal(12), add_months(MAY, 2): Decimal(10)}
