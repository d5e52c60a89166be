"""Meters and their zones in the words of a page."""

from dataclasses import dataclass, field

from cabinet.i18n import _
from cabinet.kit.dates import say_date, say_day
from cabinet.meters.models import MeterKind, ReadingSource
from cabinet.meters.service import MeterView, ZoneView
from cabinet.meters.words import say_reading


@dataclass
class ZoneLine:
    """One field for a reading: its name and what stood there before."""

    id: str
    label: str
    short: str
    """T1 and its name; empty for a meter without zones."""
    previous: str
    sent: str = ""
    error: str = ""
    asks_crossing: bool = False


@dataclass
class MeterLine:
    """One meter with its zones."""

    id: str
    name: str
    unit: str
    verification: str
    zones: list[ZoneLine] = field(default_factory=list)


def meter_line(meter: MeterView) -> MeterLine:
    """What a page says of a meter, in the current language."""
    name = _("{service}, meter No. {serial}").format(service=_service(meter.kind), serial=meter.serial)
    due = meter.verification_due
    return MeterLine(
        id=str(meter.id),
        name=name,
        unit=meter.unit,
        verification=_("verification until {date}").format(date=say_date(due)) if due else "",
        zones=[_zone_line(zone, meter, name) for zone in meter.zones],
    )


def _zone_line(zone: ZoneView, meter: MeterView, name: str) -> ZoneLine:
    short = _zone_name(zone.number, len(meter.zones)) if len(meter.zones) > 1 else ""
    return ZoneLine(
        id=str(zone.id),
        label=f"{name}, {short}" if short else name,
        short=short,
        previous=_previous(zone, meter.unit),
        sent=_sent(zone, meter.unit),
    )


def _previous(zone: ZoneView, unit: str) -> str:
    if zone.previous is None or zone.previous_on is None:
        return _("no reading yet")
    value, day = f"{say_reading(zone.previous)} {unit}", say_day(zone.previous_on)
    match zone.previous_source:
        case ReadingSource.RESIDENT:
            return _("previous: {value}, {day}, sent by you").format(value=value, day=day)
        case ReadingSource.CALCULATED:
            return _("previous: {value}, {day}, calculated").format(value=value, day=day)
        case _:
            return _("previous: {value}, {day}, from the provider").format(value=value, day=day)


def _sent(zone: ZoneView, unit: str) -> str:
    if zone.sent is None or zone.sent_on is None:
        return ""
    value = f"{say_reading(zone.sent)} {unit}"
    return _("sent this month: {value}, {day}; you can correct it").format(
        value=value, day=say_day(zone.sent_on)
    )


def _service(kind: MeterKind) -> str:
    return {
        MeterKind.GAS: _("Gas"),
        MeterKind.ELECTRICITY: _("Electricity"),
        MeterKind.COLD_WATER: _("Cold water"),
        MeterKind.HOT_WATER: _("Hot water"),
        MeterKind.HEAT: _("Heat"),
    }[kind]


def _zone_name(number: int, zones: int) -> str:
    names = {1: _("T1 (day)"), 2: _("T2 (night)")} if zones == 2 else {}
    if zones == 3:
        names = {1: _("T1 (peak)"), 2: _("T2 (night)"), 3: _("T3 (half-peak)")}
    return names.get(number, f"T{number}")
