"""dBase tables (.dbf): fixed records after a header that names their fields.

Read and written here by `struct`: the `dbf` package, which the tests compare us with, takes fifty times as long
for a row and writes into files of its own only.
"""

import struct
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import BinaryIO

from cabinet.exchange.errors import BrokenFile, TooManyColumns
from cabinet.exchange.formats.csv_table import source_of
from cabinet.exchange.formats.encodings import SINGLE_BYTE
from cabinet.exchange.formats.layout import Encoding, Layout
from cabinet.exchange.formats.output import encodable
from cabinet.exchange.formats.sber import header_of_name
from cabinet.exchange.formats.table import MOST_COLUMNS, TOTAL, TableReader, name_columns
from cabinet.exchange.formats.values import BadValue, Cell, amount_of_cell, text_of_cell
from cabinet.exchange.rows import BadRow, RegistryHeader, RegistryRow
from cabinet.i18n import _
from cabinet.kit.dates import now

_VERSIONS = b"\x02\x03\x04\x05\x30\x31\x32\x43\x63\x83\x8b\x8c\xcb\xf5\xfb"
_LANGUAGES = {
    0x26: Encoding.CP866,
    0x65: Encoding.CP866,
    0xC9: Encoding.WINDOWS_1251,
    0x57: Encoding.WINDOWS_1251,
    0x03: Encoding.WINDOWS_1251,
}
"""The byte that names the language; 0x57 and 0x03 say «as Windows has it»."""
_LANGUAGE_OF = {Encoding.CP866: 0x65, Encoding.WINDOWS_1251: 0xC9}
_HEADER = struct.Struct("<B3sIHH17xB2x")
_FIELD = struct.Struct("<11sc4xBB14x")
_END_OF_FIELDS = 0x0D
_RECORDS_AT_ONCE = 2_000
LONGEST_TEXT = 254


@dataclass(frozen=True, slots=True)
class DbfField:
    """One column: `kind` is C, N, F, D, L, I and so on; a name has ten bytes at most."""

    name: str
    kind: str
    size: int
    decimals: int = 0

    def __str__(self) -> str:
        return f"{self.name},{self.kind},{self.size},{self.decimals}"


@dataclass(frozen=True, slots=True)
class DbfHeader:
    """What stands before the records."""

    fields: tuple[DbfField, ...]
    start: int
    record_size: int
    records: int
    """How many there should be; the file may have fewer, or more."""
    language: Encoding | None


def looks_like_dbf(head: bytes) -> bool:
    """Whether these first bytes can be a dBase header."""
    if len(head) < 33 or head[0] not in _VERSIONS:
        return False
    _version, day, _records, start, size, _language = _HEADER.unpack_from(head)
    dated = 1 <= day[1] <= 12 and 1 <= day[2] <= 31
    named = head[32:33].isalnum() or head[32] >= 0x80 or head[32:33] == b"_"
    return dated and named and start >= 65 and size >= 2


def read_dbf_header(path: Path, encoding: Encoding | None = None) -> DbfHeader:
    """The header; raises BrokenFile where it contradicts itself."""
    with path.open("rb") as file:
        head = file.read(_HEADER.size)
        if len(head) < _HEADER.size:
            raise BrokenFile
        _version, _day, records, start, record_size, language = _HEADER.unpack(head)
        described = file.read(max(0, start - _HEADER.size))
    if len(described) < start - _HEADER.size or start <= _HEADER.size:
        raise BrokenFile
    known = _LANGUAGES.get(language)
    fields = tuple(_fields(described, encoding or known or Encoding.CP866))
    if not fields or sum(field.size for field in fields) + 1 > record_size:
        raise BrokenFile
    return DbfHeader(fields, start, record_size, records, known)


def _fields(described: bytes, encoding: Encoding) -> Iterator[DbfField]:
    for place in range(0, len(described) - _FIELD.size + 1, _FIELD.size):
        if described[place] == _END_OF_FIELDS:
            return
        if place // _FIELD.size >= MOST_COLUMNS:
            raise TooManyColumns(MOST_COLUMNS)
        name, kind, size, decimals = _FIELD.unpack_from(described, place)
        plain = name.partition(b"\0")[0].decode(str(encoding), "replace").strip()
        letter = kind.decode("ascii", "replace")
        # Clipper keeps the high byte of long texts where others keep decimals.
        yield DbfField(
            plain, letter, size + 256 * decimals if letter == "C" else size, 0 if letter == "C" else decimals
        )


def iter_records(path: Path, header: DbfHeader) -> Generator[tuple[int, bytes]]:
    """Records with their numbers, those marked as deleted left out; the file's size counts, not its header."""
    number, size = 0, header.record_size
    with path.open("rb") as file:
        file.seek(header.start)
        while block := file.read(size * _RECORDS_AT_ONCE):
            for place in range(0, len(block), size):
                record = block[place : place + size]
                if record[0] == 0x1A:
                    return
                number += 1
                if record[0] != 0x2A:
                    yield number, record


def read_records(path: Path, layout: Layout) -> Iterator[RegistryRow | BadRow]:
    """The rows of a table by its mapping."""
    header = read_dbf_header(path, layout.encoding)
    reader = TableReader(layout, name_columns([field.name for field in header.fields]))
    read = cells_reader(header, layout.encoding)
    for number, record in iter_records(path, header):
        cells, damaged = read(record)
        source = source_of(cells)
        if len(record) < header.record_size:
            yield BadRow(
                number, source, _("The file ends in the middle of this row: it may have been cut off.")
            )
            continue
        try:
            if damaged:
                raise BadValue(damaged)
            row = reader.read(number, source, cells)
        except BadValue as bad:
            yield BadRow(number, source, str(bad))
        else:
            if row:
                yield row


def read_table_header(path: Path, name: str) -> RegistryHeader:
    """What the name of the file and its header say; of our own tables, the sum in the last record."""
    header = read_dbf_header(path)
    found = replace(header_of_name(name), rows=header.records)
    last = _last_record(path, header)
    cells, _damaged = cells_reader(header, header.language or Encoding.CP866)(last)
    if cells and cells[0] == TOTAL:
        numbers = [cell for cell in cells[1:] if isinstance(cell, int | Decimal)]
        return replace(
            found, rows=header.records - 1, total_minor=amount_of_cell(numbers[0]) if numbers else None
        )
    return found


def _last_record(path: Path, header: DbfHeader) -> bytes:
    with path.open("rb") as file:
        size = file.seek(0, 2)
        count = min(header.records, max(0, size - header.start) // header.record_size)
        file.seek(header.start + max(0, count - 1) * header.record_size)
        return file.read(header.record_size)


def cells_reader(header: DbfHeader, encoding: Encoding) -> Callable[[bytes], tuple[list[Cell], str]]:
    """A function that gives the cells of a record, and what is wrong with its bytes."""
    spans: list[tuple[int, int, str]] = []
    place = 1
    for field in header.fields:
        spans.append((place, place + field.size, field.kind))
        place += field.size
    name = str(encoding)
    reason = _("This row is not text in {encoding}. Choose another encoding, or mend the row.")
    wrong = reason.format(encoding=name)

    single = encoding in SINGLE_BYTE

    def read(record: bytes) -> tuple[list[Cell], str]:
        # With one byte for a letter, places in the text are those in the record.
        whole = record.decode(name, "replace").replace("\0", " ") if single else ""
        cells: list[Cell] = []
        damaged = False
        for start, end, kind in spans:
            raw = record[start:end]
            text = (
                whole[start:end].strip() if single else raw.decode(name, "replace").replace("\0", " ").strip()
            )
            cells.append(text if kind == "C" else _cell(text, raw, kind))
            damaged = damaged or (kind == "C" and "\ufffd" in text)
        return cells, wrong if damaged else ""

    return read


def _cell(text: str, raw: bytes, kind: str) -> Cell:
    """The value of a field that is not plain text."""
    if kind in "NF":
        return _number(text) if text else None
    if kind == "D":
        return _day(text) if len(text) == 8 and text.isdecimal() else text
    if kind == "I" and len(raw) == 4:
        return int.from_bytes(raw, "little", signed=True)
    if kind in "BO" and len(raw) == 8:
        return float(struct.unpack("<d", raw)[0])
    return _binary(raw, kind) if kind in "YTM@PG" else text


def _binary(raw: bytes, kind: str) -> Cell:
    """Money and moments of FoxPro; of memos, which lie in another file, nothing."""
    if kind == "Y" and len(raw) == 8:
        return Decimal(int.from_bytes(raw, "little", signed=True)) / 10_000
    if kind == "T" and len(raw) == 8:
        julian = int.from_bytes(raw[:4], "little")
        return date.fromordinal(julian - 1_721_425) if 1_721_425 < julian < 5_373_484 else None
    return None


def _number(text: str) -> Cell:
    if text.removeprefix("-").isdecimal():
        return int(text)
    try:
        number = Decimal(text.replace(",", "."))
    except InvalidOperation:
        return None if not text.strip("*") else text
    return number if number.is_finite() else text


def _day(text: str) -> Cell:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return text if text.strip("0") else None


class DbfOutput:
    """Writes a table into a binary file that can seek: the number of records is written at the end."""

    def __init__(
        self,
        target: BinaryIO,
        fields: Iterable[DbfField],
        encoding: Encoding,
        *,
        day: date | None = None,
    ) -> None:
        """`day` is what the header says of the last change; the same rows and day give the same bytes."""
        self._day = day or now().date()
        self._target = target
        self._fields = tuple(fields)
        self._encoding = encoding if encoding in _LANGUAGE_OF else Encoding.CP866
        self._start = target.tell()
        self.records = 0
        self._write_header()
        for field in self._fields:
            name = field.name.encode(str(self._encoding), "replace")[:10]
            low, high = (
                (field.size % 256, field.size // 256) if field.kind == "C" else (field.size, field.decimals)
            )
            target.write(_FIELD.pack(name, field.kind.encode(), low, high))
        target.write(bytes([_END_OF_FIELDS]))

    def _write_header(self) -> None:
        day = self._day
        size = 1 + sum(field.size for field in self._fields)
        start = _HEADER.size + _FIELD.size * len(self._fields) + 1
        self._target.write(
            _HEADER.pack(
                0x03, bytes([day.year - 1900, day.month, day.day]), self.records, start, size,
                _LANGUAGE_OF[self._encoding],
            )
        )  # fmt: skip

    def append(self, cells: Iterable[Cell]) -> None:
        """Write one record; text that is longer than its field is cut."""
        parts = [b" "]
        for field, cell in zip(self._fields, cells, strict=True):
            parts.append(self._packed(field, cell))
        self._target.write(b"".join(parts))
        self.records += 1

    def _packed(self, field: DbfField, cell: Cell) -> bytes:
        if isinstance(cell, int | Decimal) and field.kind in "NF":
            return f"{cell:.{field.decimals}f}".rjust(field.size).encode()
        if isinstance(cell, date) and field.kind == "D":
            return f"{cell:%Y%m%d}".encode()
        text = encodable(" ".join(text_of_cell(cell).replace("\0", " ").split()), str(self._encoding))
        packed = text.encode(str(self._encoding))[: field.size]
        return packed.rjust(field.size) if field.kind in "NF" else packed.ljust(field.size)

    def close(self) -> None:
        """Write the end mark and the number of records; the file stays open."""
        self._target.write(b"\x1a")
        end = self._target.tell()
        self._target.seek(self._start)
        self._write_header()
        self._target.seek(end)
