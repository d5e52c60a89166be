"""The history of readings as a table that a spreadsheet opens, and runs nothing of."""

import csv
import io
from collections.abc import Iterator
from decimal import Decimal
from zoneinfo import ZoneInfo

from cabinet.i18n import _, current_locale
from cabinet.kit.text import disarm_formula, mask_serial
from cabinet.kit.units import say_unit
from cabinet.meters.history import History, MeterHistory, PastReading
from cabinet.meters.words import say_reading, say_service, say_source, say_state, say_zone

_BYTE_ORDER_MARK = "\ufeff"


def readings_csv(history: History) -> bytes:
    """A row for each reading, corrected ones too, the newest first; UTF-8 that Excel recognises.

    In Russian with semicolons and commas in numbers; days as 2026-11-22, moments in the provider's zone.
    """
    out = io.StringIO()
    table = csv.writer(out, delimiter=";" if current_locale() == "ru" else ",", lineterminator="\r\n")
    table.writerow(_head())
    for line in history.lines:
        for meter in line.meters:
            for reading in meter.readings:
                table.writerows(_rows(reading, meter, history))
    return (_BYTE_ORDER_MARK + out.getvalue()).encode()


def _head() -> list[str]:
    return [
        _("Month"),
        _("Service"),
        _("Meter No."),
        _("Zone"),
        _("Reading"),
        _("Used"),
        _("Unit"),
        _("Day of the reading"),
        _("Source"),
        _("State"),
        _("Reason"),
        _("Sent"),
    ]


def _rows(reading: PastReading, meter: MeterHistory, history: History) -> Iterator[list[str]]:
    for one in (reading, *reading.corrected):
        yield [disarm_formula(text) if not _is_number(text) else text for text in _texts(one, meter, history)]


def _texts(reading: PastReading, meter: MeterHistory, history: History) -> list[str]:
    sent = reading.created_at.astimezone(ZoneInfo(history.account.timezone))
    return [
        f"{reading.period:%Y-%m}",
        say_service(meter.kind),
        mask_serial(meter.serial) if history.own_only else meter.serial,
        say_zone(reading.zone, len(meter.zones)) if len(meter.zones) > 1 else "",
        say_reading(reading.value),
        "" if reading.use is None else say_reading(reading.use),
        say_unit(meter.unit),
        reading.taken_on.isoformat(),
        say_source(reading.source),
        say_state(reading.state),
        reading.declined_because,
        f"{sent:%Y-%m-%d %H:%M}",
    ]


def _is_number(text: str) -> bool:
    """Whether it is a plain number: a use below zero begins with a minus, and runs nothing."""
    plain = text.replace(",", ".", 1).removeprefix("-")
    return plain.replace(".", "", 1).isdecimal() and Decimal(plain).is_finite()
