"""Meters in JSON: one object with a list of values for its zones (`B`, or `T1` to `T3`)."""

from collections.abc import Iterator
from datetime import date

from cabinet.exchange.formats.json_values import Record, cell, records, text
from cabinet.exchange.formats.kinds import read_kind
from cabinet.exchange.formats.values import BadValue, date_of_cell, decimal_of_cell
from cabinet.exchange.rows import MeterValue
from cabinet.i18n import _

_ZONES = {"B": 1, "T1": 1, "T2": 2, "T3": 3, "Т1": 1, "Т2": 2, "Т3": 3}
"""Keys in Latin, and as a Russian keyboard writes them."""


def read_meters(meter: Record) -> Iterator[MeterValue]:
    """The zones of a meter with their last values; nothing for one that was replaced."""
    if date_of_cell(cell(meter, "replace_date")):
        return
    serial = text(meter, "serial")
    if not serial:
        raise BadValue(_("A meter has no number."))
    kind = read_kind(text(meter, "type", "kind"))
    latest = _latest(meter)
    values = next(iter(records([latest.get("values")])), {})
    zones = max(kind.zones, *(_ZONES.get(key, 1) for key in (*values, "B")))
    for zone in range(1, zones + 1):
        yield MeterValue(
            kind=kind.kind,
            serial=serial,
            name=text(meter, "title"),
            zone=zone,
            zones=zones,
            verification_due=date_of_cell(cell(meter, "check_date")),
            value=decimal_of_cell(cell(values, *(key for key, number in _ZONES.items() if number == zone))),
            read_on=date_of_cell(cell(latest, "date")),
        )


def _latest(meter: Record) -> Record:
    """The values of the last day."""
    return max(
        records(meter.get("values")), key=lambda one: date_of_cell(cell(one, "date")) or date.min, default={}
    )
