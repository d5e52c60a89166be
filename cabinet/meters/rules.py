"""What can stand on a dial, what was used since, and what it costs. Pure rules: no tables, no I/O."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from statistics import median
from uuid import UUID

from cabinet.meters.errors import BelowPrevious, NotANumber, NothingUsed, TooManyDecimals, TooManyDigits
from cabinet.meters.models import MeterKind

_VALUE = re.compile(r"(\d{1,20})(?:[.,](\d{0,20}))?|[.,](\d{1,20})", re.ASCII)
_LONGEST_TEXT = 40
_YEAR = 12
_ENOUGH = 3
"""Months that have to be known before anything is called usual."""
_FAR = 3
_NOTICEABLE = {
    MeterKind.GAS: Decimal(50),
    MeterKind.ELECTRICITY: Decimal(100),
    MeterKind.COLD_WATER: Decimal(5),
    MeterKind.HOT_WATER: Decimal(5),
    MeterKind.HEAT: Decimal(1),
}
"""By how much a use must exceed the usual one before anybody is asked about it."""


@dataclass(frozen=True, slots=True)
class Dial:
    """What a meter can show: whole digits, decimals, the unit, and by what the dial is multiplied."""

    digits: int
    decimals: int
    unit: str = ""
    ratio: int = 1

    @property
    def turn(self) -> Decimal:
        """Where it starts again from zero."""
        return Decimal(10) ** self.digits


@dataclass(frozen=True, slots=True)
class Switches:
    """What the provider takes."""

    max_use: int
    zero_use_allowed: bool
    zero_crossing_allowed: bool


@dataclass(frozen=True, slots=True)
class Past:
    """A value that stands already, and the month that it counts for."""

    period: date
    value: Decimal
    zero_crossing: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """A zone that waits for a value, and what is known of it.

    `months` have passed since the previous value; `recent` is the use of each month before, the newest first.
    """

    meter_id: UUID
    kind: MeterKind
    serial: str
    number: int
    zones: int
    dial: Dial
    switches: Switches
    previous: Decimal | None = None
    calculated: bool = False
    months: int = 1
    recent: tuple[Decimal, ...] = ()
    expired_on: date | None = None

    @property
    def usual(self) -> Decimal | None:
        """What is used in the months that have passed, by the median of the last twelve known ones."""
        known = self.recent[:_YEAR]
        return median(known) * self.months if len(known) >= _ENOUGH else None

    @property
    def limit(self) -> Decimal:
        """Up to where a use is nothing odd."""
        largest, usual = Decimal(self.switches.max_use), self.usual
        if usual is None:
            return largest
        return min(max(usual * _FAR, usual + _NOTICEABLE[self.kind]), largest)


@dataclass(frozen=True, slots=True)
class Checked:
    """A value that may stand there, and what was used by it: of what is billed, not of the dial.

    A negative use says that the previous value was too high.
    """

    value: Decimal
    use: Decimal | None
    zero_crossing: bool


def is_empty(text: str) -> bool:
    """Whether nothing was entered, so nothing is sent."""
    return not text.strip()


def parse_value(text: str, dial: Dial) -> Decimal:
    """The value typed with comma or dot, spaces allowed.

    Raises NotANumber, TooManyDigits, TooManyDecimals.
    """
    plain = "".join(text.split())
    match = _VALUE.fullmatch(plain) if len(text) <= _LONGEST_TEXT else None
    if not match:
        raise NotANumber
    whole, decimals = match[1] or "0", match[2] or match[3] or ""
    if len(whole.lstrip("0")) > dial.digits:
        raise TooManyDigits(dial.digits)
    if len(decimals.rstrip("0")) > dial.decimals:
        raise TooManyDecimals(dial.decimals)
    return Decimal(f"{whole}.{decimals or '0'}").quantize(Decimal(1).scaleb(-dial.decimals))


def check_reading(text: str, place: Place) -> Checked:
    """What was typed, unless the provider's switches refuse it. Raises a ReadingProblem.

    What is odd about it is another matter: see doubts.py.
    """
    value = parse_value(text, place.dial)
    checked = checked_value(value, place)
    if checked.use == 0 and not place.switches.zero_use_allowed:
        raise NothingUsed
    refused = place.previous is not None and value < place.previous and not place.calculated
    if refused and not place.switches.zero_crossing_allowed:
        raise BelowPrevious(place.previous or Decimal(0))
    return checked


def checked_value(value: Decimal, place: Place) -> Checked:
    """The value with what was used by it since the previous one."""
    if place.previous is None:
        return Checked(value, None, False)
    crossing = value < place.previous and _may_have_turned(value, place.previous, place)
    moved = value - place.previous + (place.dial.turn if crossing else 0)
    return Checked(value, moved * place.dial.ratio, crossing)


def _may_have_turned(value: Decimal, previous: Decimal, place: Place) -> bool:
    """Whether the dial can have passed its highest value, rather than the value being a mistake."""
    moved = value - previous + place.dial.turn
    return moved <= place.dial.turn / 2 and moved * place.dial.ratio <= place.switches.max_use


def monthly_uses(history: Sequence[Past], dial: Dial) -> tuple[Decimal, ...]:
    """What was used in each month between the values, the newest first; `history` begins with the oldest.

    A use over several months is spread evenly; of several values in one month the last counts.
    """
    uses: list[Decimal] = []
    last = {past.period: past for past in history}
    for earlier, later in pairwise(sorted(last.values(), key=lambda past: past.period)):
        months = months_between(earlier.period, later.period)
        moved = later.value - earlier.value + (dial.turn if later.zero_crossing else 0)
        if moved >= 0:
            uses += [moved * dial.ratio / months] * months
    return tuple(reversed(uses))


def months_between(earlier: date, later: date) -> int:
    """How many months lie between two periods."""
    return (later.year - earlier.year) * 12 + later.month - earlier.month


def cost_minor(use: Decimal, price: Decimal) -> int:
    """What the use costs, in kopecks, rounded half up; `price` in roubles for a unit."""
    return int((use * price * 100).quantize(Decimal(1), ROUND_HALF_UP))
