"""Accounts in JSON: kvado's houses and our own list."""

import json
from datetime import date
from decimal import Decimal

import pytest

from cabinet.exchange.errors import BrokenFile, InflatedFile, UnknownFile
from cabinet.exchange.formats.layout import Encoding, Layout
from cabinet.exchange.formats.reading import read_header, read_rows
from cabinet.exchange.formats.recognise import recognise
from cabinet.exchange.rows import BadRow, ChargeValue, MeterValue, RegistryFormat, RegistryRow
from tests.exchange.formats.samples import file_of, only, only_bad, read

LAYOUT = Layout(format=RegistryFormat.JSON)
HOUSE = {
    "meters": [{"type": "ХВС", "serial": "общедомовой", "values": []}],
    "premises": [
        {
            "flat_number": "12",
            "meters": [
                {
                    "type": "Эл. двухтарифный",
                    "serial": "Э-1",
                    "check_date": "2030-01-01",
                    "values": [
                        {"date": "2026-07-25", "values": {"T1": 1.5, "T2": 2}},
                        {"date": "2026-08-25", "values": {"T1": 3.125, "T2": 4}},
                    ],
                },
                {"type": "ГВС", "serial": "В-1"},
                {"type": "Газ", "serial": "Г-0", "replace_date": "2020-01-01"},
            ],
            "accounts": [
                {
                    "account": "370012345678",
                    "gis_id": "12АБ345678",
                    "saldo": "1234.56",
                    "saldo_period": "2026-08-01",
                    "residents": [
                        {"main_payer": "Нет", "individual": {"lastname": "Иванов"}},
                        {
                            "main_payer": "Да",
                            "individual": {"lastname": "Ёлкина", "firstname": "Анна", "patronymic": "П."},
                        },
                    ],
                    "accruals": [
                        {
                            "period": "2026-08-01",
                            "result": [
                                {
                                    "title": "Вода",
                                    "rate": 12.56,
                                    "volume": 3.5,
                                    "total": 225.78,
                                    "recalc": -12.34,
                                },
                                {"title": "Пени", "total": 0.05},
                            ],
                        }
                    ],
                    "payments": [{"date": "2026-08-03", "sum": 5}],
                    "posted": [1041],
                },
                {"account": 370012345679, "residents": [{"entity": {"title": "ООО «Ромашка»"}}]},
            ],
        }
    ],
}


def data(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def test_a_house() -> None:
    first, second = read(data(HOUSE), LAYOUT)
    assert isinstance(first, RegistryRow) and isinstance(second, RegistryRow)
    day = date(2026, 8, 25)
    assert (first.number, first.owner_name, first.els) == ("370012345678", "Ёлкина Анна П.", "12АБ345678")
    assert (first.balance_minor, first.period, first.posted) == (123456, date(2026, 8, 1), (1041,))
    assert first.meters == (
        MeterValue("electricity", "Э-1", "", 1, 2, date(2030, 1, 1), Decimal("3.125"), day),
        MeterValue("electricity", "Э-1", "", 2, 2, date(2030, 1, 1), Decimal(4), day),
        MeterValue("hot_water", "В-1"),
    )
    assert first.charges == (
        ChargeValue(date(2026, 8, 1), "Вода", 22578, False, Decimal("3.5"), "", Decimal("12.56"), -1234),
        ChargeValue(date(2026, 8, 1), "Пени", 5, True),
    )
    assert (second.number, second.owner_name, second.line, second.meters) == (
        "370012345679",
        "ООО «Ромашка»",
        2,
        (),
    )


@pytest.mark.parametrize("encoding", Encoding)
def test_our_list_in_any_encoding(encoding: Encoding) -> None:
    text = '{"period": "2026-08-01", "accounts": [{"number": "37", "owner_name": "Ёлкина", "balance": -5.10}], "control": {"rows": 1, "total": "-5.10"}}'
    with file_of(text.encode(str(encoding))) as path:
        found = recognise(path, "x.json")
        row = only(list(read_rows(path, found.layout)))
    assert (row.owner_name, row.balance_minor, row.period) == ("Ёлкина", -510, date(2026, 8, 1))
    assert (found.header.rows, found.header.total_minor) == (1, -510)


def test_a_list_may_be_the_whole_file() -> None:
    assert only(read(b'\n [{"number": "37"}]', LAYOUT)).number == "37"


@pytest.mark.parametrize(
    "account",
    [
        5,
        None,
        {},
        {"account": 3.7e30},
        {"account": "37", "balance": "сто"},
        {"account": "37", "meters": [{"type": "ХВС"}]},
        {"account": "37", "meters": [{"serial": "1", "type": "часы"}]},
        {"account": "37", "posted": "1041"},
        {"account": "37", "accruals": [{"result": []}]},
        {"account": "37", "accruals": [{"period": "2026-08-01", "result": [{"title": "Вода"}]}]},
    ],
)
def test_a_bad_account_is_rejected_alone(account: object) -> None:
    bad, good = read(data({"accounts": [account, {"account": "38"}]}), LAYOUT)
    assert isinstance(bad, BadRow) and isinstance(good, RegistryRow)
    assert bad.reason and json.loads(bad.source) == account


def test_zero_bytes_and_halves_of_pairs_go() -> None:
    row = only(read(b'[{"number": "37", "owner_name": "a\\u0000b\\ud800c"}]', LAYOUT))
    row.owner_name.encode()
    assert "\0" not in row.owner_name


@pytest.mark.parametrize("cut", [1, 30, 300])
def test_a_cut_file_is_broken(cut: int) -> None:
    with pytest.raises(BrokenFile):
        read(data(HOUSE)[:-cut], LAYOUT)


def test_the_rows_before_a_cut_are_counted() -> None:
    whole = data([{"account": f"37{i}"} for i in range(5000)])
    with pytest.raises(BrokenFile) as broken:
        read(whole[:-50], LAYOUT)
    assert broken.value.line and broken.value.line > 100


def test_json_without_accounts_is_unknown() -> None:
    with pytest.raises(UnknownFile):
        read(b'{"a": {"accounts": []}}', LAYOUT)


def test_a_text_of_megabytes_and_deep_nesting_are_refused() -> None:
    with pytest.raises(InflatedFile):
        read(b'[{"number": "' + b"1" * 20_000_000 + b'"}]', LAYOUT)
    with pytest.raises((BrokenFile, InflatedFile)):
        read(b"[" * 200_000, LAYOUT)


def test_the_header_comes_before_the_rows() -> None:
    with file_of(
        data({"header": {"inn": "4025012346", "as_of": "2026-08-31", "total": "5.00", "rows": 2}, **HOUSE})
    ) as path:
        header = read_header(path, "x.json", LAYOUT)
    assert (header.inn, header.as_of, header.total_minor, header.rows) == (
        "4025012346",
        date(2026, 8, 31),
        500,
        2,
    )


def test_an_account_that_is_no_object_says_so() -> None:
    assert only_bad(read(b'["37"]', LAYOUT)).line == 1


def test_a_number_that_no_computer_holds_is_a_broken_file() -> None:
    data = b'{"accounts": [{"number": "1", "balance": 1e99999999999999999999}]}'
    with pytest.raises(BrokenFile):
        read(data, Layout(format=RegistryFormat.JSON, encoding=Encoding.UTF_8))
