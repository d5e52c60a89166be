"""Tables of text: CSV, whatever separates the columns, with quotation marks and line breaks inside them."""

import csv
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from cabinet.exchange.errors import BrokenFile, EmptyFile, TooManyColumns
from cabinet.exchange.formats.delimited import with_cut
from cabinet.exchange.formats.layout import Layout
from cabinet.exchange.formats.lines import LONGEST_LINE, TextLines, is_blank
from cabinet.exchange.formats.table import MOST_COLUMNS, TableReader, name_columns, number_columns
from cabinet.exchange.formats.values import BadValue, Cell, text_of_cell
from cabinet.exchange.rows import BadRow, RegistryRow
from cabinet.i18n import _
from cabinet.kit.text import disarm_formula

_MOST_LINES_OF_RECORD = 50

Record = tuple[int, str]
"""The number of its first line, and the text of all its lines."""


def read_table(path: Path, layout: Layout) -> Iterator[RegistryRow | BadRow]:
    """The rows of a table of text."""
    lines = TextLines(path, layout.encoding)
    records = iter_records(lines, layout.delimiter)
    reader = TableReader(layout, _columns(islice(records, layout.skip + layout.has_heading), layout))
    for record in records:
        if isinstance(record, BadRow):
            yield record
            continue
        line, source = record
        if is_blank(source):
            continue
        try:
            row = reader.read(line, source, split_record(source, layout.delimiter))
        except BadValue as bad:
            yield BadRow(line, source, with_cut(str(bad), lines.cut))
        else:
            if row:
                yield row


def _columns(top: Iterable[Record | BadRow], layout: Layout) -> tuple[str, ...]:
    """The names in the heading."""
    records = list(top)
    if not layout.has_heading:
        return number_columns(MOST_COLUMNS)
    if len(records) <= layout.skip:
        raise EmptyFile
    last = records[-1]
    line, source = (last.line, last.source) if isinstance(last, BadRow) else last
    try:
        cells = split_record(source, layout.delimiter)
    except BadValue:
        raise BrokenFile(line) from None
    if len(cells) > MOST_COLUMNS:
        raise TooManyColumns(MOST_COLUMNS)
    return name_columns(cells)


def iter_records(lines: Iterable[str | BadRow], delimiter: str) -> Iterator[Record | BadRow]:
    """Records, each of one line or, where quotation marks go over line breaks, of several."""
    waiting: list[str | BadRow] = []
    numbered = enumerate(lines, 1)
    for number, line in numbered:
        if isinstance(line, BadRow):
            yield line
        elif '"' not in line or not is_open(line, delimiter):
            yield number, line
        else:
            waiting = _until_closed(line, delimiter, numbered)
            yield from _close(number, waiting, delimiter)


def _until_closed(
    first: str, delimiter: str, numbered: Iterator[tuple[int, str | BadRow]]
) -> list[str | BadRow]:
    """The line and those after it up to the closing mark, or up to the limit."""
    taken: list[str | BadRow] = [first]
    whole = first
    for _number, line in islice(numbered, _MOST_LINES_OF_RECORD):
        taken.append(line)
        if isinstance(line, BadRow):
            break
        whole = f"{whole}\n{line}"
        if len(whole) > LONGEST_LINE or ('"' in line and not is_open(whole, delimiter)):
            break
    return taken


def _close(number: int, taken: list[str | BadRow], delimiter: str) -> Iterator[Record | BadRow]:
    """One record of several lines; where the mark is never closed, that line is bad and the others stand alone."""
    texts = [line for line in taken if isinstance(line, str)]
    whole = "\n".join(texts)
    if len(texts) == len(taken) and len(whole) <= LONGEST_LINE and not is_open(whole, delimiter):
        yield number, whole
        return
    for place, line in enumerate(taken, number):
        if isinstance(line, BadRow):
            yield line
        elif '"' in line and is_open(line, delimiter):
            yield BadRow(place, line, _("A quotation mark in this row is opened and never closed."))
        else:
            yield place, line


def is_open(text: str, delimiter: str) -> bool:
    """Whether a quotation mark that begins a field is not closed at the end of the text."""
    quoted = False
    for piece in text.split(delimiter):
        if quoted or piece.startswith('"'):
            quoted ^= piece.count('"') % 2 == 1
    return quoted


def split_record(source: str, delimiter: str) -> list[str]:
    """The fields, without quotation marks and without the marks of `disarm_text`."""
    if '"' not in source:
        fields = source.split(delimiter)
    else:
        try:
            fields = next(csv.reader([source], delimiter=delimiter))
        except csv.Error as error:
            raise BadValue(_("The quotation marks in this row cannot be made out.")) from error
    return [unarm(field) for field in fields] if "'" in source else fields


def unarm(field: str) -> str:
    """The text without the mark that `disarm_text` puts before what a spreadsheet might run."""
    return field[1:] if field.startswith("'") and disarm_formula(field[1:]) == field else field


def join_record(fields: Iterable[str], delimiter: str) -> str:
    """A line that a spreadsheet shows and never runs; numbers stay as they are."""
    return delimiter.join([_quoted(disarm_text(field), delimiter) for field in fields])


def source_of(cells: Iterable[Cell], delimiter: str = ";") -> str:
    """The cells of a workbook or dBase table as a line, which `split_record` takes apart again."""
    return delimiter.join([_quoted(text_of_cell(cell), delimiter) for cell in cells])


def disarm_text(text: str) -> str:
    """The text made harmless, unless it is a plain number: a minus before digits runs nothing."""
    return text if _is_number(text) else disarm_formula(text)


def _is_number(text: str) -> bool:
    body = text[1:] if text[:1] in ("-", "+") else text
    return body.isascii() and body.replace(".", "", 1).replace(",", "", 1).isdecimal()


def _quoted(field: str, delimiter: str) -> str:
    if field.isprintable() and '"' not in field and delimiter not in field:
        return field
    plain = field.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    if delimiter in plain or '"' in plain or "\n" in plain:
        return '"' + plain.replace('"', '""') + '"'
    return plain
