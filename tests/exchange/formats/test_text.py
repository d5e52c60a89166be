"""Lines of texts: however long, damaged or cut; Sber's formats and «Город»."""

from datetime import date
from decimal import Decimal

import pytest

from cabinet.exchange.formats.layout import Encoding, Layout
from cabinet.exchange.formats.lines import TextLines
from cabinet.exchange.formats.reading import read_header
from cabinet.exchange.rows import BadRow, MeterValue, RegistryFormat, RegistryRow
from tests.exchange.formats.samples import file_of, only, only_bad, read

NEW = Layout(format=RegistryFormat.SBER_DEBTS)
OLD = Layout(format=RegistryFormat.SBER_DEBTS_OLD)
GOROD = Layout(format=RegistryFormat.GOROD)
READINGS = Layout(format=RegistryFormat.SBER_READINGS)
ROW = "Иванов Иван;12АБ345678;5f1c,12;г. Калуга;370012345678;1234.56"


def test_a_row_of_new_debts() -> None:
    row = only(read(ROW.encode(), NEW.model_copy(update={"period": date(2026, 8, 1)})))
    assert row == RegistryRow(
        line=1,
        source=ROW,
        number="370012345678",
        owner_name="Иванов Иван",
        address="г. Калуга",
        els="12АБ345678",
        fias="5f1c,12",
        balance_minor=123456,
        period=date(2026, 8, 1),
    )


def test_a_row_of_old_debts_keeps_prefix_and_spaces_of_the_number() -> None:
    row = only(read("Иванов; ул. Мира, 5 ;л/с № 37 0012;-5,00;\r\n".encode(), OLD))
    assert (row.number, row.address, row.balance_minor) == ("л/с № 37 0012", "ул. Мира, 5", -500)


def test_debts_may_be_negative() -> None:
    assert (
        only(read(ROW.encode(), NEW.model_copy(update={"debt_is_negative": True}))).balance_minor == -123456
    )


def test_a_file_says_whose_it_is_in_its_name() -> None:
    with file_of(b"#NOTE x\n" + ROW.encode()) as path:
        header = read_header(path, "4025012346_40702810012345678912_001_0826.txt", NEW)
    assert (header.inn, header.bank_account, header.period) == (
        "4025012346",
        "40702810012345678912",
        date(2026, 8, 1),
    )


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_lines_are_counted_with_headings_and_blanks(ending: str) -> None:
    text = ending.join(["#FILESUM 1234.56", "", ROW, "так нельзя", ROW, "=2;2469.12", ""])
    rows = read(text.encode(), NEW)
    assert [(row.line, type(row)) for row in rows] == [(3, RegistryRow), (4, BadRow), (5, RegistryRow)]


def test_a_bad_row_says_what_is_missing() -> None:
    bad = only_bad(read("Иванов;ул. Мира;12\n".encode(), OLD))
    assert "3" in bad.reason and "ФИО; Адрес; ЛС; Сумма" in bad.reason
    assert bad.source == "Иванов;ул. Мира;12"


def test_a_row_without_number_or_with_a_bad_sum_is_rejected() -> None:
    assert only_bad(read("Иванов;ул. Мира;;1.00\n".encode(), OLD)).reason
    assert "сто" in only_bad(read("Иванов;ул. Мира;12;сто\n".encode(), OLD)).reason


def test_a_file_that_ends_in_a_row_may_have_been_cut() -> None:
    whole, cut = "Иванов;ул. Мира;12\n", "Иванов;ул. Мира;12"
    assert only_bad(read(cut.encode(), OLD)).reason.startswith(only_bad(read(whole.encode(), OLD)).reason)
    assert len(only_bad(read(cut.encode(), OLD)).reason) > len(only_bad(read(whole.encode(), OLD)).reason)


@pytest.mark.parametrize("length", [70_000, 10 * 1024 * 1024])
def test_a_line_of_megabytes_is_one_bad_row(length: int) -> None:
    rows = read(ROW.encode() + b"\n" + b"x" * length + b"\n" + ROW.encode() + b"\n", NEW)
    assert [(row.line, type(row)) for row in rows] == [(1, RegistryRow), (2, BadRow), (3, RegistryRow)]
    assert len(rows[1].source) < 3_000


def test_zero_bytes_and_wrong_bytes_spoil_their_row_only() -> None:
    rows = read(ROW.encode() + b"\n" + ROW.encode() + b"\0\n\xff" + ROW.encode() + b"\n" + ROW.encode(), NEW)
    assert [type(row) for row in rows] == [RegistryRow, BadRow, BadRow, RegistryRow]
    assert "\0" not in rows[1].source


def test_reading_takes_memory_for_a_chunk_only() -> None:
    import tracemalloc

    with file_of((ROW + "\n").encode() * 100_000) as path:
        tracemalloc.start()
        count = sum(1 for _line in TextLines(path, Encoding.UTF_8))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert count == 100_000
    assert peak < 8 * 1024 * 1024


def test_gorod() -> None:
    text = "#FILESUM 10.50\n#TYPE 7\n#SERVICE 130137\nИванов;Поспелиха,8 Марта,35,1;00-123456;10.50;Вода\n"
    row = only(read(text.encode("cp866"), GOROD.model_copy(update={"encoding": Encoding.CP866})))
    assert (row.line, row.number, row.balance_minor, row.service) == (4, "00-123456", 1050, "Вода")
    with file_of(text.encode("cp866")) as path:
        header = read_header(path, "x.txt", GOROD.model_copy(update={"encoding": Encoding.CP866}))
    assert (header.total_minor, header.service) == (1050, "130137")


def test_a_control_line_gives_count_and_sum() -> None:
    for encoding in (Encoding.WINDOWS_1251, Encoding.UTF_16):
        with file_of((ROW + "\n=1;1234,56;0;0\n").encode(str(encoding))) as path:
            header = read_header(path, "x.txt", NEW.model_copy(update={"encoding": encoding}))
        assert (header.rows, header.total_minor) == (1, 123456)


def test_readings_of_all_types() -> None:
    blocks = ["1;Г-1;Газ;01.02.2030;101,5;31.08.2026;", "3;Э-1;;[];10;31.08.2026;", "4;Э-1;;;20;31.08.2026;",
              "5;Э-2;;;1;31.08.2026;", "6;Э-2;;;2;31.08.2026;", "7;Э-2;;;3;31.08.2026;", "8;В-1;;;;;", "11;К-1;;;5;31.08.2026;",
              "10;Т-1;;;1.25;31.08.2026;"]  # fmt: skip
    row = only(read(f"370012;Иванов;;;Калуга;{';'.join(blocks)}\n".encode(), READINGS))
    taken = date(2026, 8, 31)
    assert row.meters == (
        MeterValue("gas", "Г-1", "Газ", 1, 1, date(2030, 2, 1), Decimal("101.5"), taken),
        MeterValue("electricity", "Э-1", "", 1, 2, None, Decimal(10), taken),
        MeterValue("electricity", "Э-1", "", 2, 2, None, Decimal(20), taken),
        MeterValue("electricity", "Э-2", "", 1, 3, None, Decimal(1), taken),
        MeterValue("electricity", "Э-2", "", 3, 3, None, Decimal(2), taken),
        MeterValue("electricity", "Э-2", "", 2, 3, None, Decimal(3), taken),
        MeterValue("hot_water", "В-1"),
        MeterValue("heat", "Т-1", "", 1, 1, None, Decimal("1.25"), taken),
    )


@pytest.mark.parametrize(
    "blocks", ["1;Г-1;Газ", "99;Г-1;;;1;31.08.2026;", "1;;;;1;31.08.2026;", "1;Г-1;;;много;31.08.2026;"]
)
def test_a_bad_block_rejects_its_row(blocks: str) -> None:
    assert only_bad(read(f"370012;Иванов;;;Калуга;{blocks}\n".encode(), READINGS)).reason


def test_an_account_without_meters_is_a_row() -> None:
    assert only(read("370012;Иванов;;;Калуга;\n".encode(), READINGS)).meters == ()


def test_a_line_without_end_fills_no_memory() -> None:
    import tracemalloc

    with file_of(b"x" * 16 * 1024 * 1024) as path:
        tracemalloc.start()
        lines = list(TextLines(path, Encoding.UTF_8))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert len(lines) == 1 and isinstance(lines[0], BadRow)
    assert peak < 4 * 1024 * 1024
