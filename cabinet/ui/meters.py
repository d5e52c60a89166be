"""Meters and their zones in the words of a page, and what a form says of them."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from cabinet.i18n import _
from cabinet.kit.dates import say_date, say_day
from cabinet.kit.money import format_amount
from cabinet.kit.text import mask_serial
from cabinet.kit.units import say_unit
from cabinet.meters.concerns import Concern, Doubt, say_concern
from cabinet.meters.doubts import asked
from cabinet.meters.errors import BadReadings
from cabinet.meters.models import MeterKind
from cabinet.meters.rules import cost_minor
from cabinet.meters.service import MeterView, ReadingWish, ZoneView
from cabinet.meters.words import say_given, say_quantity, say_reading, say_service, say_zone
from cabinet.ui.submitted import Form, text_in


@dataclass
class ZoneLine:
    """One field for a reading: its name, what stood there before, and what was sent."""

    id: str
    label: str
    short: str
    """T1 and its name; empty for a meter without zones."""
    previous: str
    sent: str = ""
    error: str = ""
    concerns: list[str] = field(default_factory=list)
    """What is odd about the value that was sent last, sentence by sentence."""
    sure: str = ""
    """What the box that confirms it sends: the value as it was typed, and the doubts."""
    doubted: str = ""
    """The value as it was typed."""
    before_value: str = ""
    """The previous value with its unit."""
    before_by: str = ""
    """Its day, and who gave it."""
    before: str = ""
    """The previous value for the script: digits with a dot."""
    price: str = ""
    ratio: int = 1
    text: str = ""
    """What stands in the field to begin with."""
    value: str = ""
    """What was sent for this period."""
    used: str = ""
    """Its day, what was used by it, and what that costs."""
    taken: str = ""
    """That the provider has accepted the reading of this period."""
    declined: str = ""
    is_open: bool = True
    """Whether the field is shown, where something was sent already."""
    history: list[str] = field(default_factory=list)


@dataclass
class MeterLine:
    """One meter with its zones."""

    id: str
    name: str
    unit: str
    verification: str
    zones: list[ZoneLine] = field(default_factory=list)
    kind: str = ""
    expired: str = ""
    """Since when the verification has ended."""
    ratio: str = ""
    """That what the dial counts is multiplied, where it is."""


def meter_line(
    meter: MeterView, viewer: UUID | None = None, *, masked: bool = False, today: date | None = None
) -> MeterLine:
    """What a page says of a meter, in the current language.

    `masked`, for who has not proved the account, hides the serial, which may be a proof, and others' refusals.
    """
    serial = mask_serial(meter.serial) if masked else meter.serial
    name = _("{service}, meter No. {serial}").format(service=say_service(meter.kind), serial=serial)
    due = meter.verification_due
    expired = due and today and due < today
    return MeterLine(
        id=str(meter.id),
        name=name,
        unit=say_unit(meter.unit),
        verification=_("verification until {date}").format(date=say_date(due)) if due and not expired else "",
        expired=_("The verification ended on {date}.").format(date=say_date(due)) if due and expired else "",
        ratio=_("ratio {ratio}: use is multiplied by it").format(ratio=meter.ratio)
        if meter.ratio > 1
        else "",
        kind=_SIGNS[meter.kind],
        zones=[
            _zone_line(_own(zone, viewer) if masked else zone, meter, name, viewer) for zone in meter.zones
        ],
    )


def wishes_in(form: Form, zone_ids: Iterable[str]) -> dict[UUID, ReadingWish]:
    """What was typed for the zones, and what was confirmed; a confirmation of another value is none."""
    return {
        UUID(zone_id): ReadingWish(text_in(form, f"reading-{zone_id}"), _confirmed(form, zone_id))
        for zone_id in zone_ids
    }


def is_left_unsure(zone: ZoneLine, form: Form) -> bool:
    """Whether the doubts about this very value were shown, and the value was not confirmed."""
    typed = _typed(form, zone.id)
    return bool(zone.sure) and typed == zone.doubted and not _confirmed(form, zone.id)


def with_problems(meters: list[MeterLine], problems: BadReadings | None, form: Form) -> list[MeterLine]:
    """The meters with each problem and each doubt at its zone, or with none."""
    return [
        replace(meter, zones=[_with_problem(zone, problems, form) for zone in meter.zones])
        for meter in meters
    ]


def say_use(use: Decimal, unit: str, price: Decimal | None) -> str:
    """«расход 12 м³, 540,00 ₽»: what was used, and its cost where the tariff is known."""
    said = _("used: {use}").format(use=say_quantity(use, unit))
    return said if price is None else f"{said}, {format_amount(cost_minor(use, price))}"


def _with_problem(zone: ZoneLine, problems: BadReadings | None, form: Form) -> ZoneLine:
    zone_id, typed = UUID(zone.id), _typed(form, zone.id)
    concerns = problems.concerns.get(zone_id, ()) if problems else ()
    return replace(
        zone,
        error=problems.problems.get(zone_id, "") if problems else "",
        concerns=[say_concern(concern) for concern in concerns],
        sure=_token(typed, concerns) if concerns else "",
        doubted=typed if concerns else "",
    )


def _token(typed: str, concerns: Iterable[Concern]) -> str:
    return f"{typed}|{','.join(sorted(asked(concerns)))}"


def _typed(form: Form, zone_id: str) -> str:
    return "".join(text_in(form, f"reading-{zone_id}").split())


def _confirmed(form: Form, zone_id: str) -> frozenset[Doubt]:
    value, _bar, names = text_in(form, f"sure-{zone_id}").rpartition("|")
    if value != _typed(form, zone_id):
        return frozenset()
    return frozenset(doubt for doubt in Doubt if doubt in names.split(","))


def _own(zone: ZoneView, viewer: UUID | None) -> ZoneView:
    """Without what staff wrote to somebody else: who has not proved the account sees only own readings."""
    return zone if zone.declined_of == viewer else replace(zone, declined=None, declined_because="")


def _zone_line(zone: ZoneView, meter: MeterView, name: str, viewer: UUID | None) -> ZoneLine:
    short = say_zone(zone.number, len(meter.zones)) if len(meter.zones) > 1 else ""
    return ZoneLine(
        id=str(zone.id),
        label=f"{name}, {short}" if short else name,
        short=short,
        previous=_previous(zone, meter.unit, viewer),
        before_value="" if zone.previous is None else say_quantity(zone.previous, meter.unit),
        before_by=_given(zone, viewer),
        sent=_sent(zone, meter.unit),
        before="" if zone.previous is None else f"{zone.previous:f}",
        price="" if zone.price is None else f"{zone.price:f}",
        ratio=meter.ratio,
        value="" if zone.sent is None else say_reading(zone.sent),
        used=_used(zone, meter),
        taken=_taken(zone),
        declined=_declined(zone, meter.unit),
        is_open=zone.sent is None and zone.accepted_on is None,
    )


def _previous(zone: ZoneView, unit: str, viewer: UUID | None) -> str:
    if zone.previous is None:
        return _("no reading yet")
    said = _("previous: {value}, {by}")
    return said.format(value=say_quantity(zone.previous, unit), by=_given(zone, viewer))


def _given(zone: ZoneView, viewer: UUID | None) -> str:
    """The day of the previous value, and who gave it."""
    if zone.previous_on is None or zone.previous_source is None:
        return ""
    return say_given(zone.previous_on, zone.previous_source, by=zone.previous_by, viewer=viewer)


def _sent(zone: ZoneView, unit: str) -> str:
    if zone.sent is None or zone.sent_on is None:
        return ""
    said = _("sent this month: {value}, {day}; you can correct it")
    return said.format(value=say_quantity(zone.sent, unit), day=say_day(zone.sent_on))


def _used(zone: ZoneView, meter: MeterView) -> str:
    """The day of what was sent, what was used by it, and what that costs."""
    if zone.sent is None or zone.sent_on is None:
        return ""
    day = say_day(zone.sent_on)
    if zone.previous is None or zone.sent < zone.previous:
        return day
    return f"{day}, {say_use((zone.sent - zone.previous) * meter.ratio, meter.unit, zone.price)}"


def _taken(zone: ZoneView) -> str:
    if zone.accepted_on is None or zone.previous is None or zone.sent is not None:
        return ""
    return _("The provider has accepted your reading of {day}.").format(day=say_day(zone.accepted_on))


def _declined(zone: ZoneView, unit: str) -> str:
    if zone.declined is None:
        return ""
    said = _("The reading {value} was not accepted. Reason: {reason}")
    return said.format(value=say_quantity(zone.declined, unit), reason=zone.declined_because)


_SIGNS = {
    MeterKind.GAS: "gas",
    MeterKind.ELECTRICITY: "electricity",
    MeterKind.COLD_WATER: "water",
    MeterKind.HOT_WATER: "water",
    MeterKind.HEAT: "heat",
}


def sign_of(kind: MeterKind) -> str:
    """The sign of what a meter counts, for `kind_icon`."""
    return _SIGNS[kind]
