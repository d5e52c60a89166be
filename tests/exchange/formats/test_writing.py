"""Registries of payments and readings: what is written can be read, with the control sum that belongs to it."""

import csv
import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal

import dbf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from cabinet.exchange.errors import CannotWrite
from cabinet.exchange.formats.delimited import plain_field
from cabinet.exchange.formats.layout import Encoding, Layout
from cabinet.exchange.formats.reading import read_header, read_rows
from cabinet.exchange.formats.recognise import recognise
from cabinet.exchange.formats.writing import PAYMENT_FORMATS, READING_FORMATS, write_payments, write_readings
from cabinet.exchange.formats.written import Written
from cabinet.exchange.rows import (
    MeterValue,
    PaymentRow,
    ReadingRow,
    RegistryFormat,
    RegistryHeader,
    RegistryRow,
)
from tests.exchange.formats.samples import file_of, only

HEADER = RegistryHeader(
    inn="4025012346", bank_account="40702810012345678912", service="130137", period=date(2026, 8, 1)
)
AUGUST = date(2026, 8, 1)


def payment(payment_number: int = 1041, **changes: object) -> PaymentRow:
    fields: dict[str, object] = {
        "payment_number": payment_number,
        "paid_at": datetime(2026, 8, 31, 12, 30, 5, tzinfo=UTC),
        "number": "370012345678",
        "owner_name": "Ёлкина Анна",
        "address": "г. Калуга, ул. Мира, д. 5",
        "amount_minor": 123456,
        "period": AUGUST,
    }
    return PaymentRow(**(fields | changes))  # pyright: ignore[reportArgumentType]


def reading(**changes: object) -> ReadingRow:
    fields: dict[str, object] = {
        "number": "370012345678",
        "owner_name": "Ёлкина Анна",
        "address": "г. Калуга",
        "meter_kind": "electricity",
        "meter_serial": "Э-1",
        "zone": 2,
        "zones": 2,
        "value": Decimal("1234.5"),
        "taken_on": date(2026, 8, 25),
        "period": AUGUST,
        "verification_due": date(2030, 1, 1),
    }
    return ReadingRow(**(fields | changes))  # pyright: ignore[reportArgumentType]


def paid(format: RegistryFormat, rows: list[PaymentRow], encoding: Encoding = Encoding.WINDOWS_1251) -> bytes:
    target = io.BytesIO()
    done = write_payments(format, encoding, HEADER, iter(rows), target)
    assert done == Written(len(rows), sum(row.amount_minor for row in rows))
    return target.getvalue()


def test_payments_in_the_style_of_sber() -> None:
    content = paid(
        RegistryFormat.SBER_DEBTS,
        [payment(), payment(1042, amount_minor=-5, period=None, owner_name="А;Б\n")],
    )
    assert content.decode("windows-1251") == (
        "31-08-2026;12-30-05;1041;370012345678;Ёлкина Анна;г. Калуга, ул. Мира, д. 5;0826;1234.56\r\n"
        "31-08-2026;12-30-05;1042;370012345678;А,Б;г. Калуга, ул. Мира, д. 5;;-0.05\r\n"
        "=2;1234.51\r\n"
    )


@pytest.mark.parametrize("encoding", Encoding)
def test_payments_for_gorod(encoding: Encoding) -> None:
    content = paid(RegistryFormat.GOROD, [payment()], encoding).decode(str(encoding))
    assert content == (
        "#FILESUM 1234.56\r\n#TYPE 7\r\n#SERVICE 130137\r\n#ROWS 1\r\n"
        "Ёлкина Анна;г. Калуга, ул. Мира, д. 5;370012345678;1234.56;130137;0826;1041;31.08.2026\r\n"
    )


def test_payments_as_json() -> None:
    value = json.loads(paid(RegistryFormat.JSON, [payment(), payment(1042, period=None)]))
    assert value["header"]["inn"] == "4025012346" and value["control"] == {"rows": 2, "total": "2469.12"}
    assert value["payments"][0] == {
        "payment": 1041,
        "paid_at": "2026-08-31T12:30:05+00:00",
        "account": "370012345678",
        "owner_name": "Ёлкина Анна",
        "address": "г. Калуга, ул. Мира, д. 5",
        "amount": "1234.56",
        "period": "2026-08-01",
    }
    assert json.loads(paid(RegistryFormat.JSON, []))["payments"] == []


TABLES = [RegistryFormat.CSV, RegistryFormat.XLSX, RegistryFormat.DBF]


@pytest.mark.parametrize("format", TABLES)
def test_payments_as_tables_are_read_by_our_own_reader(format: RegistryFormat) -> None:
    content = paid(
        format, [payment(), payment(1042, amount_minor=-5, number="-37/1"), payment(1043, period=None)]
    )
    with file_of(content) as path:
        found = recognise(path, "x")
        rows = [row for row in read_rows(path, found.layout) if isinstance(row, RegistryRow)]
    assert found.layout.format is format
    assert (found.header.rows, found.header.total_minor) == (3, 246907)
    assert [(row.number, row.balance_minor, row.period) for row in rows] == [
        ("370012345678", 123456, AUGUST),
        ("-37/1", -5, AUGUST),
        ("370012345678", 123456, None),
    ]


def test_a_program_of_theirs_reads_our_tables(tmp_path: object) -> None:
    rows = [payment(owner_name='Ёлкина; "Аня"')]
    line = list(
        csv.reader(io.StringIO(paid(RegistryFormat.CSV, rows).decode("windows-1251")), delimiter=";")
    )[1]
    assert line[1] == 'Ёлкина; "Аня"' and line[5] == "1234.56"
    sheet = load_workbook(io.BytesIO(paid(RegistryFormat.XLSX, rows))).worksheets[0]
    assert [cell.value for cell in sheet[2]][:2] == ["370012345678", 'Ёлкина; "Аня"']
    with (
        file_of(paid(RegistryFormat.DBF, rows, Encoding.CP866), ".dbf") as path,
        dbf.Table(str(path)).open() as table,
    ):
        assert [record.summa for record in table] == [1234.56, 1234.56]  # the row and the total


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+1+1", "@SUM(A1)", "-2+3", "\t=1", "|x"])
def test_what_a_spreadsheet_would_run_is_disarmed(text: str) -> None:
    content = paid(RegistryFormat.CSV, [payment(owner_name=text)]).decode("windows-1251")
    assert ";'" in content
    sheet = load_workbook(io.BytesIO(paid(RegistryFormat.XLSX, [payment(owner_name=text)]))).worksheets[0]
    assert sheet["B2"].data_type == "s" and str(sheet["B2"].value).startswith("'")


@pytest.mark.parametrize("number", ["-370012", "+370012", "-12.5"])
def test_an_account_number_with_a_sign_is_not_damaged(number: str) -> None:
    assert f"\n{number};" in paid(RegistryFormat.CSV, [payment(number=number)]).decode("windows-1251")


def test_letters_that_an_encoding_lacks_have_a_likeness() -> None:
    content = paid(RegistryFormat.SBER_DEBTS, [payment(owner_name="«Ромашка» — №1 ёЁ 中")], Encoding.KOI8_R)
    assert '"Ромашка" - N1 ёЁ ?' in content.decode("koi8-r")


def test_sber_has_no_place_for_payments_in_readings_and_the_reverse() -> None:
    for format in RegistryFormat:
        if format not in PAYMENT_FORMATS:
            with pytest.raises(CannotWrite):
                write_payments(format, Encoding.UTF_8, HEADER, [], io.BytesIO())
        if format not in READING_FORMATS:
            with pytest.raises(CannotWrite):
                write_readings(format, Encoding.UTF_8, HEADER, [], io.BytesIO())


@pytest.mark.parametrize("format", [RegistryFormat.SBER_READINGS, *TABLES])
def test_readings_are_read_by_our_own_reader(format: RegistryFormat) -> None:
    target = io.BytesIO()
    assert write_readings(format, Encoding.WINDOWS_1251, HEADER, iter([reading()]), target) == Written(1)
    with file_of(target.getvalue()) as path:
        found = recognise(path, "x")
        row = only(list(read_rows(path, found.layout)))
        assert read_header(path, "x", found.layout).rows == 1
    expected = MeterValue(
        "electricity", "Э-1", "", 2, 2, date(2030, 1, 1), Decimal("1234.5"), date(2026, 8, 25)
    )
    assert row.meters == (expected,)
    assert (row.number, row.owner_name) == ("370012345678", "Ёлкина Анна")


def test_zones_of_one_account_share_a_line_and_accounts_do_not() -> None:
    target = io.BytesIO()
    rows = [reading(zone=1), reading(), reading(number="38", meter_kind="gas", zone=1, zones=1)]
    rows += [reading(number="39", meter_serial=str(i), zone=1, zones=1) for i in range(13)]
    write_readings(RegistryFormat.SBER_READINGS, Encoding.UTF_8, HEADER, rows, target)
    lines = target.getvalue().decode().splitlines()
    assert [line.count(";") for line in lines] == [4 + 14, 4 + 7, 4 + 84, 4 + 7, 0]
    assert lines[-1] == "#ROWS 16"


def test_readings_as_json() -> None:
    target = io.BytesIO()
    write_readings(RegistryFormat.JSON, Encoding.UTF_8, HEADER, [reading(verification_due=None)], target)
    value = json.loads(target.getvalue())
    assert value["readings"][0]["value"] == "1234.5" and value["control"]["rows"] == 1


TEXT = st.text(max_size=30)


@given(name=TEXT, address=TEXT, number=st.text("0123456789-/АБ ", min_size=1, max_size=20).filter(str.strip))
@settings(max_examples=150, deadline=None)
@pytest.mark.parametrize("format", [RegistryFormat.CSV, RegistryFormat.XLSX])
def test_any_text_survives_a_table(format: RegistryFormat, name: str, address: str, number: str) -> None:
    content = paid(format, [payment(owner_name=name, address=address, number=number)], Encoding.UTF_8)
    with file_of(content) as path:
        found = recognise(path, "x")
        rows = list(read_rows(path, found.layout))
    row = only(rows)
    assert row.number == number.strip()
    assert _printable(row.owner_name) == _printable(name) and _printable(row.address) == _printable(address)


def _printable(text: str) -> str:
    return "".join(char for char in text if char.isprintable()).strip().removeprefix("'")


@given(name=TEXT, address=TEXT)
@settings(max_examples=150, deadline=None)
def test_any_text_survives_a_line_but_for_separators(name: str, address: str) -> None:
    content = paid(
        RegistryFormat.SBER_DEBTS, [payment(owner_name=name, address=address)], Encoding.UTF_8
    ).decode()
    fields = content.split("\r\n")[0].split(";")
    assert (fields[4], fields[5]) == (plain_field(name), plain_field(address))
    assert _squeezed(fields[4]) == _squeezed(name.replace(";", ","))


def _squeezed(text: str) -> str:
    return "".join(char for char in text if char.isprintable() and not char.isspace())


def test_layouts_of_what_we_write_need_no_choice() -> None:
    with file_of(paid(RegistryFormat.CSV, [payment()])) as path:
        assert recognise(path, "x").layout == Layout(
            format=RegistryFormat.CSV,
            encoding=Encoding.WINDOWS_1251,
            mapping=recognise(path, "x").layout.mapping,
        )
