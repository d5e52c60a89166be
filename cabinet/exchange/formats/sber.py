"""Sber's registries of debts, old and new (sberbank.ru/help/business/sbbol/100027)."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date

from cabinet.exchange.formats.delimited import Parse, read_delimited, split_fields
from cabinet.exchange.formats.layout import Layout
from cabinet.exchange.formats.lines import TextLines
from cabinet.exchange.formats.values import BadValue, number_of_cell, read_amount, read_period
from cabinet.exchange.rows import BadRow, RegistryFormat, RegistryHeader, RegistryRow
from cabinet.i18n import _

NEW = ("ФИО", "ЕЛС", "ФИАС,пом", "Адрес", "ЛС", "Сумма")
OLD = ("ФИО", "Адрес", "ЛС", "Сумма")

_NAME = re.compile(r"(\d{10}|\d{12})_(\d{20})_(\d{1,3})_(\d{4})(?:\D.*)?")


def read_debts(lines: TextLines, layout: Layout) -> Iterator[RegistryRow | BadRow]:
    """The rows of a registry of debts."""
    make = _parse_old if layout.format is RegistryFormat.SBER_DEBTS_OLD else _parse_new
    return read_delimited(lines, make(layout))


def _parse_new(layout: Layout) -> Parse:
    period, amount = layout.period, amount_reader(layout)

    def parse(number: int, line: str) -> RegistryRow:
        name, els, fias, address, account, debt = split_fields(line, NEW)
        return RegistryRow(
            number, line, account_number(account), name.strip(), address.strip(), els.strip(), fias.strip(),
            amount(debt), "", period,
        )  # fmt: skip

    return parse


def _parse_old(layout: Layout) -> Parse:
    period, amount = layout.period, amount_reader(layout)

    def parse(number: int, line: str) -> RegistryRow:
        name, address, account, debt = split_fields(line, OLD)
        return RegistryRow(
            number,
            line,
            account_number(account),
            name.strip(),
            address.strip(),
            "",
            "",
            amount(debt),
            "",
            period,
        )

    return parse


def amount_reader(layout: Layout) -> Callable[[str], int]:
    """A balance in minor units, a debt positive, by the choices of the layout."""
    decimal = layout.decimal
    if layout.debt_is_negative:
        return lambda text: -read_amount(text, decimal)
    return read_amount if not decimal else lambda text: read_amount(text, decimal)


def account_number(text: str) -> str:
    """The number as written; raises BadValue where there is none or digits are lost."""
    number = number_of_cell(text)
    if not number:
        raise BadValue(_("The account number is missing."))
    return number


def header_of_name(name: str) -> RegistryHeader:
    """What `ИНН_РС_НОМЕР_ММГГ.txt` says; anything else says nothing."""
    match = _NAME.fullmatch(name.rsplit("/", 1)[-1].rsplit("\\", 1)[-1])
    if not match:
        return RegistryHeader()
    header = RegistryHeader(inn=match[1], bank_account=match[2])
    try:
        return replace(header, period=read_period(match[4]))
    except BadValue:
        return header


def name_of_registry(header: RegistryHeader, sequence: int, period: date) -> str:
    """`ИНН_РС_НОМЕР_ММГГ.txt`; `sequence` counts the registries of the month."""
    return f"{header.inn}_{header.bank_account}_{sequence:03d}_{period:%m%y}.txt"
