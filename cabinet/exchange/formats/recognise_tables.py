"""What a workbook, a dBase table or a JSON file seems to be, and how the columns of a table are found."""

import zipfile
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import islice
from pathlib import Path

from cabinet.exchange.errors import EmptyFile, UnknownFile
from cabinet.exchange.formats.csv_table import source_of
from cabinet.exchange.formats.dbf_table import cells_reader, iter_records, read_dbf_header
from cabinet.exchange.formats.encodings import guess_encoding
from cabinet.exchange.formats.headings import suggest_column, suggest_mapping
from cabinet.exchange.formats.json_accounts import read_accounts
from cabinet.exchange.formats.layout import Encoding, Layout, Recognised
from cabinet.exchange.formats.reading import read_header
from cabinet.exchange.formats.table import name_columns, number_columns
from cabinet.exchange.formats.values import text_of_cell
from cabinet.exchange.formats.xlsx import iter_cells, sheet_names
from cabinet.exchange.rows import RegistryFormat

PREVIEW_ROWS = 20
MOST_SKIPPED = 15
"""Lines that may stand above the heading."""

Row = tuple[str, ...]


def names_columns(row: Sequence[str]) -> bool:
    """Whether these are names of columns and not values: some say what they hold."""
    return sum(suggest_column(field) is not None for field in row) >= 2


def find_heading(rows: Sequence[Sequence[str]]) -> int | None:
    """Which of the first rows is the heading."""
    return next((place for place, row in enumerate(rows[: MOST_SKIPPED + 1]) if names_columns(row)), None)


def fit_mapping(layout: Layout, columns: tuple[str, ...], period: date | None) -> Layout:
    """The layout with what its mapping says of these columns, or else with what their names suggest."""
    kept = {name: column for name, column in layout.mapping.items() if name in columns}
    mapping = kept or suggest_mapping(columns)
    return layout.model_copy(update={"mapping": mapping, "period": layout.period or period})


def recognise_workbook(path: Path, name: str, chosen: Layout | None) -> Recognised:
    """A workbook: the first sheet that has a heading, else the first with rows."""
    _refuse_other_archives(path)
    sheets = sheet_names(path)
    layout = chosen or _guess_sheet(path, sheets)
    rows = _rows_of_sheet(path, layout.sheet)
    if not rows:
        raise EmptyFile
    header = read_header(path, name, layout)
    shown = [row for number, row in rows if number > layout.skip]
    width = max(map(len, shown), default=0)
    columns = name_columns(shown[0]) if layout.has_heading and shown else number_columns(width)
    return Recognised(
        layout=fit_mapping(layout, columns, header.period),
        confidence=1.0,
        header=header,
        columns=columns,
        preview=tuple(shown[:PREVIEW_ROWS]),
        heading=tuple(source_of(row) for number, row in rows if number <= layout.skip)
        + ((source_of(shown[0]),) if layout.has_heading and shown else ()),
        sheets=sheets,
    )


def _refuse_other_archives(path: Path) -> None:
    """Raise UnknownFile for an archive that is no workbook; a broken one is left to the reader."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OverflowError):
        return
    if not any(name.startswith("xl/") for name in names):
        raise UnknownFile("ZIP")


def _guess_sheet(path: Path, sheets: tuple[str, ...]) -> Layout:
    found: Layout | None = None
    for sheet in sheets[:MOST_SKIPPED]:
        rows = _rows_of_sheet(path, sheet)
        place = find_heading([row for _number, row in rows])
        skip = 0 if place is None else rows[place][0] - 1
        layout = Layout(format=RegistryFormat.XLSX, sheet=sheet, has_heading=place is not None, skip=skip)
        if place is not None:
            return layout
        found = found or (layout if rows else None)
    if not found:
        raise EmptyFile
    return found


def _rows_of_sheet(path: Path, sheet: str) -> list[tuple[int, Row]]:
    first = islice(iter_cells(path, sheet), MOST_SKIPPED + PREVIEW_ROWS)
    return [(number, tuple(map(text_of_cell, cells))) for number, cells in first]


def recognise_dbf(path: Path, name: str, chosen: Layout | None) -> Recognised:
    """A dBase table: its language byte says the encoding, else the letters do."""
    declared = read_dbf_header(path)
    sample = b"\n".join(record for _number, record in islice(iter_records(path, declared), 200))
    encodings = _encodings_of_dbf(sample, declared.language)
    encoding = chosen.encoding if chosen else encodings[0][0]
    header = read_dbf_header(path, encoding)
    read = cells_reader(header, encoding)
    columns = name_columns([field.name for field in header.fields])
    layout = chosen or Layout(format=RegistryFormat.DBF, encoding=encoding)
    found = read_header(path, name, layout)
    records: Iterable[bytes] = (
        record for _number, record in islice(iter_records(path, header), PREVIEW_ROWS)
    )
    return Recognised(
        layout=fit_mapping(layout, columns, found.period),
        confidence=1.0,
        header=found,
        columns=columns,
        preview=(columns, *(tuple(map(text_of_cell, read(record)[0])) for record in records)),
        heading=tuple(map(str, header.fields)),
        encodings=encodings,
    )


def _encodings_of_dbf(sample: bytes, declared: Encoding | None) -> tuple[tuple[Encoding, float], ...]:
    """Candidates. The letters count more than the byte: programs forget to set it."""
    guessed = guess_encoding(sample)
    if sample.isascii() or guessed[0][1] < 0.9:
        first = declared or Encoding.CP866
        return ((first, 1.0), *(pair for pair in guessed if pair[0] is not first))
    return guessed


def recognise_json(
    path: Path, name: str, layout: Layout, encodings: tuple[tuple[Encoding, float], ...]
) -> Recognised:
    """Accounts in JSON."""
    header = read_header(path, name, layout)
    rows = tuple((row.source,) for row in islice(read_accounts(path, layout), PREVIEW_ROWS))
    return Recognised(
        layout=layout.model_copy(update={"period": layout.period or header.period}),
        confidence=1.0,
        header=header,
        columns=(),
        preview=rows,
        heading=(),
        encodings=encodings,
    )
