"""Files from outside: registries of every format, workbooks part by part, pictures."""

import io
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from cabinet.exchange.errors import CannotWrite, UnreadableFile
from cabinet.exchange.formats.layout import Encoding, Layout
from cabinet.exchange.formats.reading import read_header, read_rows
from cabinet.exchange.formats.recognise import recognise
from cabinet.exchange.formats.rejected import Rejected, write_rejected
from cabinet.exchange.rows import BadRow, Column, RegistryFormat, RegistryRow
from cabinet.providers.logos import BadLogo, draw_logo
from cabinet.support.files import kind_of, safe_name

NAMES = (
    "registry.txt",
    "4025012346_40702810012345678912_001_0826.txt",
    "долги август 2026.xlsx",
    "a.b/..\\c.dbf",
)
_MAPPING = {
    "1": Column.NUMBER,
    "2": Column.BALANCE,
    "3": Column.OWNER_NAME,
    "4": Column.READ_ON,
    "5": Column.PERIOD,
}
LAYOUTS = (
    *(
        Layout(
            format=format, mapping={"LS": Column.NUMBER, "SUMMA": Column.BALANCE, "DT_POK": Column.READ_ON}
        )
        for format in RegistryFormat
        if format is not RegistryFormat.CSV
    ),
    Layout(format=RegistryFormat.CSV, has_heading=False, mapping=_MAPPING),
    Layout(format=RegistryFormat.CSV, mapping={"ЛС": Column.NUMBER, "Сумма": Column.BALANCE}, delimiter="\t"),
    Layout(format=RegistryFormat.XLSX, has_heading=False, mapping=_MAPPING),
)
_ENCODINGS = tuple(Encoding)
_MOST_REJECTED = 50


@cache
def _folder() -> Path:
    """In memory where the machine has such a place; one process, one file."""
    memory = Path("/dev/shm")
    return Path(tempfile.mkdtemp(prefix="cabinet-fuzz-", dir=memory if memory.is_dir() else None))


def _file(data: bytes) -> Path:
    path = _folder() / "registry"
    path.write_bytes(data)
    return path


def any_registry(data: bytes) -> None:
    """What a clerk uploads: recognised, read, and the bad rows handed back in the same format."""
    path = _file(data[1:])
    name = NAMES[data[0] % len(NAMES)] if data else NAMES[0]
    try:
        found = recognise(path, name)
        recognise(path, name, found.layout)
        bad = list(_bad_rows(path, found.layout))
    except UnreadableFile as error:
        error.message()
        return
    _hand_back(found.layout, found.heading, bad)


def chosen_layout(data: bytes) -> None:
    """What a clerk reads by a layout that was chosen, whatever the file is."""
    first, second = (data[0], data[1]) if len(data) > 1 else (0, 0)
    layout = LAYOUTS[first % len(LAYOUTS)].model_copy(
        update={
            "encoding": _ENCODINGS[second % len(_ENCODINGS)],
            "skip": second // 64,
            "decimal": ("", ",", ".")[first // 86],
        }
    )
    path = _file(data[2:])
    try:
        read_header(path, NAMES[first % len(NAMES)], layout)
        bad = list(_bad_rows(path, layout))
    except UnreadableFile as error:
        error.message()
        return
    _hand_back(layout, (), bad)


def _bad_rows(path: Path, layout: Layout) -> Iterator[Rejected]:
    for row in read_rows(path, layout):
        assert isinstance(row, RegistryRow | BadRow)
        assert "\0" not in row.source
        row.source.encode()
        if isinstance(row, BadRow):
            yield Rejected(row.source, row.reason)


def _hand_back(layout: Layout, heading: tuple[str, ...], bad: list[Rejected]) -> None:
    """A workbook takes its time to write: a few rows are enough to see that it can be done."""
    if not bad:
        return
    target = io.BytesIO()
    try:
        write_rejected(layout, heading, bad[:_MOST_REJECTED], target)
    except CannotWrite:
        return
    path = _file(target.getvalue())
    try:
        list(read_rows(path, layout))
    except UnreadableFile:
        return


_PARTS = (
    "xl/worksheets/sheet1.xml",
    "xl/sharedStrings.xml",
    "xl/styles.xml",
    "xl/workbook.xml",
    "xl/_rels/workbook.xml.rels",
)


@cache
def _workbook() -> dict[str, bytes]:
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Лицевой счёт", "Сумма", "Дата"])
    for i in range(3):
        sheet.append([f"37001234{i:04d}", i + 0.5, "31.08.2026"])
    target = io.BytesIO()
    book.save(target)
    with zipfile.ZipFile(target) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def part_of_workbook(data: bytes) -> None:
    """A workbook in which one part is anything: zips made by chance never get so far."""
    part = _PARTS[data[0] % len(_PARTS)] if data else _PARTS[0]
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in {**_workbook(), part: data[1:]}.items():
            archive.writestr(name, content)
    any_registry(b"\2" + target.getvalue())


def sent_file(data: bytes) -> None:
    """A picture of staff for a provider, or anybody's file for support."""
    name = safe_name(data[:64].decode("utf-8", "replace"))
    assert name and "/" not in name and "\\" not in name and len(name) <= 120
    kind_of(data)
    try:
        picture = draw_logo(data)
    except BadLogo:
        return
    assert picture.width <= 256 and picture.height <= 256


# Seeds


def registry_seeds() -> Mapping[str, bytes]:
    """One file of each format, made by the samples of the tests, and two bombs."""
    from tests.exchange.formats.samples import sber_text

    text = sber_text(4)
    seeds = {f"sber-{encoding}": b"\1" + text.encode(encoding, "replace") for encoding in _ENCODINGS}
    seeds |= {name: b"\0" + content.encode() for name, content in _TEXTS.items()}
    seeds |= {"table.dbf": b"\0" + _dbf(), "book.xlsx": b"\2" + _zipped(_workbook())}
    seeds["bomb.xlsx"] = b"\2" + _zipped({**_workbook(), _PARTS[0]: b"<worksheet>" + b" " * 8_000_000})
    seeds["many-parts.zip"] = b"\2" + _zipped({f"{number}": b"" for number in range(200)})
    return seeds


_TEXTS = {
    "old": "Иванов;Мира, 5;37;10.00\nПетров;Мира, 6;38;-5,5;\n",
    "gorod": "#FILESUM 5\n#TYPE 7\n#SERVICE 1\nИванов;Мира, 5;37;10.00;Вода\n",
    "readings": "37;Иванов;;;Мира;1;Г-1;;;5;31.08.2026;\n",
    "csv": 'ЛС,Сумма,ФИО\n37,"1,50",Ёлкина\n38,"2,50","a ""b"""\n',
    "tabs": "ЛС\tСумма\tПериод\n37\t1\t082026\n",
    "accounts.json": '{"accounts": [{"number": "37", "balance": 1.5, "charges": [{"period": "2026-08", "service": "Вода", "amount": 5}]}]}',
    "kvado.json": '{"premises": [{"flat_number": "12", "meters": [{"type": "Эл. двухтарифный", "serial": "Э-1",'
    ' "values": [{"date": "2026-07-25", "values": {"T1": 1.5}}]}], "accounts": [{"account": "37", "saldo": "1.56"}]}]}',
}


def _dbf() -> bytes:
    from datetime import date
    from decimal import Decimal

    from cabinet.exchange.formats.dbf_table import DbfField, DbfOutput

    fields = [DbfField("LS", "C", 20), DbfField("SUMMA", "N", 12, 2), DbfField("DT_POK", "D", 8)]
    target = io.BytesIO()
    output = DbfOutput(target, fields, Encoding.CP866)
    output.append(["37001", Decimal("1234.50"), date(2026, 8, 31)])
    output.close()
    return target.getvalue()


def _zipped(parts: Mapping[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


def layout_seeds() -> Mapping[str, bytes]:
    """Each kind of file under each layout."""
    samples = {
        **{name: content.encode() for name, content in _TEXTS.items()},
        "dbf": _dbf(),
        "xlsx": _zipped(_workbook()),
    }
    return {
        f"{name}-{number}": bytes([number, 1]) + content
        for name, content in samples.items()
        for number in range(len(LAYOUTS))
    }


def workbook_seeds() -> Mapping[str, bytes]:
    """The parts as they should be."""
    seeds = {
        f"part-{number}": bytes([number]) + _workbook().get(name, b"") for number, name in enumerate(_PARTS)
    }
    odd = '<worksheet><sheetData><row r="x"><c r="ZZZZZ9" t="s"><v>9e999</v></c><c s="1"><v>45000</v></c></row></sheetData></worksheet>'
    return {**seeds, "odd": b"\0" + odd.encode()}


def picture_seeds() -> Mapping[str, bytes]:
    """A picture of each kind, and of each kind of file that support takes."""
    from PIL import Image

    seeds: dict[str, bytes] = {"pdf": b"%PDF-1.4 x", "text": "Привет".encode(), "heic": b"\0\0\0\x18ftypheic"}
    for format in ("PNG", "JPEG", "WEBP"):
        target = io.BytesIO()
        Image.new("RGB", (20, 20), "red").save(target, format)
        seeds[format.lower()] = target.getvalue()
    return seeds
