"""Rows of a sheet inside a workbook, streamed: what stays in memory is a chunk of XML and its rows.

openpyxl reads sheets too, but several times slower; it keeps all shared strings and an element for every row,
and builds a cell of a gigabyte if a file says so.
"""

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from mmap import ACCESS_READ, mmap
from tempfile import TemporaryFile
from typing import IO
from xml.parsers.expat import ParserCreate, XMLParserType

from openpyxl.utils.datetime import from_excel, from_ISO8601
from openpyxl.utils.escape import unescape

from cabinet.exchange.errors import InflatedFile, TooManyColumns
from cabinet.exchange.formats.table import MOST_COLUMNS
from cabinet.exchange.formats.values import Cell

LONGEST_TEXT = 32_767
"""Characters of a cell, by the specification of Excel."""
_CHUNK = 128 * 1024
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class SharedStrings:
    """The texts that cells name by number: in a temporary file, however many there are."""

    def __init__(self, xml: IO[bytes] | None) -> None:
        self._ends = array("Q", [0])
        self._file = TemporaryFile()  # noqa: SIM115 - closed by close()
        for text in _texts(xml) if xml else ():
            data = text.encode("utf-8", "replace")
            self._file.write(data)
            self._ends.append(self._ends[-1] + len(data))
        self._file.flush()
        self._map = mmap(self._file.fileno(), 0, access=ACCESS_READ) if self._ends[-1] else b""

    def __getitem__(self, number: int) -> str:
        if not 0 <= number < len(self._ends) - 1:
            raise IndexError(number)
        return self._map[self._ends[number] : self._ends[number + 1]].decode()

    def close(self) -> None:
        """Let go of the temporary file."""
        if isinstance(self._map, mmap):
            self._map.close()
        self._file.close()


@dataclass(frozen=True, slots=True)
class CellTypes:
    """What makes values of the texts in a sheet."""

    strings: SharedStrings
    date_styles: frozenset[int]
    """Numbers of the styles that show a day."""
    epoch: datetime
    """Day zero of the workbook's calendar."""

    def value(self, text: str, kind: str, style: str | None) -> Cell:
        """The value of a cell of this type (`n`, `s`, `b`, `d`, `str`, `inlineStr`, `e`)."""
        if kind == "s":
            return self.strings[int(text)]
        if kind == "n" and text:
            return self._number(text, style)
        if kind == "b":
            return text == "1"
        if kind == "d" and text:
            return _day_or_text(text)
        return unescape(text) if "_x" in text else text

    def _number(self, text: str, style: str | None) -> Cell:
        whole = text.removeprefix("-").isdecimal()
        number = int(text) if whole and len(text) < 400 else float(text)
        if style and int(style) in self.date_styles:
            try:
                day = from_excel(number, self.epoch)
            except (OverflowError, ValueError):
                return text
            return day if isinstance(day, datetime) else str(day)
        return number


def _day_or_text(text: str) -> Cell:
    try:
        day = from_ISO8601(text)
    except ValueError:
        return text
    return day if isinstance(day, datetime) else str(day)


def _texts(xml: IO[bytes]) -> Iterator[str]:
    """The shared strings one by one; rich text without its looks, readings of Japanese left out."""
    taker = _Taker(frozenset(("t",)))
    done: list[str] = []

    def end(name: str) -> None:
        taker.end(name)
        if _local(name) == "si":
            done.append(unescape(taker.take()))

    for _chunk in _parse(xml, taker.start, end, taker.text):
        yield from done
        done.clear()


def iter_rows(xml: IO[bytes], types: CellTypes) -> Iterator[tuple[int, list[Cell]]]:
    """Rows of a sheet with their numbers; raises TooManyColumns or InflatedFile."""
    sheet = _Sheet(types)
    for _chunk in _parse(xml, sheet.start, sheet.end, sheet.taker.text):
        yield from sheet.rows
        sheet.rows.clear()


def _parse(
    xml: IO[bytes],
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None],
    text: Callable[[str], None],
) -> Iterator[None]:
    """Feed the handlers, a chunk at a time."""
    parser: XMLParserType = ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    while chunk := xml.read(_CHUNK):
        parser.Parse(chunk, False)
        yield
    parser.Parse(b"", True)
    yield


def _refuse(*_declaration: object) -> None:
    """No workbook declares a document type; whoever does wants its entities expanded."""
    raise InflatedFile


def _local(name: str) -> str:
    return name.rpartition(":")[2] if ":" in name else name


class _Taker:
    """Collects the text inside some elements."""

    def __init__(self, names: frozenset[str]) -> None:
        self._names = names
        self._on = False
        self._phonetic = False
        self._parts: list[str] = []
        self._length = 0

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        local = _local(name)
        if local == "rPh":
            self._phonetic = True
        elif local in self._names:
            self._on = not self._phonetic

    def end(self, name: str) -> None:
        local = _local(name)
        if local == "rPh":
            self._phonetic = False
        elif local in self._names:
            self._on = False

    def text(self, text: str) -> None:
        if self._on:
            self._parts.append(text)
            self._length += len(text)
            if self._length > 2 * LONGEST_TEXT:
                raise InflatedFile

    def take(self) -> str:
        """The text since the last call."""
        text = "".join(self._parts)
        self._parts.clear()
        self._length = 0
        return text


class _Sheet:
    """Builds rows from the elements `row`, `c`, `v` and `t`."""

    def __init__(self, types: CellTypes) -> None:
        self.rows: list[tuple[int, list[Cell]]] = []
        self.taker = _Taker(frozenset(("v", "t")))
        self._types = types
        self._number = 0
        self._cells: list[Cell] = []
        self._column = 0
        self._kind = "n"
        self._style: str | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = _local(name)
        if local == "c":
            self._kind = attributes.get("t", "n")
            self._style = attributes.get("s")
            place = attributes.get("r")
            self._column = _column_of(place) if place else self._column + 1
        elif local == "row":
            self._number = int(float(attributes.get("r", self._number + 1)))
            self._cells, self._column = [], 0
        else:
            self.taker.start(name, attributes)

    def end(self, name: str) -> None:
        local = _local(name)
        if local == "c":
            text = self.taker.take()
            if text:
                self._put(self._types.value(text, self._kind, self._style))
        elif local == "row":
            if self._cells:
                self.rows.append((self._number, self._cells))
        else:
            self.taker.end(name)

    def _put(self, value: Cell) -> None:
        if self._column > MOST_COLUMNS:
            raise TooManyColumns(MOST_COLUMNS)
        while len(self._cells) < self._column - 1:
            self._cells.append(None)
        if len(self._cells) >= self._column:
            self._cells[self._column - 1] = value
        else:
            self._cells.append(value)


def _column_of(place: str) -> int:
    """`A1` is 1, `AB7` is 28."""
    letters = place.rstrip("0123456789")
    if len(letters) == 1:
        return ord(letters) - 64
    column = 0
    for letter in letters.upper():
        column = column * 26 + _LETTERS.index(letter) + 1
    return column
