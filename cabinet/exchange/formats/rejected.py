"""A file of the rejected rows alone, in the format they came in, to be mended and sent again."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

from cabinet.exchange.formats.csv_table import join_record, split_record
from cabinet.exchange.formats.dbf_table import DbfField, DbfOutput
from cabinet.exchange.formats.json_accounts import REASON as JSON_REASON
from cabinet.exchange.formats.json_accounts import dump
from cabinet.exchange.formats.layout import Encoding, Layout
from cabinet.exchange.formats.lines import KEPT_OF_LONG_LINE
from cabinet.exchange.formats.output import TextOutput
from cabinet.exchange.formats.spooled import write_with_sums
from cabinet.exchange.formats.values import BadValue, Cell, read_date
from cabinet.exchange.formats.xlsx import SOURCE_DELIMITER
from cabinet.exchange.formats.xlsx_output import XlsxOutput
from cabinet.exchange.rows import RegistryFormat
from cabinet.i18n import N_, _

REASON = N_("Reason for rejection")
_DBF_REASON = DbfField("REASON", "C", 254)
_WRITABLE = frozenset("CNFDL")
_LARGEST_RECORD, _WIDEST_TEXT = 65_535, 254


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row as it stood (`source` of a RegistryRow or BadRow) and why it was not taken."""

    source: str
    reason: str


def write_rejected(
    layout: Layout, heading: tuple[str, ...], rows: Iterable[Rejected], target: BinaryIO
) -> None:
    """Write the rows with their reasons so that the same layout reads the file again.

    `heading` is `Recognised.heading`. Where the format has comments, the reason is a comment above its row;
    in tables it is one more column at the end, which no mapping names; in JSON a key that nothing reads.
    `target` can be read and sought, as a file opened with `w+b` can.
    """
    match layout.format:
        case RegistryFormat.CSV:
            _write_table(layout, heading, rows, target)
        case RegistryFormat.XLSX:
            _write_workbook(layout, heading, rows, target)
        case RegistryFormat.DBF:
            _write_dbf(layout, heading, rows, target)
        case RegistryFormat.JSON:
            _write_json(layout, rows, target)
        case _:
            write_with_sums(layout, heading, ((row.source, row.reason) for row in map(_whole, rows)), target)


def _whole(row: Rejected) -> Rejected:
    """The row; without its source where only the beginning was kept."""
    shortened = len(row.source) > KEPT_OF_LONG_LINE and row.source.endswith("…")
    return Rejected("", row.reason) if shortened else row


def _write_table(
    layout: Layout, heading: tuple[str, ...], rows: Iterable[Rejected], target: BinaryIO
) -> None:
    table = _Table(layout, heading, layout.delimiter)
    with TextOutput(target, layout.encoding) as output:
        for line in table.above:
            output.line(line)
        for cells in table.rows(rows):
            output.line(join_record(cells, layout.delimiter))


def _write_workbook(
    layout: Layout, heading: tuple[str, ...], rows: Iterable[Rejected], target: BinaryIO
) -> None:
    table = _Table(layout, heading, SOURCE_DELIMITER)
    output = XlsxOutput(layout.sheet)
    for place in range(layout.skip):
        # Empty rows are not in the heading, but count in `skip`.
        output.append(_fields(table.above[place], SOURCE_DELIMITER) if place < len(table.above) else [""])
    for cells in table.rows(rows):
        output.append(cells)
    output.save(target)


class _Table:
    """Rows of a table with one more column."""

    def __init__(self, layout: Layout, heading: tuple[str, ...], delimiter: str) -> None:
        headed = layout.has_heading and bool(heading)
        self.above = heading[:-1] if headed else heading
        self._delimiter = delimiter
        names = _fields(heading[-1], delimiter) if headed else []
        again = bool(names) and names[-1] in (REASON, _(REASON), "Причина отказа")
        self._names = names[: len(names) - again]

    def rows(self, rows: Iterable[Rejected]) -> Iterable[list[str]]:
        """The heading and the rows, each with its reason at the end."""
        width = len(self._names)
        if width:
            yield [*self._names, _(REASON)]
        for row in map(_whole, rows):
            fields = _fields(row.source, self._delimiter)
            if width:
                fields = fields[:width] + [""] * (width - len(fields))
            yield [*fields, row.reason]


def _fields(source: str, delimiter: str) -> list[str]:
    try:
        return split_record(source, delimiter)
    except BadValue:
        return source.split(delimiter)


def _write_dbf(layout: Layout, heading: tuple[str, ...], rows: Iterable[Rejected], target: BinaryIO) -> None:
    fields = _narrowed([field for field in map(_dbf_field, heading) if field.name != _DBF_REASON.name])
    output = DbfOutput(target, [*fields, _DBF_REASON], layout.encoding)
    for row in map(_whole, rows):
        texts = _fields(row.source, SOURCE_DELIMITER)[: len(fields)]
        texts += [""] * (len(fields) - len(texts))
        cells = [_dbf_cell(field, text) for field, text in zip(fields, texts, strict=True)]
        output.append([*cells, row.reason])
    output.close()


def _narrowed(fields: list[DbfField]) -> list[DbfField]:
    """The fields so that a record has room for the reason: Clipper's texts may fill it alone."""
    if 1 + sum(field.size for field in fields) + _DBF_REASON.size <= _LARGEST_RECORD:
        return fields
    return [replace(field, size=min(field.size, _WIDEST_TEXT)) for field in fields]


def _dbf_field(described: str) -> DbfField:
    name, kind, size, decimals = described.rsplit(",", 3)
    if kind in _WRITABLE:
        return DbfField(name, kind, int(size), int(decimals))
    return DbfField(name, "C", 20)


def _dbf_cell(field: DbfField, text: str) -> Cell:
    if field.kind != "D":
        return text
    try:
        return read_date(text)
    except BadValue:
        return text


def _write_json(layout: Layout, rows: Iterable[Rejected], target: BinaryIO) -> None:
    encoding = layout.encoding if layout.encoding is not Encoding.UTF_8_BOM else Encoding.UTF_8
    key = ""
    with TextOutput(target, encoding) as output:
        for row in rows:
            element = _element(row)
            if not key:
                key = "premises" if isinstance(element, dict) and "accounts" in element else "accounts"
                output.line(f'{{"{key}": [')
            else:
                output.line(",")
            output.text(dump(element))
        output.line("]}" if key else '{"accounts": []}')


def _element(row: Rejected) -> Any:
    element = json.loads(row.source)
    return {**element, JSON_REASON: row.reason} if isinstance(element, dict) else element
