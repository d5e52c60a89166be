"""Workbooks written row by row: text stays text whatever it looks like, and nothing in it is ever run."""

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import IO, Any, BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from cabinet.exchange.formats.csv_table import disarm_text
from cabinet.exchange.formats.sheet_xml import LONGEST_TEXT
from cabinet.exchange.formats.values import Cell

_LONGEST_TITLE = 31
_PROPERTIES = "docProps/core.xml"
_MOMENT = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_NO_TIME, _NO_MOMENT = (1980, 1, 1, 0, 0, 0), b"1980-01-01T00:00:00Z"
_FORBIDDEN_IN_TITLE = str.maketrans(dict.fromkeys("[]:*?/\\", " "))


class XlsxOutput:
    """A workbook with one sheet, and more where asked; `save` writes it."""

    def __init__(self, title: str) -> None:
        self._book = Workbook(write_only=True)
        self._sheet = self._new_sheet(title)

    def _new_sheet(self, title: str) -> Any:
        plain = title.translate(_FORBIDDEN_IN_TITLE).strip("' ")[:_LONGEST_TITLE]
        return self._book.create_sheet(plain or "Реестр")

    def start_sheet(self, title: str) -> None:
        """Rows go into this new sheet from here on."""
        self._sheet = self._new_sheet(title)

    def append(self, cells: Iterable[Cell]) -> None:
        """Write one row: text as text, sums with two decimals, days as days."""
        self._sheet.append([self._cell(cell) for cell in cells])

    def _cell(self, value: Cell) -> Any:
        if isinstance(value, str):
            cell = WriteOnlyCell(self._sheet)
            cell.value = ILLEGAL_CHARACTERS_RE.sub("", disarm_text(value))[:LONGEST_TEXT]
            cell.data_type = "s"
            cell.number_format = "@"
            return cell
        if isinstance(value, Decimal | date):
            cell = WriteOnlyCell(self._sheet)
            cell.value = value
            cell.number_format = "DD.MM.YYYY" if isinstance(value, date) else "0.00"
            return cell
        return value

    def save(self, target: BinaryIO) -> None:
        """Write the file; it stays open. The same rows give the same bytes, whenever it is."""
        with TemporaryFile() as made:
            self._book.save(made)
            _without_time(made, target)


def _without_time(made: IO[bytes], target: BinaryIO) -> None:
    """Copy a workbook without the moments that its parts and its properties were made at."""
    with ZipFile(made) as source, ZipFile(target, "w", ZIP_DEFLATED) as fixed:
        for part in source.infolist():
            entry = ZipInfo(part.filename, _NO_TIME)
            entry.compress_type, entry.file_size, entry.create_system = ZIP_DEFLATED, part.file_size, 0
            with source.open(part) as read, fixed.open(entry, "w") as write:
                if part.filename == _PROPERTIES:
                    write.write(_MOMENT.sub(_NO_MOMENT, read.read()))
                else:
                    copyfileobj(read, write)
