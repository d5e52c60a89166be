"""Finding what is odd about a value that may be right. Pure rules: nothing odd is refused, everything odd is asked."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import combinations
from uuid import UUID

from cabinet.meters.concerns import Concern, Doubt
from cabinet.meters.models import MeterKind
from cabinet.meters.rules import Checked, Place, checked_value

_STUCK = 3
"""Months without a movement, while other zones move."""
_WATER = frozenset({MeterKind.COLD_WATER, MeterKind.HOT_WATER})
_DIGITS = "0123456789"


def find_doubts(
    places: Mapping[UUID, Place], checked: Mapping[UUID, Checked]
) -> dict[UUID, tuple[Concern, ...]]:
    """What is odd about each value, looking at all values of the account together."""
    return {
        zone_id: (
            *_swapped_with(zone_id, places, checked),
            *_about_use(value, places[zone_id], _is_stuck(zone_id, places, checked)),
            *_slipped(zone_id, places, checked),
            *_about_meter(places[zone_id]),
        )
        for zone_id, value in checked.items()
    }


def asked(concerns: Iterable[Concern]) -> frozenset[Doubt]:
    """The doubts that the resident has to confirm."""
    return frozenset(concern.doubt for concern in concerns if concern.doubt.is_asked)


def _about_use(checked: Checked, place: Place, stuck: bool) -> Iterator[Concern]:
    if checked.use is None or place.previous is None:
        return
    unit, previous = place.dial.unit, place.previous
    if checked.use < 0:
        kind = Doubt.BELOW_CALCULATED if place.calculated else Doubt.LOWER
        yield Concern(kind, previous=previous)
    if checked.zero_crossing:
        yield Concern(Doubt.ZERO_CROSSING, use=checked.use, unit=unit, previous=previous)
    if checked.use == 0:
        yield Concern(Doubt.STUCK_ZONE if stuck else Doubt.NOTHING_USED)
    if checked.use > place.switches.max_use:
        yield Concern(Doubt.ABOVE_LIMIT, use=checked.use, unit=unit)
    elif checked.use > place.limit:
        yield Concern(Doubt.MORE_THAN_USUAL, use=checked.use, unit=unit, usual=place.usual or Decimal(0))


def _about_meter(place: Place) -> Iterator[Concern]:
    if place.expired_on:
        yield Concern(Doubt.EXPIRED, since=place.expired_on)


def _is_stuck(zone_id: UUID, places: Mapping[UUID, Place], checked: Mapping[UUID, Checked]) -> bool:
    """Whether the zone has stood still for months, while another zone of the meter has moved in each of them."""
    place = places[zone_id]
    lately = _latest(zone_id, places, checked)
    if len(lately) < _STUCK or any(lately):
        return False
    others = [
        _latest(other_id, places, checked)
        for other_id, other in places.items()
        if other.meter_id == place.meter_id and other_id != zone_id
    ]
    return any(len(uses) == _STUCK and all(uses) for uses in others)


def _latest(
    zone_id: UUID, places: Mapping[UUID, Place], checked: Mapping[UUID, Checked]
) -> tuple[Decimal, ...]:
    typed = checked.get(zone_id)
    new = (typed.use,) if typed and typed.use is not None else ()
    return (*new, *places[zone_id].recent)[:_STUCK]


def _slipped(
    zone_id: UUID, places: Mapping[UUID, Place], checked: Mapping[UUID, Checked]
) -> Iterator[Concern]:
    """A slip of the finger, where nothing seems to be swapped."""
    if not _is_odd(checked[zone_id], places[zone_id]) or any(_swapped_with(zone_id, places, checked)):
        return
    likely = likely_value(checked[zone_id].value, places[zone_id])
    if likely is not None:
        yield Concern(Doubt.SLIPPED_DIGIT, likely=likely)


def _is_odd(checked: Checked, place: Place) -> bool:
    """Whether the use is not one that anybody would expect."""
    return checked.use is not None and (checked.zero_crossing or not 0 <= checked.use <= place.limit)


def _swapped_with(
    zone_id: UUID, places: Mapping[UUID, Place], checked: Mapping[UUID, Checked]
) -> Iterator[Concern]:
    """The zone or the water meter whose value fits here, while this one fits there."""
    for one, other in combinations(checked, 2):
        if zone_id not in (one, other) or not _fit_crosswise(one, other, places, checked):
            continue
        partner = places[other if zone_id == one else one]
        if partner.meter_id == places[zone_id].meter_id:
            yield Concern(Doubt.SWAPPED_ZONES, other=str(partner.number))
        else:
            yield Concern(Doubt.SWAPPED_METERS, other=partner.serial)
        return


def _fit_crosswise(
    one: UUID, other: UUID, places: Mapping[UUID, Place], checked: Mapping[UUID, Checked]
) -> bool:
    """Whether two values are odd as they were typed, and fit the other way round."""
    first, second = places[one], places[other]
    if not _may_be_confused(first, second):
        return False
    if not (_is_odd(checked[one], first) or _is_odd(checked[other], second)):
        return False
    return _fits(checked[other].value, first) and _fits(checked[one].value, second)


def _may_be_confused(one: Place, other: Place) -> bool:
    if one.previous is None or other.previous is None:
        return False
    if one.meter_id == other.meter_id:
        return True
    return {one.kind, other.kind} <= _WATER and one.zones == other.zones == 1


def _fits(value: Decimal, place: Place) -> bool:
    """Whether the value stands on the dial and gives a use that nobody would ask about."""
    checked = checked_value(value, place)
    return _stands_on(value, place) and checked.use is not None and not _is_odd(checked, place)


def _stands_on(value: Decimal, place: Place) -> bool:
    return value < place.dial.turn and value == round(value, place.dial.decimals)


def likely_value(value: Decimal, place: Place) -> Decimal | None:
    """The value that was meant, if a digit slipped in or out, two changed places, or the comma moved."""
    if place.previous is None:
        return None
    expected = place.previous + (place.usual or Decimal(0)) / place.dial.ratio
    fitting = [meant for meant in _slips(value, place) if meant != value and _fits(meant, place)]
    return min(fitting, key=lambda meant: (abs(meant - expected), meant), default=None)


def _slips(value: Decimal, place: Place) -> Iterator[Decimal]:
    """What may have been meant. Without a usual use almost anything larger would fit, so it is not tried."""
    text = f"{value:f}"
    yield from (value.scaleb(-shift) for shift in (1, 2, 3))
    yield from _without_a_digit(text)
    if place.usual is not None:
        yield from (value.scaleb(shift) for shift in (1, 2))
        yield from _with_a_digit(text)
        yield from _two_exchanged(text)


def _without_a_digit(text: str) -> Iterator[Decimal]:
    for i, char in enumerate(text):
        rest = text[:i] + text[i + 1 :]
        if char != "." and rest not in ("", "."):
            yield Decimal(rest)


def _with_a_digit(text: str) -> Iterator[Decimal]:
    for i in range(len(text) + 1):
        for digit in _DIGITS:
            yield Decimal(text[:i] + digit + text[i:])


def _two_exchanged(text: str) -> Iterator[Decimal]:
    for i in range(len(text) - 1):
        if "." not in text[i : i + 2]:
            yield Decimal(text[:i] + text[i + 1] + text[i] + text[i + 2 :])
