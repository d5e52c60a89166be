"""Money: integer minor units (kopecks) and an ISO 4217 currency, never a float."""

import re
from decimal import Decimal

from babel.numbers import format_currency, format_decimal

from cabinet.i18n import current_locale

CURRENCY = "RUB"
_AMOUNT = re.compile(r"(\d+)(?:[.,](\d{1,2}))?")
_SPACES = re.compile(r"[\s\u00a0\u202f\u2009]")
_LARGEST_WHOLE = 12


class BadAmount(ValueError):
    """The text is not an amount of money."""


def parse_amount(text: str) -> int:
    """Minor units from what a person typed: `1 234,5`, `1234.50`, `500 ₽`.

    Raises BadAmount for anything else, negative sums and more than two decimals included.
    """
    plain = _SPACES.sub("", text).removesuffix("₽").removesuffix("руб.").removesuffix("руб")
    match = _AMOUNT.fullmatch(plain)
    if not match or not plain.isascii() or len(match[1]) > _LARGEST_WHOLE:
        raise BadAmount(text)
    return int(match[1]) * 100 + int((match[2] or "").ljust(2, "0"))


def format_amount(minor: int, currency: str = CURRENCY) -> str:
    """«1 234,56 ₽» with narrow no-break spaces, or "₽1,234.56" in English."""
    value = Decimal(minor) / 100
    if current_locale() == "ru":
        return f"{_narrow(format_decimal(value, '#,##0.00', locale='ru'))}\u202f{_sign(currency)}"
    return format_currency(value, currency, "¤#,##0.00", locale="en").replace("RUB", "₽")


def plain_amount(minor: int) -> str:
    """What stands in an input field: `1234,56` in Russian, `1234.56` in English."""
    text = f"{minor // 100}.{minor % 100:02d}"
    return text.replace(".", ",") if current_locale() == "ru" else text


def _narrow(text: str) -> str:
    return text.replace("\u00a0", "\u202f")


def _sign(currency: str) -> str:
    return "₽" if currency == "RUB" else currency


def split_largest_remainder(total: int, weights: list[int]) -> list[int]:
    """Split `total` minor units pro rata over `weights`; the parts add up to `total` exactly.

    The largest remainders get the odd units, the earlier one first at a tie (ПП 354, п. 118).
    All weights zero: everything goes to the first.
    """
    whole = sum(weights)
    if whole == 0:
        return [total] + [0] * (len(weights) - 1) if weights else []
    parts = [total * weight // whole for weight in weights]
    rest = total - sum(parts)
    order = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for i in order[:rest]:
        parts[i] += 1
    return parts
