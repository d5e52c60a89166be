"""Rejected rows come back in their format, can be mended, and are read by the same layout."""

import io
from datetime import date

import pytest
from openpyxl import load_workbook

from cabinet.exchange.formats.layout import Encoding, Layout, Recognised
from cabinet.exchange.formats.reading import read_header, read_rows
from cabinet.exchange.formats.recognise import recognise
from cabinet.exchange.formats.rejected import Rejected, write_rejected
from cabinet.exchange.rows import BadRow, Column, RegistryFormat, RegistryRow
from cabinet.i18n import use_locale
from tests.exchange.formats.samples import file_of, only, read
from tests.exchange.formats.test_dbf import TWO, table
from tests.exchange.formats.test_json import HOUSE, data
from tests.exchange.formats.test_xlsx import HEADING, workbook

SBER = "#FILESUM 30.00\n#NOTE август\nИванов;Мира, 5;37;10.00\nПетров;Мира, 6;38;20.00\n"
CSV = 'Реестр\nЛицевой счёт;ФИО;Сумма\n37;"Иванов; ""А""";10\n38;=cmd|x;20\n'


def written(found: Recognised, rows: list[Rejected]) -> bytes:
    target = io.BytesIO()
    write_rejected(found.layout, found.heading, rows, target)
    return target.getvalue()


def recognised(content: bytes, name: str) -> tuple[Recognised, list[RegistryRow | BadRow]]:
    with file_of(content) as path:
        found = recognise(path, name)
        return found, list(read_rows(path, found.layout))


@pytest.mark.parametrize(
    ("content", "name"),
    [
        *((SBER.encode(str(encoding)), "x.txt") for encoding in Encoding),
        *((CSV.encode(str(encoding)), "x.csv") for encoding in Encoding),
        ("#FILESUM 5\n#TYPE 7\n#SERVICE 1\nИванов;Мира, 5;37;5;Вода\n".encode("cp866"), "x.txt"),
        ("37;Иванов;;;Мира;1;Г-1;;;5;31.08.2026;\n".encode("koi8-r"), "x.txt"),
        (
            workbook(["Реестр"], [], HEADING, ["37", "=1+1", 10.5, date(2026, 8, 1)], ["38", "", 5, ""]),
            "x.xlsx",
        ),
        (table(*TWO), "x.dbf"),
        (data(HOUSE), "x.json"),
        (data([{"number": "37", "balance": 12.34}]), "x.json"),
    ],
)
def test_the_same_layout_reads_rejected_rows_again(content: bytes, name: str) -> None:
    found, rows = recognised(content, name)
    assert rows and all(isinstance(row, RegistryRow) for row in rows)
    reason = "Счёта нет;\nили «закрыт»"
    again = read(written(found, [Rejected(row.source, reason) for row in rows]), found.layout)
    assert [_facts(row) for row in again] == [_facts(row) for row in rows]


def _facts(row: RegistryRow | BadRow) -> tuple[object, ...]:
    assert isinstance(row, RegistryRow), row
    return (
        row.number,
        row.owner_name,
        row.address,
        row.balance_minor,
        row.period,
        row.meters,
        row.charges,
        row.posted,
    )


@pytest.mark.parametrize("content", [CSV.encode(), workbook(HEADING, ["37", "a", 1, ""]), table(*TWO)])
def test_a_file_rejected_twice_has_one_column_of_reasons(content: bytes) -> None:
    found, rows = recognised(content, "x")
    with use_locale("ru"):
        once = written(found, [Rejected(row.source, "первая") for row in rows])
    found, rows = recognised(once, "x")
    twice = written(found, [Rejected(row.source, "second") for row in rows])
    found, rows = recognised(twice, "x")
    assert sum("eason" in name or "ричина" in name or name == "REASON" for name in found.columns) == 1
    assert all("первая" not in row.source for row in rows)


def test_control_sums_are_those_of_the_rejected_rows() -> None:
    found, rows = recognised(SBER.encode(), "x.txt")
    with file_of(written(found, [Rejected(rows[1].source, "нет счёта")])) as path:
        assert read_header(path, "x.txt", found.layout).total_minor == 2000
        text = path.read_text()
    assert "#NOTE август" in text and "# нет счёта" in text


def test_there_is_no_control_sum_where_a_sum_cannot_be_read() -> None:
    found, rows = recognised((SBER.replace("20.00", "двадцать") + "Цой;Мира, 7;39;1.00\n").encode(), "x.txt")
    with file_of(written(found, [Rejected(row.source, "x") for row in rows])) as path:
        assert read_header(path, "x.txt", found.layout).total_minor is None


def test_a_formula_in_a_rejected_row_is_disarmed() -> None:
    found, rows = recognised(CSV.encode(), "x.csv")
    assert ";'=cmd|x;" in written(found, [Rejected(rows[1].source, "x")]).decode()


def test_a_workbook_has_no_formula_in_it() -> None:
    found, rows = recognised(workbook(HEADING, ["37", "a", 1, ""]), "x.xlsx")
    content = written(found, [Rejected(rows[0].source, "=1+1")])
    sheet = load_workbook(io.BytesIO(content)).worksheets[0]
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


def test_of_a_row_that_was_too_long_only_the_reason_is_handed_back() -> None:
    long = b"x;" * 60_000
    found, rows = recognised(SBER.encode() + long + b"\n", "x.txt")
    assert isinstance(rows[-1], BadRow)
    content = written(found, [Rejected(rows[-1].source, rows[-1].reason)]).decode()
    assert "x;x;" not in content and rows[-1].reason in content


def test_bad_rows_of_every_kind_can_be_handed_back() -> None:
    layouts: list[tuple[Layout, tuple[str, ...]]] = []
    for content, name in [(SBER, "x.txt"), (CSV, "x.csv")]:
        found, _rows = recognised(content.encode(), name)
        layouts.append((found.layout, found.heading))
    for layout, heading in layouts:
        for source in ['"open', "", "a;b", "\ufffd", "a\nb"]:
            target = io.BytesIO()
            write_rejected(layout, heading, [Rejected(source, "x")], target)
            assert target.getvalue()


def test_a_dbf_whose_record_is_full_still_has_room_for_the_reason() -> None:
    layout = Layout(format=RegistryFormat.DBF, encoding=Encoding.CP866, mapping={"LS": Column.NUMBER})
    target = io.BytesIO()
    write_rejected(layout, ("LS,C,20,0", "NOTE,C,65400,0"), [Rejected("37001;text", "Почему")], target)
    row = only(read(target.getvalue(), layout))
    assert row.number == "37001"
