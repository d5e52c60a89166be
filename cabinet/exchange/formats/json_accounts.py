"""JSON: accounts with meters and charges, as in kvado/import-format, or our own plainer list of accounts."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation
from itertools import accumulate
from pathlib import Path
from typing import Any, TextIO

import ijson

from cabinet.exchange.errors import BrokenFile, InflatedFile, UnknownFile
from cabinet.exchange.formats.heads import file_tail
from cabinet.exchange.formats.json_meters import read_meters
from cabinet.exchange.formats.json_values import Record, cell, records, text
from cabinet.exchange.formats.layout import Encoding, Layout
from cabinet.exchange.formats.lines import open_text
from cabinet.exchange.formats.sber import account_number, header_of_name
from cabinet.exchange.formats.values import (
    BadValue,
    amount_of_cell,
    date_of_cell,
    decimal_of_cell,
    number_of_cell,
    period_of_cell,
)
from cabinet.exchange.rows import BadRow, ChargeValue, MeterValue, RegistryHeader, RegistryRow
from cabinet.i18n import _
from cabinet.kit.text import fold

LISTS = ("premises", "accounts", "")
"""Where the rows may be: premises with accounts in them, accounts, or a list that is the whole file."""
REASON = "_reason"
"""Why an element was rejected, in a file of rejected ones; no reader looks at it."""
CONTROL = "control"

_LONGEST_ELEMENT = 1024 * 1024
_DEEPEST = 40
_CHUNK = 32 * 1024
_TEXTS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_STEPS = bytes.maketrans(b"[{]}", b"\1\1\0\0")
_NO_BRACKETS = bytes(set(range(256)) - set(b"[{]}"))
_CONTROL = re.compile(r'"control"\s*:\s*(\{[^{}]*\})\s*\}\s*$')
_HEADER_KEYS = {"inn", "bank_account", "period", "as_of", "total", "rows", "service"}


class _Utf8:
    """The file as UTF-8 for the parser, which takes quadratic time for deep nesting and all memory for one long
    text: refuses what is deeper or longer than any account can be.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._since = 0
        self._depth = 0
        self._open_text = b""

    def read(self, size: int = -1) -> bytes:
        if size == 0:
            return b""
        chunk = self._file.read(_CHUNK).encode("utf-8", "replace")
        self._since += len(chunk)
        if self._since > _LONGEST_ELEMENT or self._deepest(chunk) > _DEEPEST:
            raise InflatedFile
        return chunk

    def _deepest(self, chunk: bytes) -> int:
        """How deep the brackets of this chunk go, those in texts not counted."""
        bare, mark, rest = _TEXTS.sub(b"", self._open_text + chunk).partition(b'"')
        self._open_text = mark + rest
        depths = list(accumulate(bare.translate(_STEPS, _NO_BRACKETS), _step, initial=self._depth))
        self._depth = depths[-1]
        return max(depths)

    def next_element(self) -> None:
        """Count from here."""
        self._since = 0


def _step(depth: int, bracket: int) -> int:
    return depth + 1 if bracket else depth - 1


def read_accounts(path: Path, layout: Layout) -> Iterator[RegistryRow | BadRow]:
    """The accounts one by one."""
    place = find_list(path, layout.encoding)
    number = 0
    with open_text(path, layout.encoding) as file:
        source = _Utf8(file)
        try:
            for element in ijson.items(source, f"{place}.item" if place else "item"):
                source.next_element()
                for account, premise in _accounts(element, place):
                    number += 1
                    yield _row(number, account, premise, layout)
        except (ijson.JSONError, InvalidOperation, RecursionError) as error:
            raise BrokenFile(number) from error


def find_list(path: Path, encoding: Encoding) -> str:
    """The key under which the rows are; raises UnknownFile where there is none, BrokenFile for what is no JSON."""
    with open_text(path, encoding) as file:
        try:
            for prefix, event, _value in ijson.parse(_Utf8(file)):
                if event == "start_array" and prefix in LISTS:
                    return prefix
        except (ijson.JSONError, InvalidOperation, RecursionError) as error:
            raise BrokenFile from error
    raise UnknownFile("JSON")


def _accounts(element: Any, place: str) -> Iterator[tuple[Any, Record]]:
    """Accounts with the premises they are in; what is no object comes as it is, to be refused."""
    if isinstance(element, dict) and (place == "premises" or "accounts" in element):
        accounts = records(element.get("accounts"))
        for count, account in enumerate(accounts):
            # The meters of a communal flat go with its first account: nobody else may bill them twice.
            yield account, element if count == 0 else {**element, "meters": []}
    else:
        yield element, {}


def _row(number: int, account: Any, premise: Record, layout: Layout) -> RegistryRow | BadRow:
    source = dump({**premise, "accounts": [account]} if premise else account)
    if not isinstance(account, dict):
        return BadRow(number, source, _("This is not an account."))
    try:
        return _account(number, source, account, premise, layout)
    except BadValue as bad:
        return BadRow(number, source, str(bad))


def _account(number: int, source: str, account: Record, premise: Record, layout: Layout) -> RegistryRow:
    period = period_of_cell(cell(account, "period", "saldo_period")) or layout.period
    balance = amount_of_cell(cell(account, "balance", "saldo"), ".")
    return RegistryRow(
        line=number,
        source=source,
        number=account_number(number_of_cell(cell(account, "account", "number"))),
        owner_name=text(account, "owner_name") or _owner(account),
        address=text(account, "address") or text(premise, "address"),
        els=text(account, "els", "gis_id"),
        fias=text(account, "fias") or text(premise, "fias"),
        balance_minor=-balance if layout.debt_is_negative and balance is not None else balance,
        service=text(account, "service"),
        period=period,
        meters=_meters(account, premise),
        charges=tuple(_charges(account)),
        posted=_posted(account),
    )


def _meters(account: Record, premise: Record) -> tuple[MeterValue, ...]:
    both = [*records(premise.get("meters")), *records(account.get("meters"))]
    return tuple(value for meter in both for value in read_meters(meter))


def _owner(account: Record) -> str:
    """The main payer, else an owner, else whoever comes first."""
    residents = records(account.get("residents"))
    residents.sort(key=lambda one: (text(one, "main_payer") != "Да", text(one, "is_owner") != "Да"))
    for resident in residents:
        for kind, parts in (("individual", ("lastname", "firstname", "patronymic")), ("entity", ("title",))):
            person = resident.get(kind)
            if isinstance(person, dict):
                name = " ".join(part for part in (text(person, key) for key in parts) if part)
                if name:
                    return name
    return ""


def _charges(account: Record) -> Iterator[ChargeValue]:
    for accrual in records(account.get("accruals")):
        period = period_of_cell(cell(accrual, "period"))
        if period is None:
            raise BadValue(_("The month of the charge is missing."))
        for line in records(accrual.get("result")):
            yield _charge(period, line)


def _charge(period: date, line: Record) -> ChargeValue:
    service = text(line, "title", "service")
    total = amount_of_cell(cell(line, "total", "amount"), ".")
    if total is None:
        raise BadValue(_("A charge has no sum."))
    return ChargeValue(
        period=period,
        service=service,
        amount_minor=total,
        is_penalty=fold(service).startswith("пен"),
        volume=decimal_of_cell(cell(line, "volume")),
        unit=text(line, "unit"),
        tariff=decimal_of_cell(cell(line, "rate", "tariff")),
        recalculation_minor=amount_of_cell(cell(line, "recalc"), ".") or 0,
    )


def _posted(account: Record) -> tuple[int, ...]:
    posted = account.get("posted") or []
    if not isinstance(posted, list) or not all(isinstance(one, int) and 0 < one < 2**63 for one in posted):
        raise BadValue(_("“posted” is not a list of payment numbers."))
    return tuple(posted)


def read_json_header(path: Path, name: str, layout: Layout) -> RegistryHeader:
    """What stands before the rows, at the top or in `header`, and in `control` at the end."""
    found: Record = {}
    with open_text(path, layout.encoding) as file:
        try:
            for prefix, event, value in ijson.parse(_Utf8(file)):
                if event == "start_array" and prefix in LISTS:
                    break
                key = prefix.removeprefix("header.")
                if key in _HEADER_KEYS and event in ("string", "number"):
                    found[key] = value
        except (ijson.JSONError, InvalidOperation, RecursionError, InflatedFile):
            pass
    control = _CONTROL.search(file_tail(path, layout.encoding))
    if control:
        found |= _loaded(control[1])
    return _header(header_of_name(name), found)


def _loaded(control: str) -> Record:
    try:
        return json.loads(control, parse_float=Decimal)
    except ValueError:
        return {}


def _header(header: RegistryHeader, found: Record) -> RegistryHeader:
    try:
        rows = found.get("rows")
        return replace(
            header,
            inn=text(found, "inn") or header.inn,
            bank_account=text(found, "bank_account") or header.bank_account,
            period=period_of_cell(cell(found, "period")) or header.period,
            as_of=date_of_cell(cell(found, "as_of")),
            total_minor=amount_of_cell(cell(found, "total"), "."),
            rows=rows if isinstance(rows, int) else None,
            service=text(found, "service"),
        )
    except BadValue:
        return header


def dump(element: Any) -> str:
    """The element on one line."""
    return json.dumps(element, ensure_ascii=False, default=_number)


def _number(value: object) -> float | str:
    return float(value) if isinstance(value, Decimal) else str(value)
