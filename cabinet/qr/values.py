"""Sums and months as codes have them."""

import re
from datetime import date

_MONTHS = ("янв", "фев", "мар", "апр", "ма", "июн", "июл", "авг", "сен", "окт", "ноя", "дек")
_ENGLISH = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SHAPES = (
    r"(?P<month>\d{2})(?P<year>20\d{2})",
    r"(?P<year>20\d{2})(?P<month>\d{2})",
    r"(?P<month>\d{1,2})[./\\ -](?P<year>20\d{2}|\d{2})",
    r"(?P<year>20\d{2})[./\\ -](?P<month>\d{1,2})(?:[./\\ -]\d{1,2})?",
    r"\d{1,2}[./\\ -](?P<month>\d{1,2})[./\\ -](?P<year>20\d{2}|\d{2})",
    r"\d{2}(?P<month>\d{2})(?P<year>20\d{2})",
    r"(?P<year>20\d{2})(?P<month>\d{2})\d{2}",
    r"(?P<month>\d{2})(?P<year>\d{2})",
)
_NAMED = re.compile(r"(?:за\s+)?([a-zа-я]{3,8})\.?[\s,.-]*(20\d{2}|\d{2})(?:\s*г(?:\.|ода?)?)?")
_AMOUNT = re.compile(r"(\d{1,18})(?:[.,](\d{1,2})0*)?")
_BLANKS = re.compile(r"[\s\u00a0\u202f\u2009]")


def trim(value: str) -> str:
    """The value in one line, with single blanks; what cannot be printed is left out."""
    line = " ".join(value.split())
    return "".join(char for char in line if char.isprintable())


def read_amount(text: str) -> int | None:
    """Minor units: a whole number is in kopecks (the standard), one with a fraction in roubles (the wild)."""
    plain = _BLANKS.sub("", text)
    match = _AMOUNT.fullmatch(plain)
    if not match or not plain.isascii():
        return None
    if match[2] is None:
        return int(match[1])
    return int(match[1]) * 100 + int(match[2].ljust(2, "0"))


def read_period(text: str) -> date | None:
    """The first day of the month: `082026`, `03.2024`, `2026-08`, `0826`, `01.08.2026`, «январь 2021», `Aug 2026`."""
    plain = " ".join(text.casefold().split())
    for shape in _SHAPES:
        match = re.fullmatch(shape, plain, re.ASCII)
        if match and (found := _month(int(match["month"]), match["year"])):
            return found
    named = _NAMED.fullmatch(plain)
    return _month(_month_named(named[1]), named[2]) if named else None


def _month(month: int, year: str) -> date | None:
    whole = int(year) if len(year) == 4 else 2000 + int(year)
    return date(whole, month, 1) if 1 <= month <= 12 else None


def _month_named(word: str) -> int:
    """1 to 12; 0 for a word that is no month."""
    for names in (_MONTHS, _ENGLISH):
        for number, start in enumerate(names, 1):
            if word.startswith(start):
                return number
    return 0
