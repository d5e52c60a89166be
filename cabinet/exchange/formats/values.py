"""Values in the many ways that registries write them.

Every reader raises BadValue, whose text tells a clerk what to mend.
"""

import re
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from math import isfinite
from typing import TypeAlias

from cabinet.i18n import _
from cabinet.kit.text import fold

Cell: TypeAlias = str | int | float | Decimal | bool | date | datetime | None

LONGEST_NUMBER_TEXT = 80
_LARGEST = 10**14
_EXACT_FLOAT = 2**53

_SPACES = str.maketrans("", "", " \u00a0\u202f\u2009\u2007'’\t")
_CURRENCY = re.compile(r"(?:₽|р\.?|руб(?:лей|ля|ль)?\.?|rub)$", re.IGNORECASE)
_GROUPS = {sign: re.compile(rf"[0-9]*|[0-9]{{1,3}}(?:[{sign}][0-9]{{3}})+") for sign in (",", ".")}
"""Whole roubles, plain or in groups of three that this sign parts."""
_OTHER = {",": ".", ".": ","}
_MINUS = ("-", "−", "–")
_EXPONENT = re.compile(r"[+-]?\d+(?:[.,]\d+)?[eEеЕ][+-]?\d+")
_FLOATED = re.compile(r"(\d{5,15})[.,]0")
_DAY = re.compile(r"(\d{1,2})[./\-](\d{1,2})[./\-](\d{4}|\d{2})(?:\D.*)?")
_ISO_DAY = re.compile(r"(\d{4})[./\-](\d{1,2})[./\-](\d{1,2})(?:\D.*)?")
_MONTH = re.compile(r"(\d{1,2})[./\-](\d{4}|\d{2})|(\d{4})[./\-](\d{1,2})")
_MONTH_WORDS = re.compile(r"([а-яa-z]+)\.?\s*(\d{4})(?:\s*г(?:ода?|\.)?)?")
_MONTH_STEMS = ("янв", "фев", "мар", "апр", "ма", "июн", "июл", "авг", "сен", "окт", "ноя", "дек")
_ENGLISH_STEMS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


class BadValue(ValueError):
    """A value that cannot be read; its text is a sentence in the current language."""


def read_amount(text: str, decimal: str = "") -> int:
    """Minor units from `1 234,56`, `1234.56`, `-5`, `(12,50)`, `12,50-`, `100 р.`; empty is refused.

    `decimal` is what stands before kopecks. Without it a sum as `1,234` is refused, since it may be
    a thousand or a little more than one.
    """
    whole, _dot, kopecks = text.partition(".")
    if len(kopecks) == 2 and whole.isdecimal() and kopecks.isdecimal() and decimal != "," and len(whole) < 13:
        return int(whole + kopecks)
    return _slow_amount(text, decimal)


def _slow_amount(text: str, decimal: str) -> int:
    plain = _CURRENCY.sub("", text.strip()).translate(_SPACES)
    bracketed = plain.startswith("(") and plain.endswith(")")
    plain = plain[1:-1] if bracketed else plain
    if _EXPONENT.fullmatch(plain):
        return amount_of_number(_decimal(plain.replace(",", ".").replace("е", "e").replace("Е", "E")))
    negative = bracketed or plain.startswith(_MINUS) or plain.endswith(_MINUS)
    body = plain[1:] if plain.startswith(("+", *_MINUS)) else plain[: -plain.endswith(_MINUS) or None]
    whole, fraction = _roubles_and_kopecks(body, decimal or _sign_before_kopecks(body, text), text)
    amount = int(whole + fraction)
    if amount >= _LARGEST:
        raise BadValue(_("The sum “{text}” is too large.").format(text=shorten(text)))
    return -amount if negative else amount


def _sign_before_kopecks(body: str, text: str) -> str:
    """`,` or `.`: the last sign, unless it stands twice and so parts thousands."""
    last = max(body.rfind(","), body.rfind("."))
    if last < 0:
        return "."
    sign = body[last]
    if body.count(sign) > 1:
        return _OTHER[sign]
    if len(body) - last == 4 and _OTHER[sign] not in body and body[:last] not in ("", "0"):
        raise BadValue(
            _("The sum “{text}” can be read in two ways. Say what stands before kopecks.").format(
                text=shorten(text)
            )
        )
    return sign


def _roubles_and_kopecks(body: str, sign: str, text: str) -> tuple[str, str]:
    """Digits of roubles and two digits of kopecks."""
    whole, _dot, fraction = body.partition(sign)
    fraction = fraction.rstrip("0") if len(fraction) > 2 else fraction
    if not _GROUPS[_OTHER[sign]].fullmatch(whole) or not (whole or fraction) or not _digits(fraction or "0"):
        raise BadValue(_("“{text}” is not a sum.").format(text=shorten(text)))
    if len(fraction) > 2:
        raise BadValue(_("The sum “{text}” has parts of a kopeck.").format(text=shorten(text)))
    if len(whole) > 20:
        raise BadValue(_("The sum “{text}” is too large.").format(text=shorten(text)))
    return whole.replace(_OTHER[sign], "") or "0", fraction.ljust(2, "0")


def _digits(text: str) -> bool:
    return text.isascii() and text.isdecimal()


def amount_of_number(value: float | Decimal) -> int:
    """Minor units from a number of a table; what a float adds below a millionth is not counted."""
    number = _decimal(repr(value) if isinstance(value, float) else value)
    if not number.is_finite() or number.copy_abs() >= _LARGEST // 100:
        raise BadValue(_("The sum “{text}” is too large.").format(text=shorten(str(value))))
    minor = number * 100
    whole = minor.to_integral_value()
    if abs(minor - whole) > Decimal("0.0001"):
        raise BadValue(_("The sum “{text}” has parts of a kopeck.").format(text=number.normalize()))
    return int(whole)


def amount_of_cell(value: Cell, decimal: str = "") -> int | None:
    """Minor units, or None for an empty cell."""
    if isinstance(value, str):
        return read_amount(value, decimal) if value and not value.isspace() else None
    if value is None:
        return None
    if isinstance(value, bool | date):
        raise BadValue(_("“{text}” is not a sum.").format(text=text_of_cell(value)))
    return amount_of_number(value)


def number_of_cell(value: Cell) -> str:
    """The account number as text; a number of a table only where no digit can be lost."""
    if isinstance(value, str):
        return _number_of_text(value.strip())
    if isinstance(value, bool | date) or value is None:
        return text_of_cell(value)
    if isinstance(value, int):
        return str(value)
    if not isfinite(value) or not _keeps_digits(value):
        raise BadValue(_lost_digits(str(value)))
    return str(int(value))


def _keeps_digits(value: float | Decimal) -> bool:
    """Whether the number is whole and none of its digits was rounded away, as in `3.7E+11`."""
    if isinstance(value, Decimal):
        exponent = value.as_tuple().exponent
        return isinstance(exponent, int) and -40 < exponent <= 0 and value == value.to_integral_value()
    return abs(value) < _EXACT_FLOAT and not value % 1


def _number_of_text(text: str) -> str:
    floated = _FLOATED.fullmatch(text)
    if floated:
        return floated[1]
    if len(text) > LONGEST_NUMBER_TEXT:
        raise BadValue(_("The account number is too long: “{text}”.").format(text=shorten(text)))
    if ("+" in text or "E" in text or "e" in text) and _EXPONENT.fullmatch(text) and not text.isdecimal():
        raise BadValue(_lost_digits(text))
    return text


def _lost_digits(text: str) -> str:
    return _(
        "A spreadsheet shortened the account number to “{text}”: digits are lost. "
        "Make the column text, fill it again and send this row anew."
    ).format(text=shorten(text))


def text_of_cell(value: Cell) -> str:
    """The cell as a person would write it: `45`, `12.5`, `31.08.2026`."""
    if isinstance(value, str):
        return value.strip()
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%d.%m.%Y %H:%M:%S}" if value.time() != datetime.min.time() else f"{value:%d.%m.%Y}"
    if isinstance(value, date):
        return f"{value:%d.%m.%Y}"
    if isinstance(value, float | Decimal) and isfinite(value) and abs(value) < _EXACT_FLOAT and not value % 1:
        return str(int(value))
    return str(value)


def date_of_cell(value: Cell) -> date | None:
    """The day in a cell, or None for an empty one."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = text_of_cell(value)
    return read_date(text) if text else None


@lru_cache(maxsize=4096)
def read_date(text: str) -> date:
    """The day in `31.08.2026`, `31.08.26`, `2026-08-31`, `20260831`, with or without a time."""
    text = text.strip()
    iso, day = _ISO_DAY.fullmatch(text), _DAY.fullmatch(text)
    if iso:
        parts = iso[1], iso[2], iso[3]
    elif day:
        parts = _full_year(day[3]), day[2], day[1]
    elif _digits(text) and len(text) == 8:
        parts = text[:4], text[4:6], text[6:]
    else:
        raise BadValue(_("“{text}” is not a date. Write it as 31.08.2026.").format(text=shorten(text)))
    return _date(parts, text)


def _full_year(digits: str) -> str:
    return digits if len(digits) == 4 else f"20{digits}"


def _date(parts: tuple[str, str, str], text: str) -> date:
    try:
        return date(int(parts[0]), int(parts[1]), int(parts[2]))
    except ValueError:
        raise BadValue(_("There is no such day: “{text}”.").format(text=shorten(text))) from None


def period_of_cell(value: Cell) -> date | None:
    """The first day of the month in a cell, or None for an empty one."""
    if isinstance(value, date):
        return date(value.year, value.month, 1)
    text = text_of_cell(value)
    return read_period(text) if text else None


@lru_cache(maxsize=1024)
def read_period(text: str) -> date:
    """The first day of the month in `0826`, `082026`, `08.2026`, `2026-08`, `август 2026`, or of a date."""
    text = text.strip()
    digits = _digits(text)
    if digits and len(text) in (4, 6):
        month, year = text[:2], text[2:]
        if len(text) == 6 and int(month) > 12:
            month, year = text[4:], text[:4]
        return _date((_full_year(year), month, "1"), text)
    match = _MONTH.fullmatch(text)
    if match:
        month, year = (match[1], match[2]) if match[1] else (match[4], match[3])
        return _date((_full_year(year), month, "1"), text)
    words = _MONTH_WORDS.fullmatch(fold(text))
    if words:
        return _date((words[2], str(_month_of_word(words[1], text)), "1"), text)
    try:
        return read_date(text).replace(day=1)
    except BadValue:
        raise _not_month(text) from None


def _month_of_word(word: str, text: str) -> int:
    for stems in (_MONTH_STEMS, _ENGLISH_STEMS):
        # «мар» is tried before «ма» (май, мая).
        for month in sorted(range(12), key=lambda i: -len(stems[i])):
            if word.startswith(stems[month]):
                return month + 1
    raise _not_month(text)


def _not_month(text: str) -> BadValue:
    return BadValue(_("“{text}” is not a month. Write it as 08.2026.").format(text=shorten(text)))


def decimal_of_cell(value: Cell) -> Decimal | None:
    """A reading, volume or tariff, or None for an empty cell; comma and dot are both decimal."""
    if isinstance(value, float):
        value = repr(value)
    text = value if isinstance(value, str) else text_of_cell(value)
    plain = text.translate(_SPACES).replace(",", ".")
    if not plain:
        return None
    number = _decimal(plain)
    if not number.is_finite() or number.copy_abs() >= 10**12:
        raise BadValue(_("“{text}” is not a value.").format(text=shorten(text)))
    return number


def _decimal(text: str | int | Decimal) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise BadValue(_("“{text}” is not a value.").format(text=shorten(str(text)))) from None


def posted_of_cell(value: Cell) -> tuple[int, ...]:
    """Numbers of payments, separated by anything: `1041, 1055`."""
    text = text_of_cell(value)
    numbers = tuple(int(digits) for digits in re.findall(r"[0-9]+", text) if len(digits) < 19)
    if text and not numbers:
        raise BadValue(_("“{text}” is not a number of a payment.").format(text=shorten(text)))
    return numbers


def shorten(text: str, most: int = 40) -> str:
    """The text as an error may repeat it."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
