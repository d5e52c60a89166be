"""Account numbers as people type them, and the patterns that providers give for them.

A pattern is a small, bounded part of regular expressions: no `*`, no `+`, no repeated
groups, few quantifiers of varying length. So no number can make the match slow.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

LONGEST_TEXT = 80
LONGEST_NUMBER = 32
LONGEST_PATTERN = 120
MOST_VARYING_PARTS = 4

_PREFIX = re.compile(
    r"(?:(?:ЛИЦ(?:ЕВ(?:ОЙ|ОГО))?)?СЧ[ЕЁ]ТА?|НОМЕР|NUMBER|ACCOUNT|Л[/\\]?[СC]|L[/\\]?[SC]|№|#|NO|N|Н)+(?=\d)"
)
_DASHES_BEYOND_PD = "\u2212\u2043\u02d7_\u00b7"
_LATIN = "ABCEHKMOPTXY"
_CYRILLIC = "АВСЕНКМОРТХУ"
_TO_CYRILLIC = str.maketrans(_LATIN, _CYRILLIC)
_TO_LATIN = str.maketrans(_CYRILLIC, _LATIN)

_QUANTIFIER = re.compile(r"\{(\d{1,2})(?:,(\d{1,2}))?\}|\?")
_ATOM = re.compile(
    r"\\d|\\[-/.]|\[(?:[0-9A-Za-zА-Яа-яЁё/-]|\\d)+\]|[0-9A-Za-zА-Яа-яЁё/-]|\((?:\?:)?|\)|\||\^|\$"
)


class UnsafePattern(ValueError):
    """The pattern does not compile, or uses what a number pattern may not use."""


def clean_number(text: str) -> str:
    """The number without spaces, dashes, dots and words such as «л/с» and «№», in capitals."""
    return _without_prefix(_compact(text, keep_dashes=False))


def match_number(pattern: str, text: str) -> str | None:
    """The form of `text` that the whole pattern matches, or None.

    Where the pattern asks for letters, Latin ones that look Cyrillic (and the reverse) are read
    as the pattern wants them.
    """
    if len(text) > LONGEST_TEXT:
        return None
    expression = compile_pattern(pattern)
    if text.isascii() and text.isdigit():
        # Most numbers of a registry: there is one way to read plain digits.
        return text if len(text) <= LONGEST_NUMBER and expression.fullmatch(text) else None
    return next((form for form in _forms(text) if expression.fullmatch(form)), None)


@lru_cache(maxsize=512)
def compile_pattern(pattern: str) -> re.Pattern[str]:
    """The compiled pattern; raises UnsafePattern for what could run wild."""
    if not pattern or len(pattern) > LONGEST_PATTERN:
        raise UnsafePattern(pattern)
    if _varying_parts(pattern) > MOST_VARYING_PARTS:
        raise UnsafePattern(pattern)
    try:
        return re.compile(pattern, re.ASCII)
    except re.error as error:
        raise UnsafePattern(pattern) from error


def _varying_parts(pattern: str) -> int:
    """How many parts may match in more than one length; raises UnsafePattern for unknown syntax."""
    position, varying = 0, 0
    while position < len(pattern):
        atom = _ATOM.match(pattern, position)
        if not atom:
            raise UnsafePattern(pattern)
        quantifier = _QUANTIFIER.match(pattern, atom.end())
        position = quantifier.end() if quantifier else atom.end()
        if atom[0] == "|":
            varying += 1
        if quantifier:
            varying += _varies(atom[0], quantifier, pattern)
    return varying


def _varies(atom: str, quantifier: re.Match[str], pattern: str) -> bool:
    optional = quantifier[0] == "?"
    if atom in ("(", "(?:", "|", "^", "$") or (atom == ")" and not optional):
        raise UnsafePattern(pattern)
    if optional:
        return True
    if max(int(quantifier[1]), int(quantifier[2] or 0)) > LONGEST_NUMBER:
        raise UnsafePattern(pattern)
    return quantifier[2] is not None and quantifier[1] != quantifier[2]


def _forms(text: str) -> Iterator[str]:
    """The ways to read what was typed, the likeliest first."""
    for keep_dashes in (False, True):
        whole = _compact(text, keep_dashes=keep_dashes)
        for form in (_without_prefix(whole), whole):
            if 0 < len(form) <= LONGEST_NUMBER:
                yield form
                yield form.translate(_TO_CYRILLIC)
                yield form.translate(_TO_LATIN)


def _compact(text: str, *, keep_dashes: bool) -> str:
    return "".join(_plain(char, keep_dashes) for char in unicodedata.normalize("NFC", text)).upper()


def _plain(char: str, keep_dashes: bool) -> str:
    category = unicodedata.category(char)
    if category == "Nd":
        return str(unicodedata.digit(char))
    if category == "Pd" or char in _DASHES_BEYOND_PD:
        return "-" if keep_dashes else ""
    if category[0] in "ZC" or char in ".,:;'\"«»()":
        return ""
    wide = "\uff01" <= char <= "\uff5e"
    return unicodedata.normalize("NFKC", char) if wide else char


def _without_prefix(number: str) -> str:
    return _PREFIX.sub("", number, count=1) if _PREFIX.match(number) else number
