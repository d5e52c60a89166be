"""Sums, numbers, days and months in the ways that registries write them."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cabinet.exchange.formats.amounts import roubles
from cabinet.exchange.formats.values import (
    BadValue,
    amount_of_cell,
    amount_of_number,
    date_of_cell,
    decimal_of_cell,
    number_of_cell,
    posted_of_cell,
    read_amount,
    read_date,
    read_period,
    text_of_cell,
)


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("1234.56", 123456),
        ("1 234,56", 123456),
        ("1\u00a0234,56", 123456),
        ("1\u202f234,5", 123450),
        ("1,234.56", 123456),
        ("1.234,56", 123456),
        ("1,234,567", 123456700),
        ("1'234.50", 123450),
        ("-5", -500),
        ("−5,10", -510),
        ("5,10-", -510),
        ("(12,50)", -1250),
        ("+3", 300),
        ("0", 0),
        (".5", 50),
        ("5.", 500),
        ("12.500", None),
        ("0.500", 50),
        ("1.234.567,80", 123456780),
        ("100 р.", 10000),
        ("100р", 10000),
        ("100 руб.", 10000),
        ("100,00 ₽", 10000),
        ("1.5E+3", 150000),
        ("1,5e3", 150000),
        (" 7,00 ", 700),
        ("1,234", None),
        ("1.234", None),
        ("12,345.6,7", None),
        ("1 2 3,4,5", None),
        ("12,3456", None),
        ("0.005", None),
        ("", None),
        ("-", None),
        ("--5", None),
        ("долг", None),
        ("12:50", None),
        ("1e99999", None),
        ("NaN", None),
        ("Infinity", None),
        ("99999999999999", None),
        ("²", None),
        ("١٢", None),
    ],
)
def test_sums(text: str, minor: int | None) -> None:
    if minor is None:
        with pytest.raises(BadValue):
            read_amount(text)
    else:
        assert read_amount(text) == minor


def test_the_sign_before_kopecks_settles_a_doubtful_sum() -> None:
    assert read_amount("1,234", ".") == 123400
    assert read_amount("1.234", ",") == 123400
    with pytest.raises(BadValue):
        read_amount("1234.56", ",")  # not 123 456 roubles


@given(st.integers(-(10**12), 10**12))
def test_what_we_write_we_read(minor: int) -> None:
    assert read_amount(roubles(minor)) == minor
    assert read_amount(roubles(minor).replace(".", ",")) == minor


@given(st.integers(-(10**11), 10**11))
def test_a_number_of_a_spreadsheet_keeps_its_kopecks(minor: int) -> None:
    assert amount_of_number(minor / 100) == minor


def test_what_a_float_adds_is_not_counted_but_parts_of_kopecks_are() -> None:
    assert amount_of_number(0.1 + 0.2) == 30
    with pytest.raises(BadValue):
        amount_of_number(0.125)
    with pytest.raises(BadValue):
        amount_of_cell(float("nan"))
    with pytest.raises(BadValue):
        amount_of_cell(date(2026, 8, 1))


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("л/с № 37 00-12", "л/с № 37 00-12"),
        (370012345678, "370012345678"),
        (370012345678.0, "370012345678"),
        (Decimal("12345678901234567890"), "12345678901234567890"),
        ("370012345678.0", "370012345678"),
        ("12.0", "12.0"),
        ("E12", "E12"),
        (None, ""),
        ("3.70012E+11", None),
        ("3,70012E+11", None),
        ("3.7e11", None),
        (2.0**53, None),
        (12.5, None),
        (float("inf"), None),
        ("1" * 81, None),
    ],
)
def test_account_numbers(cell: str | float | Decimal | None, number: str | None) -> None:
    if number is None:
        with pytest.raises(BadValue):
            number_of_cell(cell)
    else:
        assert number_of_cell(cell) == number


def test_a_shortened_number_says_that_digits_are_lost() -> None:
    with pytest.raises(BadValue, match=r"3\.70012E\+11"):
        number_of_cell("3.70012E+11")


@pytest.mark.parametrize(
    "text",
    [
        "31.08.2026",
        "31.8.26",
        "2026-08-31",
        "2026-08-31 12:00:00",
        "20260831",
        "31/08/2026",
        "2026-08-31T00:00",
    ],
)
def test_days(text: str) -> None:
    assert read_date(text) == date(2026, 8, 31)


@pytest.mark.parametrize("text", ["31.02.2026", "завтра", "2026", "0.0.0", "1.1.1.1", ""])
def test_what_is_no_day(text: str) -> None:
    with pytest.raises(BadValue):
        read_date(text)


@pytest.mark.parametrize(
    "text",
    [
        "0826",
        "082026",
        "202608",
        "08.2026",
        "8.2026",
        "2026-08",
        "август 2026",
        "Август 2026 г.",
        "31.08.2026",
        "aug 2026",
    ],
)
def test_months(text: str) -> None:
    assert read_period(text) == date(2026, 8, 1)


def test_may_and_march_are_told_apart() -> None:
    assert read_period("май 2026") == date(2026, 5, 1)
    assert read_period("марта 2026") == date(2026, 3, 1)


@pytest.mark.parametrize("text", ["1326", "месяц 2026", "лето", "13.2026"])
def test_what_is_no_month(text: str) -> None:
    with pytest.raises(BadValue):
        read_period(text)


def test_cells() -> None:
    assert date_of_cell(datetime(2026, 8, 31, 12)) == date(2026, 8, 31)  # noqa: DTZ001
    assert date_of_cell("") is None
    assert text_of_cell(12.0) == "12"
    assert text_of_cell(12.5) == "12.5"
    assert text_of_cell(date(2026, 8, 1)) == "01.08.2026"
    assert decimal_of_cell("1 234,5") == Decimal("1234.5")
    assert posted_of_cell("1041, 1055") == (1041, 1055)
    with pytest.raises(BadValue):
        posted_of_cell("нет")


@pytest.mark.parametrize("exponent", ["1E+999999", "1e9999999999", "-1E+99999999999999"])
def test_a_number_that_no_computer_adds_up_is_refused_by_name(exponent: str) -> None:
    for read in (read_amount, amount_of_cell, decimal_of_cell):
        with pytest.raises(BadValue):
            read(exponent)
    with pytest.raises(BadValue):
        amount_of_cell(Decimal(exponent))
    assert text_of_cell(Decimal(exponent)) == str(Decimal(exponent))
