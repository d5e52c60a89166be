"""dBase tables, compared with the `dbf` package."""

import io
import struct
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import dbf
import pytest

from cabinet.exchange.errors import BrokenFile
from cabinet.exchange.formats.dbf_table import DbfField, DbfOutput
from cabinet.exchange.formats.layout import Encoding, Layout
from cabinet.exchange.formats.reading import read_header, read_rows
from cabinet.exchange.formats.recognise import recognise
from cabinet.exchange.rows import BadRow, Column, RegistryFormat, RegistryRow
from tests.exchange.formats.samples import file_of, read

FIELDS = [
    DbfField("LS", "C", 20),
    DbfField("FIO", "C", 40),
    DbfField("SUMMA", "N", 12, 2),
    DbfField("DT_POK", "D", 8),
]
LAYOUT = Layout(
    format=RegistryFormat.DBF,
    encoding=Encoding.CP866,
    mapping={"LS": Column.NUMBER, "FIO": Column.OWNER_NAME, "SUMMA": Column.BALANCE},
)


def table(*rows: Sequence[object], encoding: Encoding = Encoding.CP866) -> bytes:
    target = io.BytesIO()
    output = DbfOutput(target, FIELDS, encoding)
    for row in rows:
        output.append(row)  # pyright: ignore[reportArgumentType]
    output.close()
    return target.getvalue()


TWO = [
    ["37001", "Ёлкина Анна", Decimal("1234.50"), date(2026, 8, 31)],
    ["37002", "Щукин", Decimal("-0.05"), None],
]


@pytest.mark.parametrize(("encoding", "byte"), [(Encoding.CP866, 0x65), (Encoding.WINDOWS_1251, 0xC9)])
def test_what_we_write_another_library_reads(tmp_path: Path, encoding: Encoding, byte: int) -> None:
    path = tmp_path / "ours.dbf"
    path.write_bytes(table(*TWO, encoding=encoding))
    assert path.read_bytes()[29] == byte
    with dbf.Table(str(path)).open(dbf.READ_ONLY) as theirs:
        assert [tuple(record) for record in theirs] == [  # pyright: ignore[reportArgumentType]
            ("37001".ljust(20), "Ёлкина Анна".ljust(40), Decimal("1234.50"), date(2026, 8, 31)),
            ("37002".ljust(20), "Щукин".ljust(40), pytest.approx(-0.05), None),
        ]


@pytest.mark.parametrize(("kind", "codepage"), [("db3", "cp866"), ("vfp", "cp1251"), ("clp", "cp866")])
def test_what_another_library_writes_we_read(tmp_path: Path, kind: str, codepage: str) -> None:
    path = tmp_path / "theirs.dbf"
    theirs = dbf.Table(
        str(path), "LS C(20); FIO C(40); SUMMA N(12,2); DT D; OK L", dbf_type=kind, codepage=codepage
    )
    theirs.open(dbf.READ_WRITE)
    theirs.append(("37001", "Ёлкина Анна", Decimal("1234.50"), dbf.Date(2026, 8, 31), True))  # pyright: ignore[reportArgumentType]
    theirs.append(("37002", "Щукин", Decimal("-0.05"), None, False))  # pyright: ignore[reportArgumentType]
    theirs.close()
    found = recognise(path, "theirs.dbf")
    assert found.layout.encoding == (Encoding.CP866 if codepage == "cp866" else Encoding.WINDOWS_1251)
    rows = list(read_rows(path, found.layout))
    assert all(isinstance(row, RegistryRow) for row in rows)
    assert [
        (row.number, row.owner_name, row.balance_minor) for row in rows if isinstance(row, RegistryRow)
    ] == [
        ("37001", "Ёлкина Анна", 123450),
        ("37002", "Щукин", -5),
    ]


def test_a_deleted_record_is_passed_over() -> None:
    data = bytearray(table(*TWO))
    data[struct.unpack_from("<H", data, 8)[0]] = 0x2A
    assert [row.line for row in read(bytes(data), LAYOUT)] == [2]


@pytest.mark.parametrize("claimed", [0, 1, 9_999_999])
def test_a_wrong_number_of_records_loses_none_and_is_told(claimed: int) -> None:
    data = bytearray(table(*TWO))
    struct.pack_into("<I", data, 4, claimed)
    assert len(read(bytes(data), LAYOUT)) == 2
    with file_of(bytes(data)) as path:
        assert read_header(path, "x.dbf", LAYOUT).rows == claimed


def test_a_cut_table_rejects_the_cut_row() -> None:
    rows = read(table(*TWO)[:-20], LAYOUT)
    assert [type(row) for row in rows] == [RegistryRow, BadRow]


def test_a_cut_or_contradictory_header_is_broken() -> None:
    with pytest.raises(BrokenFile):
        read(table(*TWO)[:50], LAYOUT)
    data = bytearray(table(*TWO))
    struct.pack_into("<H", data, 10, 5)
    with pytest.raises(BrokenFile):
        read(bytes(data), LAYOUT)


def test_the_letters_count_more_than_a_forgotten_language_byte() -> None:
    data = bytearray(
        table(*TWO, ["3", "Иванов Пётр Сергеевич", Decimal(1), None], encoding=Encoding.WINDOWS_1251)
    )
    data[29] = 0
    with file_of(bytes(data)) as path:
        found = recognise(path, "x.dbf")
        rows = list(read_rows(path, found.layout))
    assert found.layout.encoding is Encoding.WINDOWS_1251
    assert isinstance(rows[0], RegistryRow) and rows[0].owner_name == "Ёлкина Анна"


def test_a_bad_number_rejects_its_row_only() -> None:
    data = table(*TWO).replace(b"1234.50", b"12x4.50")
    assert [type(row) for row in read(data, LAYOUT)] == [BadRow, RegistryRow]


def test_a_table_in_utf_8_is_read_by_its_bytes() -> None:
    data = table(["37001", "x" * 12, Decimal(1), None]).replace(b"x" * 12, "Ёлкина".encode())
    with file_of(data) as path:
        found = recognise(path, "x.dbf")
        (row,) = read_rows(path, found.layout)
    assert found.layout.encoding is Encoding.UTF_8
    assert isinstance(row, RegistryRow) and (row.owner_name, row.balance_minor) == ("Ёлкина", 100)


@pytest.mark.parametrize("number", ["--5", "-", "-5-", "1E99999999", "NaN", "٣٣"])
def test_what_is_no_number_in_a_number_field_is_a_bad_row(number: str) -> None:
    whole = table(["37001", "Ёлкина", Decimal("1234.50"), None])
    raw = whole.replace(b"     1234.50", number.encode("cp866", "replace").rjust(12))
    assert isinstance(read(raw, LAYOUT)[0], BadRow)
