"""What is odd about a reading, and how it is told."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from cabinet.i18n import _
from cabinet.kit.dates import say_date
from cabinet.kit.units import say_unit
from cabinet.meters.words import say_reading

_ROUND_FROM = 10
"""A usual use of so much is told without decimals."""


class Doubt(StrEnum):
    """Something odd about a reading; the names are stored with it."""

    NOTHING_USED = "nothing_used"
    MORE_THAN_USUAL = "more_than_usual"
    ABOVE_LIMIT = "above_limit"
    """More than the provider believes."""
    ZERO_CROSSING = "zero_crossing"
    """Less than before, and the dial stood near its end."""
    LOWER = "lower"
    """Less than before, and the dial cannot have turned over."""
    BELOW_CALCULATED = "below_calculated"
    """Less than a value that nobody has read."""
    STUCK_ZONE = "stuck_zone"
    SWAPPED_ZONES = "swapped_zones"
    SWAPPED_METERS = "swapped_meters"
    SLIPPED_DIGIT = "slipped_digit"
    EXPIRED = "expired"
    """The verification of the meter has ended: told, and not asked."""

    @property
    def is_asked(self) -> bool:
        """Whether the resident has to confirm the value."""
        return self is not Doubt.EXPIRED


@dataclass(frozen=True, slots=True)
class Concern:
    """A doubt about one value, with what its sentence tells."""

    doubt: Doubt
    use: Decimal = Decimal(0)
    unit: str = ""
    usual: Decimal = Decimal(0)
    previous: Decimal = Decimal(0)
    likely: Decimal = Decimal(0)
    other: str = ""
    """The number of the zone or the serial of the meter that it seems to be swapped with."""
    since: date | None = None


def say_concern(concern: Concern) -> str:
    """What is odd, and what it may mean, in the current language."""
    return _SENTENCES[concern.doubt](concern)


def _quantity(use: Decimal, unit: str) -> str:
    return f"{say_reading(use)}\u00a0{say_unit(unit)}".strip()


def _nothing_used(_concern: Concern) -> str:
    return _("The same as the previous reading: nothing was used.")


def _more_than_usual(concern: Concern) -> str:
    said = _("By this reading you used {use}: far above the usual {usual}.")
    usual = round(concern.usual, 0 if concern.usual >= _ROUND_FROM else 1)
    return said.format(use=_quantity(concern.use, concern.unit), usual=_quantity(usual, concern.unit))


def _above_limit(concern: Concern) -> str:
    said = _(
        "By this reading you used {use}: more than anyone uses. Please look at the meter once more, "
        "digit by digit: the bill would be very large."
    )
    return said.format(use=_quantity(concern.use, concern.unit))


def _zero_crossing(concern: Concern) -> str:
    said = _(
        "This is less than the previous reading, {previous}. If the meter has passed its highest value and "
        "started again from zero, {use} were used."
    )
    return said.format(previous=say_reading(concern.previous), use=_quantity(concern.use, concern.unit))


def _lower(concern: Concern) -> str:
    said = _(
        "This is less than the previous reading, {previous}. Check the digits. If yours are right, "
        "the provider will look into the previous one."
    )
    return said.format(previous=say_reading(concern.previous))


def _below_calculated(concern: Concern) -> str:
    said = _(
        "This is less than the previous value, {previous}. That one was calculated, nobody has read it. "
        "If yours is right, the provider will count anew."
    )
    return said.format(previous=say_reading(concern.previous))


def _stuck_zone(_concern: Concern) -> str:
    return _(
        "This zone has not moved for three months or more, while another one has. "
        "The meter may be faulty: ask the provider to look at it."
    )


def _swapped_zones(concern: Concern) -> str:
    return _("It looks as if this value and that of zone T{other} have changed places.").format(
        other=concern.other
    )


def _swapped_meters(concern: Concern) -> str:
    said = _(
        "It looks as if this value and that of meter No. {other} have changed places. Compare the numbers."
    )
    return said.format(other=concern.other)


def _slipped_digit(concern: Concern) -> str:
    said = _("A digit or the comma may have slipped: did you mean {likely}?")
    return said.format(likely=say_reading(concern.likely))


def _expired(concern: Concern) -> str:
    said = _(
        "The verification of this meter ended on {date}. The provider takes the reading, and may bill you "
        "by the norm. Order the verification."
    )
    return said.format(date=say_date(concern.since) if concern.since else "")


_SENTENCES = {
    Doubt.NOTHING_USED: _nothing_used,
    Doubt.MORE_THAN_USUAL: _more_than_usual,
    Doubt.ABOVE_LIMIT: _above_limit,
    Doubt.ZERO_CROSSING: _zero_crossing,
    Doubt.LOWER: _lower,
    Doubt.BELOW_CALCULATED: _below_calculated,
    Doubt.STUCK_ZONE: _stuck_zone,
    Doubt.SWAPPED_ZONES: _swapped_zones,
    Doubt.SWAPPED_METERS: _swapped_meters,
    Doubt.SLIPPED_DIGIT: _slipped_digit,
    Doubt.EXPIRED: _expired,
}
