"""Workbooks: cells of all kinds, traps and bombs."""

import io
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from cabinet.exchange.errors import BrokenFile, InflatedFile, MissingSheet, OldSpreadsheet, TooManyColumns
from cabinet.exchange.formats import xlsx
from cabinet.exchange.formats.layout import Layout
from cabinet.exchange.formats.reading import read_rows
from cabinet.exchange.formats.recognise import recognise
from cabinet.exchange.rows import BadRow, Column, RegistryFormat, RegistryRow
from tests.exchange.formats.samples import file_of, read

HEADING = ["Лицевой счёт", "ФИО", "Сумма", "Период"]
LAYOUT = Layout(
    format=RegistryFormat.XLSX,
    mapping={
        "Лицевой счёт": Column.NUMBER,
        "ФИО": Column.OWNER_NAME,
        "Сумма": Column.BALANCE,
        "Период": Column.PERIOD,
    },
)


def workbook(*rows: Sequence[object], change: Callable[[Worksheet], object] | None = None) -> bytes:
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    for row in rows:
        sheet.append(list(row))  # pyright: ignore[reportArgumentType]
    if change:
        change(sheet)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def with_part(data: bytes, name: str, content: bytes) -> bytes:
    """The archive with one part exchanged."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            new.writestr(part, content if part == name else old.read(part))
    return target.getvalue()


STRINGS_TYPE = (
    b'<Override PartName="/xl/sharedStrings.xml" '
    b'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>'
)


def with_strings(data: bytes, content: bytes) -> bytes:
    """The archive with shared strings, as Excel writes them and openpyxl does not."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        types = archive.read("[Content_Types].xml")
    if b"sharedStrings" not in types:
        data = with_part(data, "[Content_Types].xml", types.replace(b"</Types>", STRINGS_TYPE))
    target = io.BytesIO(with_part(data, "", b""))
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", content)
    return target.getvalue()


def sheet_xml(rows: str) -> bytes:
    return f'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{rows}</sheetData></worksheet>'.encode()


def test_cells_of_all_kinds() -> None:
    rows = read(
        workbook(
            HEADING,
            ["370012345678", "Иванов", 1234.56, datetime(2026, 8, 1)],  # noqa: DTZ001
            [370012345679, "Петров", "1 234,56", "август 2026"],
            [370012345680.0, None, 0.1 + 0.2, None],
        ),
        LAYOUT,
    )
    assert all(isinstance(row, RegistryRow) for row in rows), rows
    first, second, third = (row for row in rows if isinstance(row, RegistryRow))
    assert (first.number, first.balance_minor, first.period) == ("370012345678", 123456, date(2026, 8, 1))
    assert (second.number, second.balance_minor, second.period) == ("370012345679", 123456, date(2026, 8, 1))
    assert (third.number, third.balance_minor, third.period, third.line) == ("370012345680", 30, None, 4)


def test_numbers_that_lost_digits_are_rejected() -> None:
    rows = read(
        workbook(HEADING, [3.7001234567812345e19, "a", 1], ["3.70012E+11", "b", 1], [12.5, "c", 1]), LAYOUT
    )
    assert [type(row) for row in rows] == [BadRow] * 3
    assert isinstance(rows[1], BadRow) and "3.70012E+11" in rows[1].reason


def test_of_a_formula_the_last_value_counts() -> None:
    cells = '<c r="A1" t="str"><f>"37"&amp;"0012"</f><v>370012</v></c><c r="B1"><f>cmd|x!A0</f><v>5.5</v></c>'
    data = with_part(workbook(["x"]), "xl/worksheets/sheet1.xml", sheet_xml(f'<row r="1">{cells}</row>'))
    layout = Layout(
        format=RegistryFormat.XLSX, has_heading=False, mapping={"1": Column.NUMBER, "2": Column.BALANCE}
    )
    (row,) = read(data, layout)
    assert isinstance(row, RegistryRow) and (row.number, row.balance_minor) == ("370012", 550)


def test_rich_text_is_joined_and_escapes_are_undone() -> None:
    strings = (
        '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><r><t>Ива</t></r><r><t>нов</t></r>'
        "<rPh><t>x</t></rPh></si><si><t>37_x0030_</t></si></sst>"
    ).encode()
    cells = '<c r="A1" t="s"><v>1</v></c><c r="B1" t="s"><v>0</v></c><c r="C1" t="inlineStr"><is><t>5</t></is></c>'
    data = with_part(workbook(["x"]), "xl/worksheets/sheet1.xml", sheet_xml(f'<row r="1">{cells}</row>'))
    data = with_strings(data, strings)
    mapping = {"1": Column.NUMBER, "2": Column.OWNER_NAME, "3": Column.BALANCE}
    (row,) = read(data, Layout(format=RegistryFormat.XLSX, has_heading=False, mapping=mapping))
    assert isinstance(row, RegistryRow)
    assert (row.number, row.owner_name, row.balance_minor) == ("370", "Иванов", 500)


def test_a_sheet_that_claims_a_million_columns_costs_nothing() -> None:
    xml = sheet_xml(
        '<row r="1"><c r="A1"><v>37</v></c></row><row r="1048576"><c r="A1048576"><v>38</v></c></row>'
    )
    xml = xml.replace(b"<sheetData>", b'<dimension ref="A1:XFD1048576"/><sheetData>')
    data = with_part(workbook(["x"]), "xl/worksheets/sheet1.xml", xml)
    rows = read(data, Layout(format=RegistryFormat.XLSX, has_heading=False, mapping={"1": Column.NUMBER}))
    assert [row.line for row in rows] == [1, 1048576]


def test_too_many_columns_are_refused() -> None:
    with pytest.raises(TooManyColumns):
        read(workbook(["x"] * 300), LAYOUT)


def test_the_sheet_is_chosen_and_a_missing_one_refused() -> None:
    book = Workbook()
    book.create_sheet("Долги").append(["37"])  # pyright: ignore[reportAttributeAccessIssue]
    target = io.BytesIO()
    book.save(target)
    layout = Layout(
        format=RegistryFormat.XLSX, sheet="Долги", has_heading=False, mapping={"1": Column.NUMBER}
    )
    assert len(read(target.getvalue(), layout)) == 1
    with pytest.raises(MissingSheet):
        read(target.getvalue(), layout.model_copy(update={"sheet": "Август"}))


def test_a_workbook_is_recognised_below_its_title() -> None:
    data = workbook(["Реестр за август 2026"], [], HEADING, ["370012345678", "Иванов", 5, "08.2026"])
    with file_of(data, ".xlsx") as path:
        found = recognise(path, "Реестр.xlsx")
        rows = list(read_rows(path, found.layout))
    assert (found.layout.format, found.layout.skip, found.sheets) == (RegistryFormat.XLSX, 2, ("Sheet",))
    assert found.layout.mapping["Сумма"] is Column.BALANCE
    assert [row.line for row in rows] == [4]


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_cut_workbook_is_broken(share: float) -> None:
    data = workbook(HEADING, *([f"37{i}", "Иванов", i, ""] for i in range(500)))
    with pytest.raises(BrokenFile):
        read(data[: int(len(data) * share)], LAYOUT)


def test_a_workbook_damaged_inside_gives_its_rows_first_and_then_the_row_of_the_damage() -> None:
    xml = sheet_xml("".join(f'<row r="{i}"><c r="A{i}"><v>{i}</v></c></row>' for i in range(1, 20_000)))
    data = with_part(workbook(["x"]), "xl/worksheets/sheet1.xml", xml[:-1000])
    with file_of(data, ".xlsx") as path:
        rows = read_rows(
            path, Layout(format=RegistryFormat.XLSX, has_heading=False, mapping={"1": Column.NUMBER})
        )
        assert next(rows).line == 1
        with pytest.raises(BrokenFile) as broken:
            list(rows)
    assert broken.value.line and broken.value.line > 1_000
    assert str(broken.value.line) in broken.value.message()


def test_a_zip_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = with_part(workbook(HEADING), "xl/worksheets/sheet1.xml", b" " * 64 * 1024 * 1024)

    def unpack(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(zipfile.ZipExtFile, "read", unpack)
    with pytest.raises(InflatedFile):
        read(bomb, LAYOUT)


@pytest.mark.parametrize("part", ["xl/styles.xml", "xl/workbook.xml", "[Content_Types].xml"])
def test_a_bomb_in_a_part_that_is_read_whole_is_refused(part: str) -> None:
    noise = b"<a>" + b"".join(b"%032x" % (i * 2654435761 % 2**64) for i in range(1_200_000)) + b"</a>"
    with pytest.raises(InflatedFile):
        read(with_part(workbook(HEADING), part, noise), LAYOUT)


def test_a_cell_of_megabytes_is_refused() -> None:
    cell = f'<row r="1"><c r="A1" t="str"><v>{"1" * 200_000}</v></c></row>'
    with pytest.raises(InflatedFile):
        read(with_part(workbook(["x"]), "xl/worksheets/sheet1.xml", sheet_xml(cell)), LAYOUT)


ENTITIES = b'<!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "&x;&x;&x;&x;">]>'


@pytest.mark.parametrize(
    "part",
    [
        "xl/worksheets/sheet1.xml",
        "xl/sharedStrings.xml",
        "xl/styles.xml",
        "xl/workbook.xml",
        "[Content_Types].xml",
    ],
)
def test_entities_are_never_expanded(part: str) -> None:
    data = with_strings(workbook(HEADING, ["37", "a", 1, ""]), b"<sst><si><t>a</t></si></sst>")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        content = archive.read(part)
    start = content.index(b"?>") + 2 if content.startswith(b"<?xml") else 0
    with pytest.raises((InflatedFile, BrokenFile)):
        read(with_part(data, part, content[:start] + ENTITIES + content[start:]), LAYOUT)


def test_an_encrypted_part_and_an_old_workbook_say_so(tmp_path: Path) -> None:
    data = bytearray(workbook(HEADING))
    place = data.index(b"PK\x01\x02")
    data[place + 8] |= 1
    with pytest.raises(OldSpreadsheet):
        read(bytes(data), LAYOUT)
    with (
        file_of(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512, ".xls") as path,
        pytest.raises(OldSpreadsheet),
    ):
        recognise(path, "долги.xls")


def test_reading_takes_memory_for_a_chunk_only() -> None:
    import tracemalloc

    xml = sheet_xml(
        "".join(
            f'<row r="{i}"><c r="A{i}"><v>{i}</v></c><c r="B{i}" t="s"><v>{i - 1}</v></c></row>'
            for i in range(1, 50_001)
        )
    )
    strings = "".join(f"<si><t>Иванов Иван Иванович {i}</t></si>" for i in range(50_000))
    data = with_part(workbook(["x"]), "xl/worksheets/sheet1.xml", xml)
    data = with_strings(data, f'<sst xmlns="x">{strings}</sst>'.encode())
    with file_of(data, ".xlsx") as path:
        tracemalloc.start()
        count = sum(1 for _row in xlsx.iter_cells(path))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert count == 50_000
    assert peak < 6 * 1024 * 1024
