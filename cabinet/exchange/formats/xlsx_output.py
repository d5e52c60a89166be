"""Workbooks written row by row: text stays text whatever it looks like, and nothing in it is ever run."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any, BinaryIO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from cabinet.exchange.formats.csv_table import disarm_text
from cabinet.exchange.formats.sheet_xml import LONGEST_TEXT
from cabinet.exchange.formats.values import Cell

_LONGEST_TITLE = 31
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
        """Write the file; it stays open."""
        self._book.save(target)
