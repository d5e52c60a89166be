from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cabinet.i18n import use_locale
from cabinet.meters.concerns import Concern, Doubt, say_concern
from cabinet.meters.doubts import asked, find_doubts, likely_value
from cabinet.meters.models import MeterKind
from cabinet.meters.rules import Dial, Place, checked_value
from tests.meters.places import STEADY, place, zones_of_one_meter

WATER = Dial(5, 3, "м³")
VALUES = st.decimals(0, Decimal("99999.9"), places=1)


def doubts(where: Place, value: str | Decimal) -> list[Doubt]:
    """What is odd about one value."""
    zone_id = uuid4()
    found = find_doubts({zone_id: where}, {zone_id: checked_value(Decimal(value), where)})
    return [concern.doubt for concern in found[zone_id]]


def doubts_of_all(places: dict[UUID, Place], *values: str) -> list[tuple[Concern, ...]]:
    checked = {
        zone_id: checked_value(Decimal(value), places[zone_id])
        for zone_id, value in zip(places, values, strict=False)
    }
    return list(find_doubts(places, checked).values())


@pytest.mark.parametrize(
    ("previous", "value", "expected"),
    [
        ("1000", "1100", []),
        ("1000", "1300", []),
        ("1000", "1000", [Doubt.NOTHING_USED]),
        ("1000", "1700", [Doubt.MORE_THAN_USUAL, Doubt.SLIPPED_DIGIT]),
        ("99950", "50", [Doubt.ZERO_CROSSING]),
        ("1000", "11000", [Doubt.ABOVE_LIMIT, Doubt.SLIPPED_DIGIT]),
        ("50000", "49990", [Doubt.LOWER]),
    ],
)
def test_what_is_odd_about_a_value(previous: str, value: str, expected: list[Doubt]) -> None:
    found = doubts(place(previous, recent=STEADY), value)
    assert [doubt for doubt in found if doubt in expected] == expected
    assert set(found) <= {*expected, Doubt.SLIPPED_DIGIT}


@given(VALUES, st.decimals(0, 300, places=1))
def test_a_use_that_is_usual_is_never_asked_about(previous: Decimal, use: Decimal) -> None:
    assume(previous + use < 100_000)
    expected = [Doubt.NOTHING_USED] if use == 0 else []
    assert doubts(place(previous, recent=STEADY), previous + use) == expected


@given(VALUES, VALUES)
def test_what_is_not_asked_about_is_a_use_between_nothing_and_the_limit(
    previous: Decimal, value: Decimal
) -> None:
    where = place(previous, recent=STEADY)
    if not doubts(where, value):
        assert 0 < value - previous <= where.limit


@given(VALUES)
def test_the_first_reading_is_never_asked_about(value: Decimal) -> None:
    assert doubts(place(None, recent=()), value) == []


def test_more_than_the_provider_believes_is_told_once_and_louder() -> None:
    where = place("1000", recent=STEADY)
    assert Doubt.MORE_THAN_USUAL not in doubts(where, "5000")
    assert Doubt.ABOVE_LIMIT in doubts(where, "5000")
    assert doubts(replace(where, months=6), "1700") == []


def test_the_ratio_counts_before_anything_is_called_much() -> None:
    where = place("1000", recent=STEADY, dial=Dial(5, 1, "кВт·ч", ratio=30))
    assert doubts(where, "1005") == []
    assert Doubt.MORE_THAN_USUAL in doubts(where, "1020")
    assert Doubt.ABOVE_LIMIT in doubts(where, "1100")


def test_below_a_calculated_value_is_an_estimate_that_was_too_high() -> None:
    where = place("1000", recent=STEADY, calculated=True)
    assert doubts(where, "950")[0] is Doubt.BELOW_CALCULATED
    assert doubts(replace(where, calculated=False), "950")[0] is Doubt.LOWER


def test_an_expired_verification_is_told_and_not_asked() -> None:
    where = place("1000", recent=STEADY, expired_on=date(2026, 11, 1))
    assert doubts(where, "1100") == [Doubt.EXPIRED]
    zone_id = uuid4()
    found = find_doubts({zone_id: where}, {zone_id: checked_value(Decimal(1100), where)})
    assert asked(found[zone_id]) == frozenset()


def still(months: int) -> tuple[Decimal, ...]:
    return (Decimal(0),) * months + (Decimal(50),) * (12 - months)


@pytest.mark.parametrize(("months", "stuck"), [(0, False), (1, False), (2, True), (6, True)])
def test_a_zone_that_stands_for_three_months_while_another_moves_is_stuck(months: int, stuck: bool) -> None:
    day, night = zones_of_one_meter("1000", "500", recent=STEADY).items()
    places = dict([day, (night[0], replace(night[1], recent=still(months)))])
    expected = Doubt.STUCK_ZONE if stuck else Doubt.NOTHING_USED
    assert [[one.doubt for one in found] for found in doubts_of_all(places, "1100", "500")] == [
        [],
        [expected],
    ]


def test_a_flat_where_nothing_moves_has_no_stuck_zone() -> None:
    places = zones_of_one_meter("1000", "500", recent=still(6))
    found = doubts_of_all(places, "1000", "500")
    assert [[one.doubt for one in zone] for zone in found] == [[Doubt.NOTHING_USED]] * 2


def test_zones_typed_crosswise_are_recognised() -> None:
    places = zones_of_one_meter("12000", "4000", recent=STEADY)
    day, night = doubts_of_all(places, "4100", "12100")
    assert (day[0].doubt, day[0].other) == (Doubt.SWAPPED_ZONES, "2")
    assert (night[0].doubt, night[0].other) == (Doubt.SWAPPED_ZONES, "1")
    assert doubts_of_all(places, "12100", "4100") == [(), ()]


@given(st.integers(0, 90_000), st.integers(0, 90_000), st.integers(1, 300), st.integers(1, 300))
def test_zones_typed_rightly_are_never_called_swapped(one: int, other: int, used: int, night: int) -> None:
    places = zones_of_one_meter(str(one), str(other), recent=STEADY)
    assert doubts_of_all(places, str(one + used), str(other + night)) == [(), ()]


@given(st.integers(0, 90_000), st.integers(0, 90_000), st.integers(1, 300), st.integers(1, 300))
def test_zones_typed_crosswise_are_always_asked_about_unless_they_fit_so_too(
    one: int, other: int, used: int, night: int
) -> None:
    places = zones_of_one_meter(str(one), str(other), recent=STEADY)
    found = doubts_of_all(places, str(other + night), str(one + used))
    if abs(one - other) > 300:
        assert [zone[0].doubt for zone in found] == [Doubt.SWAPPED_ZONES] * 2


def test_hot_and_cold_typed_crosswise_are_recognised() -> None:
    habits = (Decimal(5),) * 12
    cold = place("214.310", kind=MeterKind.COLD_WATER, serial="777", dial=WATER, recent=habits)
    hot = place("98.120", kind=MeterKind.HOT_WATER, serial="888", dial=WATER, recent=habits)
    places = {uuid4(): cold, uuid4(): hot}
    first, second = doubts_of_all(places, "101.500", "219.800")
    assert (first[0].doubt, first[0].other) == (Doubt.SWAPPED_METERS, "888")
    assert (second[0].doubt, second[0].other) == (Doubt.SWAPPED_METERS, "777")


def test_gas_and_water_are_never_confused() -> None:
    gas = place("200", kind=MeterKind.GAS, recent=STEADY)
    water = place("5000", kind=MeterKind.COLD_WATER, recent=STEADY)
    found = doubts_of_all({uuid4(): gas, uuid4(): water}, "5050", "250")
    assert Doubt.SWAPPED_METERS not in {one.doubt for zone in found for one in zone}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("12345", "1234.5"), ("123.4", "1234.0"), ("124", "1240"), ("11240", "1240"), ("2140", "1240")],
)
def test_a_slip_of_the_finger_is_pointed_out(typed: str, meant: str) -> None:
    likely = likely_value(Decimal(typed), place("1140", recent=STEADY))
    assert likely is not None
    assert abs(likely - Decimal(meant)) <= 10


@given(VALUES, VALUES)
def test_what_is_suggested_would_not_be_asked_about(previous: Decimal, value: Decimal) -> None:
    where = place(previous, recent=STEADY)
    likely = likely_value(value, where)
    assert likely is None or set(doubts(where, likely)) <= {Doubt.NOTHING_USED}


@given(st.integers(1000, 9000), st.integers(1, 200), st.data())
def test_a_digit_typed_twice_is_always_found(previous: int, use: int, data: st.DataObject) -> None:
    meant = f"{previous + use}.0"
    at = data.draw(st.integers(0, len(meant) - 3))
    typed = Decimal(meant[: at + 1] + meant[at:])
    where = place(str(previous), recent=STEADY)
    assume(typed < where.dial.turn and Doubt.ABOVE_LIMIT in doubts(where, typed))
    assert Doubt.SLIPPED_DIGIT in doubts(where, typed)


@pytest.mark.parametrize("locale", ["ru", "en"])
@pytest.mark.parametrize("doubt", Doubt)
def test_every_doubt_has_a_sentence(doubt: Doubt, locale: str) -> None:
    concern = Concern(doubt, Decimal(7), "м³", Decimal(3), Decimal(5), Decimal(4), "2", date(2026, 11, 1))
    with use_locale(locale):
        said = say_concern(concern)
    assert said.endswith((".", "?"))
    assert "{" not in said
