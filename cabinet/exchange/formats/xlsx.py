"""Workbooks (.xlsx): values of cells as they were last computed, never formulas, and no bombs."""

import zipfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from xml.etree.ElementTree import ParseError
from xml.parsers.expat import ExpatError

from defusedxml import DefusedXmlException
from openpyxl import DEFUSEDXML
from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.xml.constants import SHARED_STRINGS

from cabinet.exchange.errors import (
    BrokenFile,
    EmptyFile,
    InflatedFile,
    MissingSheet,
    OldSpreadsheet,
    UnreadableFile,
)
from cabinet.exchange.formats.csv_table import source_of, unarm
from cabinet.exchange.formats.layout import Layout
from cabinet.exchange.formats.sber import header_of_name
from cabinet.exchange.formats.sheet_xml import CellTypes, SharedStrings, iter_rows
from cabinet.exchange.formats.table import (
    MOST_COLUMNS,
    TOTAL,
    Cells,
    TableReader,
    name_columns,
    number_columns,
)
from cabinet.exchange.formats.values import BadValue, amount_of_cell
from cabinet.exchange.rows import BadRow, RegistryHeader, RegistryRow

TOTAL_SHEET = "Контроль"
"""The sheet with the control sum in workbooks that we write."""
SOURCE_DELIMITER = ";"
"""Between the cells of `RegistryRow.source`."""

_MOST_UNPACKED = 2 * 1024**3
_MOST_OTHER = 32 * 1024**2
_MOST_RATIO = 200
_RATIO_MATTERS_FROM = 16 * 1024**2
_MOST_PARTS = 5_000

if not DEFUSEDXML:
    raise RuntimeError("defusedxml must be installed: openpyxl would expand XML entities")

_BROKEN = (
    zipfile.BadZipFile, ParseError, ExpatError, DefusedXmlException, InvalidFileException, zlib.error, KeyError, ValueError, TypeError,
    IndexError, AttributeError, EOFError, NotImplementedError, RuntimeError, OverflowError,
)  # fmt: skip
"""What openpyxl and zipfile raise for a damaged or hostile workbook."""


def read_sheet(path: Path, layout: Layout) -> Iterator[RegistryRow | BadRow]:
    """The rows of a sheet by its mapping."""
    rows = iter_cells(path, layout.sheet)
    reader: TableReader | None = (
        None if layout.has_heading else TableReader(layout, number_columns(MOST_COLUMNS))
    )
    for number, cells in rows:
        if number <= layout.skip:
            continue
        if reader is None:
            reader = TableReader(layout, name_columns(cells))
            continue
        source = source_of(cells)
        try:
            row = reader.read(number, source, cells)
        except BadValue as bad:
            yield BadRow(number, source, str(bad))
        else:
            if row:
                yield row
    if reader is None:
        raise EmptyFile


def read_workbook_header(path: Path, name: str) -> RegistryHeader:
    """What the name of the file says, and the control sum on a sheet of its own, as we write it."""
    header = header_of_name(name)
    if TOTAL_SHEET not in sheet_names(path):
        return header
    for _number, cells in iter_cells(path, TOTAL_SHEET):
        if len(cells) >= 3 and cells[0] == TOTAL and isinstance(cells[1], int):
            total = cells[2] if isinstance(cells[2], int | float) else None
            return replace(header, rows=cells[1], total_minor=amount_of_cell(total))
    return header


def sheet_names(path: Path) -> tuple[str, ...]:
    """The sheets that have cells, in their order."""
    with _open(path) as book:
        return tuple(book.sheets)


def iter_cells(path: Path, sheet: str = "") -> Iterator[tuple[int, Cells]]:
    """Rows that have something in them, with their numbers; an empty name is the first sheet."""
    with _open(path) as book:
        if sheet not in ("", *book.sheets) or not book.sheets:
            raise MissingSheet(sheet)
        number = 0
        try:
            with book.archive.open(book.sheets[sheet] if sheet else next(iter(book.sheets.values()))) as xml:
                for number, cells in iter_rows(xml, book.types):
                    yield number, [unarm(cell) if isinstance(cell, str) else cell for cell in cells]
        except UnreadableFile:
            raise
        except _BROKEN as error:
            raise BrokenFile(number) from error


@dataclass(frozen=True, slots=True)
class _Book:
    archive: zipfile.ZipFile
    sheets: dict[str, str]
    """Paths in the archive by the names of the sheets."""
    types: CellTypes


@contextmanager
def _open(path: Path) -> Generator[_Book]:
    """The workbook, closed at the end; raises BrokenFile or InflatedFile before anything is unpacked."""
    with ExitStack() as stack:
        try:
            check_archive(path)
            book = _load(path, stack)
        except UnreadableFile:
            raise
        except _BROKEN as error:
            raise BrokenFile from error
        except OSError as error:
            if error.errno:
                raise
            raise BrokenFile from error  # openpyxl: no workbook in it
        yield book


def _load(path: Path, stack: ExitStack) -> _Book:
    """What openpyxl makes of everything but strings and cells."""
    # Given a path, openpyxl wants it to end in .xlsx; uploads have names of their own.
    file = stack.enter_context(path.open("rb"))
    reader = ExcelReader(file, read_only=True, data_only=True, keep_links=False)
    archive = stack.enter_context(reader.archive)
    reader.read_manifest()
    reader.read_workbook()
    apply_stylesheet(archive, reader.wb)
    sheets = {
        sheet.name: relation.target
        for sheet, relation in reader.parser.find_sheets()
        if relation.target in reader.valid_files and "chartsheet" not in relation.Type
    }
    part = reader.package.find(SHARED_STRINGS)
    if part is None:
        strings = SharedStrings(None)
    else:
        with archive.open(part.PartName[1:]) as xml:
            strings = SharedStrings(xml)
    stack.callback(strings.close)
    return _Book(
        archive,
        sheets,
        CellTypes(strings, frozenset(getattr(reader.wb, "_date_formats", ())), reader.wb.epoch),
    )


def check_archive(path: Path) -> None:
    """Raise InflatedFile for what would unpack into too much; the sizes that an archive names bind its reader."""
    with zipfile.ZipFile(path) as archive:
        parts = archive.infolist()
    unpacked = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts)
    others = [part.file_size for part in parts if not _streamed(part.filename)]
    if len(parts) > _MOST_PARTS or unpacked > _MOST_UNPACKED or max(others, default=0) > _MOST_OTHER:
        raise InflatedFile
    if unpacked > _RATIO_MATTERS_FROM and unpacked > _MOST_RATIO * packed:
        raise InflatedFile
    if any(part.flag_bits & 0x1 for part in parts):
        raise OldSpreadsheet
    if any(part.header_offset < 0 for part in parts):
        raise BrokenFile  # zipfile would seek there


def _streamed(name: str) -> bool:
    """Whether it is read piece by piece, so that its size is no matter; the other parts are read whole."""
    return "sheet" in name.casefold() or "sharedstrings" in name.casefold()
