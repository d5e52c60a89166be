"""Codes as they are found on bills, and what is no code of a bill at all."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cabinet.i18n import use_locale
from cabinet.qr.errors import BrokenCode, NotPaymentCode, OtherKind, TooMuch, UnknownVersion, UnusableCode
from cabinet.qr.gost import LARGEST, Encoding, write
from cabinet.qr.reading import Oddity, read
from cabinet.qr.values import read_amount, read_period
from tests.qr.making import GAS


def code(body: str, header: str = "ST00012|") -> bytes:
    return f"{header}Name=ООО УК Дом|PersonalAcc=40702810900000000017|{body}".encode()


def test_keys_in_any_case_and_missing_bank_fields():
    found = read(code("persAcc=12 34|paymPeriod=082026|payeeinn=7700000001"))
    payment = found.payment
    assert (payment.pers_acc, payment.period, payment.payee_inn) == ("12 34", date(2026, 8, 1), "7700000001")
    assert found.oddities == {Oddity.KEY_CASE, Oddity.MISSING}


def test_a_trailing_separator_line_breaks_and_a_byte_order_mark():
    found = read(b"\xef\xbb\xbf" + code("\r\nPersAcc=7|\r\n"))
    assert found.payment.pers_acc == "7"
    assert {Oddity.TRAILING, Oddity.MARKS} <= found.oddities


@pytest.mark.parametrize("separator", ["|", "~", "\n", ";", " ", "\x1d", "#"])
def test_any_separator(separator: str):
    text = f"ST00012{separator}Name=УК{separator}PersAcc=7{separator}Sum=5"
    assert (read(text.encode()).payment.pers_acc, read(text.encode()).payment.sum_minor) == ("7", 5)


def test_values_are_split_at_the_first_equals_sign():
    assert read(code("Purpose=a=b=c")).payment.purpose == "a=b=c"


def test_text_without_a_key_belongs_to_the_value_before():
    found = read(code("Purpose=газ|вода|PersAcc=7"))
    assert (found.payment.purpose, found.payment.pers_acc) == ("газ|вода", "7")
    assert Oddity.STRAY in found.oddities


def test_a_repeated_key_keeps_what_it_said_first():
    found = read(code("PersAcc=|persacc=7|PersAcc=8"))
    assert found.payment.pers_acc == "7" and Oddity.REPEATED in found.oddities


def test_unknown_keys_are_kept():
    assert read(code("Novelty=1|Phone=2")).payment.others == {"Novelty": "1", "Phone": "2"}


@pytest.mark.parametrize("declared", ["1", "2", "3", "0", "9", ""])
@pytest.mark.parametrize("real", Encoding)
def test_a_wrongly_declared_encoding_is_found_out(declared: str, real: Encoding):
    body = "Name=Управляющая компания|BankName=Сбербанк|PersAcc=7|PayeeINN=7700000001"
    found = read(f"ST0001{declared}|{body}".encode(real.codec))
    assert (found.payment.name, found.encoding) == ("Управляющая компания", real)
    assert (Oddity.ENCODING in found.oddities) == (declared != real)


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("100", 100),
        ("100.00", 10_000),
        ("100,5", 10_050),
        ("1 234.56", 123_456),
        ("0", 0),
        ("", None),
        ("-5", None),
        ("1e3", None),
        ("٣", None),
        ("1.234", None),
    ],
)
def test_sums(text: str, minor: int | None):
    assert read_amount(text) == minor


def test_a_sum_that_is_none_is_left_out():
    found = read(code("Sum=сто рублей|AddAmount=5,50"))
    assert (found.payment.sum_minor, found.payment.add_amount_minor) == (None, 550)
    assert {Oddity.BAD_AMOUNT, Oddity.SUM_WITH_FRACTION} <= found.oddities


@pytest.mark.parametrize(
    ("text", "month"),
    [
        ("082026", (2026, 8)),
        ("03.2024", (2024, 3)),
        ("3.2024", (2024, 3)),
        ("08/26", (2026, 8)),
        ("0826", (2026, 8)),
        ("январь 2021", (2021, 1)),
        ("Января 2021 г.", (2021, 1)),
        ("за май 2026", (2026, 5)),
        ("март 2026", (2026, 3)),
        ("Aug 2026", (2026, 8)),
        ("May2026", (2026, 5)),
        ("2026-08", (2026, 8)),
        ("2026-08-31", (2026, 8)),
        ("202608", (2026, 8)),
        ("01.08.2026", (2026, 8)),
        ("01082026", (2026, 8)),
        ("122020", (2020, 12)),
        ("132026", None),
        ("2011", None),
        ("прошлый", None),
        ("", None),
    ],
)
def test_months(text: str, month: tuple[int, int] | None):
    assert read_period(text) == (date(*month, 1) if month else None)


def test_a_month_that_is_none_is_kept_as_text():
    found = read(code("PaymPeriod=прошлый"))
    assert found.payment.period is None and found.payment.others == {"PaymPeriod": "прошлый"}
    assert Oddity.BAD_PERIOD in found.oddities


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", OtherKind.EMPTY),
        (b"https://qr.nspk.ru/AS1000?type=01", OtherKind.FAST_PAYMENT),
        (b"https://bank.example/pay", OtherKind.ADDRESS),
        (b"4601234567890", OtherKind.DIGITS),
        (b"BEGIN:VCARD", OtherKind.OTHER),
        (b"\xff\xfe\x00", OtherKind.OTHER),
    ],
)
def test_other_codes_are_told_apart(data: bytes, kind: OtherKind):
    with pytest.raises(NotPaymentCode) as refused:
        read(data)
    assert refused.value.kind is kind


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"ST00022|Name=a", UnknownVersion),
        (b"ST0001", BrokenCode),
        (b"ST00012|", BrokenCode),
        (b"ST00012|PersAcc=7", BrokenCode),
        (b"ST00012|Name", BrokenCode),
        (b"0" * (LARGEST + 1), TooMuch),
    ],
)
def test_what_cannot_be_used_is_named(data: bytes, error: type[UnusableCode]):
    with pytest.raises(error):
        read(data)


@pytest.mark.parametrize(
    "problem", [*map(NotPaymentCode, OtherKind), UnknownVersion("0002"), BrokenCode(), TooMuch()]
)
def test_each_refusal_is_a_sentence_that_says_what_to_do(problem: UnusableCode):
    with use_locale("en"):
        assert problem.message().endswith(".")


@given(st.binary(max_size=400) | st.binary(max_size=400).map(lambda tail: b"ST00012|Name=a" + tail))
def test_arbitrary_bytes_are_read_or_named(data: bytes):
    try:
        read(data)
    except UnusableCode:
        return


@given(st.data())
def test_damaged_codes_are_read_or_named(data: st.DataObject):
    whole = bytearray(write(GAS))
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at : at + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=9))
    try:
        read(bytes(whole))
    except UnusableCode:
        return
