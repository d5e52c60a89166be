"""What a Waterius sends when it wakes up: the values of two inputs, in its own words.

The device reads pulses of water meters (and others), sends one JSON object a day by HTTP, and can show
its owner nothing: so whatever needs a person goes into a letter, once a month. Its field names:
`ch0`/`ch1` the values, `serial0`/`serial1` the meters' numbers as typed into the device,
`data_type0`/`cname0` what the input counts, `ctype0` 255 for an input that is not used
(github.com/dontsovcmc/waterius, Export.md and ESP8266/src/json.cpp).
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, Decimal
from enum import StrEnum
from typing import Any, TypeAlias
from uuid import UUID

from cabinet.keys.personal_errors import NotAReport
from cabinet.keys.personal_readings import number_in
from cabinet.kit.text import bare
from cabinet.meters.models import MeterKind
from cabinet.meters.service import MeterView, ZoneView

INPUTS = (0, 1)
_NOT_USED = 255
_LONGEST = 40
_NO_DIAL_SO_LARGE = 10**12
_BY_DATA_TYPE = {
    0: MeterKind.COLD_WATER,
    1: MeterKind.HOT_WATER,
    2: MeterKind.ELECTRICITY,
    3: MeterKind.GAS,
    4: MeterKind.HEAT,
    12: MeterKind.HEAT,
}
_BY_NAME = {
    0: MeterKind.COLD_WATER,
    1: MeterKind.HOT_WATER,
    2: MeterKind.ELECTRICITY,
    3: MeterKind.GAS,
    4: MeterKind.HEAT,
    7: MeterKind.HEAT,
}
_SHOWN_OF_MASKED = 2


class Became(StrEnum):
    """What became of the value of an input."""

    TAKEN = "taken"
    UNCHANGED = "unchanged"
    """It stood there already."""
    NOT_NOW = "not_now"
    """The provider takes readings on other days; the device sends again by itself."""
    ASK = "ask"
    """It is odd: the resident has to look."""
    REFUSED = "refused"
    """It cannot be right, or the meter takes none."""
    UNKNOWN_METER = "unknown_meter"
    BAD_VALUE = "bad_value"
    MAY_NOT = "may_not"
    """The access to the account does not let its holder send readings."""


TOLD = frozenset({Became.ASK, Became.REFUSED, Became.UNKNOWN_METER, Became.BAD_VALUE})
"""What the resident gets a letter about."""


@dataclass(frozen=True, slots=True)
class Input:
    """One input of the device; `kind` None: it counts what we do not know."""

    number: int
    text: str
    serial: str
    kind: MeterKind | None

    @property
    def value(self) -> Decimal | None:
        """The number that was sent, if it is one that can stand on a dial."""
        found = number_in(self.text)
        return found if found is not None and 0 <= found < _NO_DIAL_SO_LARGE else None


@dataclass(frozen=True, slots=True)
class Seat:
    """A meter that an input may stand for; `masked` when the resident does not see its whole number."""

    account_id: UUID
    meter: MeterView
    masked: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one input, for the device and for the letter."""

    input: Input
    became: Became
    codes: tuple[str, ...] = ()
    seat: Seat | None = None
    why: str = field(default="", compare=False)


Matched: TypeAlias = dict[int, Seat]
"""By the number of the input."""


def inputs_in(payload: Any) -> list[Input]:
    """The inputs in use. Raises NotAReport."""
    if not isinstance(payload, Mapping) or not any(f"ch{number}" in payload for number in INPUTS):
        raise NotAReport
    return [one for number in INPUTS if (one := _input(payload, number)) is not None]


def match(inputs: Sequence[Input], seats: Sequence[Seat]) -> Matched:
    """The meter of each input that has exactly one, and shares it with no other input."""
    found = {one.number: seat for one in inputs if (seat := _seat_of(one, seats)) is not None}
    taken = [seat.meter.id for seat in found.values()]
    return {number: seat for number, seat in found.items() if taken.count(seat.meter.id) == 1}


def on_dial(value: Decimal, meter: MeterView) -> str:
    """The value with the decimals that the dial has: what has not passed yet does not count."""
    return f"{value.quantize(Decimal(1).scaleb(-meter.decimals), ROUND_FLOOR):f}"


def worth_telling(results: Iterable[Result], matched: Matched) -> list[Result]:
    """What the resident has to see; an input that stands for nothing is silent while another one works."""
    return [
        one
        for one in results
        if one.became in TOLD and (one.input.serial or one.seat is not None or not matched)
    ]


def zone_of(meter: MeterView) -> ZoneView:
    """The only zone of the meter."""
    return meter.zones[0]


def _input(payload: Mapping[Any, Any], number: int) -> Input | None:
    given = payload.get(f"ch{number}")
    if given is None or _whole(payload.get(f"ctype{number}")) == _NOT_USED:
        return None
    text, serial = _text(given), _text(payload.get(f"serial{number}"))
    kind = _BY_DATA_TYPE.get(_whole(payload.get(f"data_type{number}")))
    kind = kind or _BY_NAME.get(_whole(payload.get(f"cname{number}")))
    return Input(number, text, serial, kind)


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return "".join(char for char in str(value)[:_LONGEST] if char.isprintable()).strip()


def _whole(value: Any) -> int:
    """A small whole number, also one in quotes; −1 for anything else."""
    text = _text(value)
    return int(text) if re.fullmatch(r"[0-9]{1,3}", text) else -1


def _seat_of(one: Input, seats: Sequence[Seat]) -> Seat | None:
    fitting = list(_fitting(one, seats))
    return fitting[0] if len(fitting) == 1 else None


def _fitting(one: Input, seats: Sequence[Seat]) -> Iterator[Seat]:
    for seat in seats:
        if len(seat.meter.zones) != 1 or (one.kind and one.kind is not seat.meter.kind):
            continue
        if _is_called(one.serial, seat) if bare(one.serial) else one.kind is not None:
            yield seat


def _is_called(serial: str, seat: Seat) -> bool:
    """Whether the number is the meter's. Of a masked one no more is compared than is shown.

    It may be the secret by which the account is proved: nobody shall find it out by trying.
    """
    if seat.masked:
        return bare(serial)[-_SHOWN_OF_MASKED:] == bare(seat.meter.serial)[-_SHOWN_OF_MASKED:]
    return bare(serial) == bare(seat.meter.serial)
