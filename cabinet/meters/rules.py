"""When a reading is believable. Pure rules: no tables, no I/O."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from cabinet.meters.errors import (
    BelowPrevious,
    NotANumber,
    NothingUsed,
    TooManyDecimals,
    TooManyDigits,
    TooMuchUsed,
)

_VALUE = re.compile(r"(\d{1,20})(?:[.,](\d{0,20}))?|[.,](\d{1,20})", re.ASCII)
_LONGEST_TEXT = 40


@dataclass(frozen=True, slots=True)
class Dial:
    """What a meter can show: whole digits, decimals, and the unit."""

    digits: int
    decimals: int
    unit: str = ""

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
class Checked:
    """A believable value, and what was used since the previous one."""

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


def check_reading(
    text: str, *, confirmed_crossing: bool, previous: Decimal | None, dial: Dial, switches: Switches
) -> Checked:
    """The value that was typed, if it can follow the previous one. Raises a ReadingProblem.

    A confirmed zero-crossing counts only where the value is below the previous one.
    """
    value = parse_value(text, dial)
    if previous is None:
        return Checked(value, None, False)
    crossing = value < previous
    if crossing and not (confirmed_crossing and switches.zero_crossing_allowed):
        raise BelowPrevious(previous, switches.zero_crossing_allowed)
    use = value - previous + (dial.turn if crossing else 0)
    if use == 0 and not switches.zero_use_allowed:
        raise NothingUsed
    if use > switches.max_use:
        raise TooMuchUsed(use, dial.unit, None if crossing else _likely(value, previous, switches.max_use))
    return Checked(value, use, crossing)


def _likely(value: Decimal, previous: Decimal, max_use: int) -> Decimal | None:
    """The value with one digit left out that follows the previous one most closely."""
    fitting = [shorter for shorter in _one_digit_less(value) if 0 <= shorter - previous <= max_use]
    return min(fitting, default=None)


def _one_digit_less(value: Decimal) -> Iterator[Decimal]:
    text = f"{value:f}"
    for i, char in enumerate(text):
        rest = text[:i] + text[i + 1 :]
        if char != "." and rest not in ("", "."):
            yield Decimal(rest)
