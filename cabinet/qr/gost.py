"""The payment code on Russian bills (ГОСТ Р 56042-2014): its fields, and writing it by the letter.

Reading is in `cabinet.qr.reading`: it forgives what this module would never write.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from datetime import date
from enum import StrEnum

from cabinet.qr.errors import CannotWrite

LARGEST = 2953
"""Bytes that the largest QR code holds."""
SEPARATORS = "|~^;#$&*!@\\`"
"""Tried in this order: the standard recommends the first."""


class Encoding(StrEnum):
    """The digit that stands in the header."""

    WINDOWS_1251 = "1"
    UTF_8 = "2"
    KOI8_R = "3"

    @property
    def codec(self) -> str:
        """Its name in Python."""
        return {"1": "cp1251", "2": "utf-8", "3": "koi8-r"}[self.value]


@dataclass(frozen=True, slots=True, kw_only=True)
class GostPayment:
    """What a code says, in the order in which it is written. Amounts in minor units; empty: not given.

    The first five must be there to write a code; a code that was read may lack them.
    """

    name: str = ""
    """The payee."""
    personal_acc: str = ""
    """The payee's bank account."""
    bank_name: str = ""
    bic: str = ""
    corresp_acc: str = ""
    sum_minor: int | None = None
    purpose: str = ""
    payee_inn: str = ""
    kpp: str = ""
    pers_acc: str = ""
    """The resident's personal account."""
    period: date | None = None
    """The first day of the month that is paid for."""
    paym_term: str = ""
    last_name: str = ""
    first_name: str = ""
    middle_name: str = ""
    payer_address: str = ""
    category: str = ""
    service_name: str = ""
    contract: str = ""
    flat: str = ""
    counter_id: str = ""
    counter_val: str = ""
    quitt_id: str = ""
    quitt_date: str = ""
    add_amount_minor: int | None = None
    """The penalty."""
    uin: str = ""
    tech_code: str = ""
    """02: housing and utilities."""
    others: dict[str, str] = field(default_factory=dict[str, str])
    """Everything else by the key that the code has."""


KEYS = {
    "name": "Name",
    "personal_acc": "PersonalAcc",
    "bank_name": "BankName",
    "bic": "BIC",
    "corresp_acc": "CorrespAcc",
    "sum_minor": "Sum",
    "purpose": "Purpose",
    "payee_inn": "PayeeINN",
    "kpp": "KPP",
    "pers_acc": "PersAcc",
    "period": "PaymPeriod",
    "paym_term": "PaymTerm",
    "last_name": "LastName",
    "first_name": "FirstName",
    "middle_name": "MiddleName",
    "payer_address": "PayerAddress",
    "category": "Category",
    "service_name": "ServiceName",
    "contract": "Contract",
    "flat": "Flat",
    "counter_id": "CounterId",
    "counter_val": "CounterVal",
    "quitt_id": "QuittId",
    "quitt_date": "QuittDate",
    "add_amount_minor": "AddAmount",
    "uin": "UIN",
    "tech_code": "TechCode",
}
"""The key in the code of each field."""
REQUIRED = ("name", "personal_acc", "bank_name", "bic", "corresp_acc")

_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
_FORMS = {
    "Name": r".{1,160}",
    "PersonalAcc": r"\d{20}",
    "BankName": r".{1,45}",
    "BIC": r"\d{9}",
    "CorrespAcc": r"\d{1,20}",
    "Sum": r"\d{1,18}",
    "Purpose": r".{1,210}",
    "PayeeINN": r"\d{1,12}",
    "KPP": r"[\dA-Z]{1,9}",
    "AddAmount": r"\d{1,18}",
    "TechCode": r"\d{2}",
}


def write(payment: GostPayment, encoding: Encoding = Encoding.UTF_8) -> bytes:
    """The bytes to draw as a QR code. Raises CannotWrite for what the standard or the encoding forbids.

    A payee's bank without a correspondent account is written as `CorrespAcc=0`.
    """
    pairs = list(_pairs(payment))
    for key, value in pairs:
        _check(key, value, encoding)
    separator = _separator(pairs)
    body = separator.join(f"{key}={value}" for key, value in pairs)
    data = f"ST0001{encoding}{separator}{body}".encode(encoding.codec)
    if len(data) > LARGEST:
        raise CannotWrite("", f"{len(data)} bytes do not fit into a QR code")
    return data


def _pairs(payment: GostPayment) -> Iterator[tuple[str, str]]:
    """Keys and values in the order of the standard."""
    for one in fields(payment):
        if one.name != "others":
            value = _text(getattr(payment, one.name))
            if value or one.name in REQUIRED:
                yield KEYS[one.name], value
    known = {key.casefold() for key in KEYS.values()}
    for key, value in payment.others.items():
        if not _KEY.fullmatch(key) or key.casefold() in known:
            raise CannotWrite(key, "is not a key of its own")
        yield key, _text(value)


def _text(value: str | int | date | None) -> str:
    match value:
        case None:
            return ""
        case date():
            return f"{value:%m%Y}"
        case _:
            return " ".join(str(value).split())


def _check(key: str, value: str, encoding: Encoding) -> None:
    if any(not char.isprintable() for char in value):
        raise CannotWrite(key, "has a character that cannot be printed")
    if key in _FORMS and not re.fullmatch(_FORMS[key], value, re.ASCII):
        raise CannotWrite(key, f"must match {_FORMS[key]}")
    try:
        value.encode(encoding.codec)
    except UnicodeEncodeError as error:
        raise CannotWrite(key, f"{error.object[error.start]!r} is not in {encoding.codec}") from error


def _separator(pairs: list[tuple[str, str]]) -> str:
    used = set("".join(value for _key, value in pairs))
    free = next((char for char in SEPARATORS if char not in used), None)
    if free is None:
        raise CannotWrite("", "every separator occurs in the values")
    return free
