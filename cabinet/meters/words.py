"""How meters, their zones and values are written."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from cabinet.i18n import _, current_locale
from cabinet.kit.dates import say_day
from cabinet.kit.units import say_unit
from cabinet.meters.models import MeterKind, ReadingSource, ReadingState


def say_reading(value: Decimal) -> str:
    """The value as on the dial, without needless zeros: `1234,5` in Russian, `1234.5` in English."""
    text = f"{value:f}"
    plain = text.rstrip("0").rstrip(".") if "." in text else text
    return plain.replace(".", ",") if current_locale() == "ru" else plain


def say_quantity(use: Decimal, unit: str) -> str:
    """«1234,5 м³», with a proper minus."""
    return f"{say_reading(use)}\u00a0{say_unit(unit)}".replace("-", "\u2212", 1)


def say_service(kind: MeterKind) -> str:
    """What the meter counts: «Холодная вода»."""
    return {
        MeterKind.GAS: _("Gas"),
        MeterKind.ELECTRICITY: _("Electricity"),
        MeterKind.COLD_WATER: _("Cold water"),
        MeterKind.HOT_WATER: _("Hot water"),
        MeterKind.HEAT: _("Heat"),
    }[kind]


def say_zone(number: int, zones: int) -> str:
    """T1 to T3 with what they stand for on a meter of so many zones."""
    names = {1: _("T1 (day)"), 2: _("T2 (night)")} if zones == 2 else {}
    if zones == 3:
        names = {1: _("T1 (peak)"), 2: _("T2 (night)"), 3: _("T3 (half-peak)")}
    return names.get(number, f"T{number}")


def say_source(source: ReadingSource) -> str:
    """Who gave a value, in a word."""
    match source:
        case ReadingSource.RESIDENT:
            return _("by a resident")
        case ReadingSource.PROVIDER:
            return _("by the provider")
        case ReadingSource.CALCULATED:
            return _("by calculation")


def say_given(day: date, source: ReadingSource, *, by: UUID | None, viewer: UUID | None) -> str:
    """The day of a value, and who gave it: «20 октября, передали вы»."""
    match source:
        case ReadingSource.RESIDENT if by and by == viewer:
            said = _("{day}, sent by you")
        case ReadingSource.RESIDENT:
            said = _("{day}, sent by a resident")
        case ReadingSource.CALCULATED:
            said = _("{day}, calculated")
        case _:
            said = _("{day}, from the provider")
    return said.format(day=say_day(day))


def say_state(state: ReadingState) -> str:
    """What became of a reading, in a word or two."""
    match state:
        case ReadingState.SUBMITTED:
            return _("sent")
        case ReadingState.ACCEPTED:
            return _("accepted")
        case ReadingState.DECLINED:
            return _("not accepted")
        case ReadingState.SUPERSEDED:
            return _("corrected")
