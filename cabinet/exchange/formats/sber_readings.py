"""Sber's registry of meters and readings: an account, then a block of seven fields for each zone of a meter."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import BinaryIO

from cabinet.exchange.formats.delimited import Parse, join_fields, read_delimited
from cabinet.exchange.formats.kinds import SBER_TYPES
from cabinet.exchange.formats.layout import Encoding, Layout
from cabinet.exchange.formats.lines import TextLines
from cabinet.exchange.formats.output import TextOutput
from cabinet.exchange.formats.sber import account_number
from cabinet.exchange.formats.values import BadValue, date_of_cell, decimal_of_cell, shorten
from cabinet.exchange.rows import BadRow, MeterValue, ReadingRow, RegistryRow
from cabinet.i18n import _
from cabinet.meters.models import MeterKind

ACCOUNT_FIELDS = 5
"""`ЛС;ФИО;ЕЛС;ФИАС;Адрес`"""
BLOCK = 7
"""`тип;№;имя;след. поверка;показание;дата;доп.`"""
MOST_BLOCKS = 36
_BLOCKS_OF_LINE = 12
_NOTHING = "[]"
"""What Sber's examples write for an unknown day."""
_OTHER_TYPES = {"11", "12", "13"}
"""Sewage, water for gardens, waste: nothing that a meter here counts; these blocks are passed over."""
_CODES = {(meter.kind, meter.zone, meter.zones): code for code, meter in SBER_TYPES.items()}


def read_readings(lines: TextLines, layout: Layout) -> Iterator[RegistryRow | BadRow]:
    """The rows, each with the meters of its account."""
    return read_delimited(lines, _parser(layout))


def _parser(layout: Layout) -> Parse:
    period = layout.period

    def parse(number: int, line: str) -> RegistryRow:
        fields = line.split(";")
        if len(fields) < ACCOUNT_FIELDS:
            raise BadValue(_("The row has no account number, name and address."))
        account, name, els, fias, address = fields[:ACCOUNT_FIELDS]
        return RegistryRow(
            number, line, account_number(account), name.strip(), address.strip(), els.strip(), fias.strip(),
            None, "", period, tuple(_meters(fields[ACCOUNT_FIELDS:])),
        )  # fmt: skip

    return parse


def _meters(fields: list[str]) -> Iterator[MeterValue]:
    if len(fields) % BLOCK and not any(field.strip() for field in fields[len(fields) // BLOCK * BLOCK :]):
        fields = fields[: len(fields) // BLOCK * BLOCK]
    if len(fields) % BLOCK or len(fields) > MOST_BLOCKS * BLOCK:
        raise BadValue(_("The fields of the meters are not in blocks of seven."))
    for start in range(0, len(fields), BLOCK):
        block = [field.strip() for field in fields[start : start + BLOCK]]
        if block[0] in _OTHER_TYPES or not any(block):
            continue
        yield _meter(block)


def _meter(block: list[str]) -> MeterValue:
    code, serial, name, due, value, day, _more = block
    if code not in SBER_TYPES:
        raise BadValue(_("“{text}” is not a type of meter: 1 to 10.").format(text=shorten(code)))
    if not serial:
        raise BadValue(_("A meter has no number."))
    kind = SBER_TYPES[code]
    return MeterValue(
        kind.kind,
        serial,
        name,
        kind.zone,
        kind.zones,
        None if due == _NOTHING else date_of_cell(due),
        decimal_of_cell(value),
        None if day == _NOTHING else date_of_cell(day),
    )


def write_readings(encoding: Encoding, rows: Iterable[ReadingRow], target: BinaryIO) -> int:
    """Readings that follow each other for one account share a line; returns how many readings there are."""
    count = 0
    with TextOutput(target, encoding) as output:
        for _number, group in groupby(rows, key=lambda row: row.number):
            readings = list(group)
            count += len(readings)
            for start in range(0, len(readings), _BLOCKS_OF_LINE):
                output.line(_line(readings[start : start + _BLOCKS_OF_LINE]))
        output.line(f"#ROWS {count}")
    return count


def _line(readings: list[ReadingRow]) -> str:
    first = readings[0]
    fields = [first.number, first.owner_name, "", "", first.address]
    for row in readings:
        fields += _block(row)
    return join_fields(fields)


def _block(row: ReadingRow) -> list[str]:
    kind = MeterKind(row.meter_kind)
    code = _CODES.get((kind, row.zone, row.zones))
    # Sber has no types for zones of anything but electricity: then the name says which zone it is.
    name = "" if code else f"T{row.zone}"
    code = code or _CODES[kind, 1, 1]
    due = f"{row.verification_due:%d.%m.%Y}" if row.verification_due else ""
    return [
        code,
        row.meter_serial,
        name,
        due,
        f"{row.value:f}",
        f"{row.taken_on:%d.%m.%Y}",
        f"{row.period:%m%y}",
    ]
