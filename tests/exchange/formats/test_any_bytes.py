"""Whatever bytes come: rows, rejected rows or one clear refusal, never another error."""

import io
import zipfile
from collections import Counter

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cabinet.exchange.errors import UnreadableFile
from cabinet.exchange.formats.layout import Encoding, Layout
from cabinet.exchange.formats.reading import read_header, read_rows
from cabinet.exchange.formats.recognise import recognise
from cabinet.exchange.rows import BadRow, Column, RegistryFormat, RegistryRow
from tests.exchange.formats.samples import file_of, sber_text

MAPPING = {"1": Column.NUMBER, "2": Column.BALANCE, "3": Column.OWNER_NAME, "4": Column.READ_ON}
LAYOUTS = [
    *(Layout(format=format) for format in RegistryFormat if format not in (RegistryFormat.CSV,)),
    Layout(format=RegistryFormat.CSV, has_heading=False, mapping=MAPPING),
    Layout(format=RegistryFormat.CSV, has_heading=True, mapping={"ЛС": Column.NUMBER}, delimiter="\t"),
]
PIECES = st.sampled_from(
    [b";", b"\n", b"\r\n", b'"', b"#", b"=", b",", b"\t", b"\0", b"\xff\xfe", b"12,5", b"1", b"[", b"{", b"}", b"]",
     b'"accounts"', b":", b"PK\x03\x04", b"\x03\x7b\x08\x1f", b"\xc8\xe2\xe0\xed", "Лицевой счёт".encode(), b"370012345678",
     b"#FILESUM 1", b"1e5", b"NaN", b"\x1a", b"-"]
)  # fmt: skip
BYTES = st.one_of(st.binary(max_size=300), st.lists(PIECES, max_size=40).map(b"".join))


@given(data=BYTES, layout=st.sampled_from(LAYOUTS), encoding=st.sampled_from(Encoding))
@settings(max_examples=500, deadline=None)
@example(data=b"\xff\xfe1", layout=LAYOUTS[0], encoding=Encoding.UTF_16)
def test_reading_any_bytes_gives_rows_or_a_refusal(data: bytes, layout: Layout, encoding: Encoding) -> None:
    with file_of(data) as path:
        try:
            layout = layout.model_copy(update={"encoding": encoding})
            read_header(path, "registry", layout)
            rows = list(read_rows(path, layout))
        except UnreadableFile:
            return
    for row in rows:
        assert isinstance(row, RegistryRow | BadRow)
        assert "\0" not in row.source
        row.source.encode()


@given(data=BYTES)
@settings(max_examples=500, deadline=None)
def test_recognising_any_bytes_gives_a_layout_or_a_refusal(data: bytes) -> None:
    with file_of(data) as path:
        try:
            found = recognise(path, "registry.txt")
            list(read_rows(path, found.layout))
        except UnreadableFile:
            return


def _workbook() -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Лицевой счёт", "Сумма"])
    for i in range(50):
        sheet.append([f"37001234{i:04d}", i + 0.5])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


WORKBOOK = _workbook()


@given(place=st.integers(0, len(WORKBOOK) - 1), byte=st.integers(0, 255), cut=st.booleans())
@settings(max_examples=250, deadline=None)
def test_a_damaged_or_cut_workbook_is_refused_or_read(place: int, byte: int, cut: bool) -> None:
    data = WORKBOOK[:place] if cut else WORKBOOK[:place] + bytes([byte]) + WORKBOOK[place + 1 :]
    layout = Layout(format=RegistryFormat.XLSX, mapping={"Лицевой счёт": Column.NUMBER})
    with file_of(data, ".xlsx") as path:
        try:
            rows = list(read_rows(path, layout))
        except UnreadableFile:
            return
        assert Counter(type(row) for row in rows)[RegistryRow] <= 50


XML = st.lists(
    st.sampled_from(
        ["<row>", "</row>", '<row r="7">', '<row r="x">', '<c r="A1">', '<c t="s">', '<c t="b">', '<c r="ZZZZZ9">', '<c r="9">',
         '<c s="1">', "</c>", "<v>", "</v>", "1", "12.5", "9e999", "-", "<f>=1</f>", "<is><t>ы</t></is>", "&lt;", "<!--x-->"]
    ),
    max_size=30,
).map("".join)  # fmt: skip


@given(xml=XML)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_xml_in_a_sheet_is_refused_or_read(xml: str) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(WORKBOOK)) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            new.writestr(
                name,
                old.read(name)
                if "sheet1" not in name
                else f"<worksheet><sheetData>{xml}</sheetData></worksheet>",
            )
    layout = Layout(
        format=RegistryFormat.XLSX, has_heading=False, mapping={"1": Column.NUMBER, "2": Column.BALANCE}
    )
    with file_of(target.getvalue(), ".xlsx") as path:
        try:
            list(read_rows(path, layout))
        except UnreadableFile:
            return


@pytest.mark.parametrize("cut", range(1, 200, 7))
def test_a_text_cut_anywhere_loses_no_row_before_the_cut(cut: int) -> None:
    whole = sber_text(20).encode("windows-1251")
    data = whole[: len(whole) - cut]
    layout = Layout(format=RegistryFormat.SBER_DEBTS, encoding=Encoding.WINDOWS_1251)
    with file_of(data) as path:
        rows = list(read_rows(path, layout))
    assert all(isinstance(row, RegistryRow) for row in rows[: data.count(b"\n")])
