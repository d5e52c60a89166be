"""Which encoding a Russian text is in, told from the frequencies of its letters."""

import codecs
from math import log
from pathlib import Path

from cabinet.exchange.formats.layout import Encoding

SAMPLE = 64 * 1024
_MOST_READ = 4 * 1024 * 1024

_FREQUENCIES = {
    "о": 10.97, "е": 8.45, "а": 8.01, "и": 7.35, "н": 6.70, "т": 6.26, "с": 5.47, "р": 4.73, "в": 4.54,
    "л": 4.40, "к": 3.49, "м": 3.21, "д": 2.98, "п": 2.81, "у": 2.62, "я": 2.01, "ы": 1.90, "ь": 1.74,
    "г": 1.70, "з": 1.65, "б": 1.59, "ч": 1.44, "й": 1.21, "х": 0.97, "ж": 0.94, "ш": 0.73, "ю": 0.64,
    "ц": 0.48, "щ": 0.36, "э": 0.32, "ф": 0.26, "ъ": 0.04, "ё": 0.04,
}  # fmt: skip
"""Per cent in the national corpus of Russian (Ляшевская, Шаров)."""
_LETTER = {letter: log(share / 100) for letter, share in _FREQUENCIES.items()}
_HARMLESS = set("№«»–—…°§·\u00a0₽²³")
_STRANGE = log(0.00002)
_UNKNOWN = log(0.000001)
_CASE_BREAK = log(0.01)
"""A capital after a small letter inside a word: «иВАНОВ» is what KOI8-R looks like as windows-1251."""

SINGLE_BYTE = (Encoding.WINDOWS_1251, Encoding.CP866, Encoding.KOI8_R)


def guess_encoding(sample: bytes) -> tuple[tuple[Encoding, float], ...]:
    """Candidates with their likelihood (together 1), the likeliest first."""
    marked = _by_mark(sample)
    if marked:
        return ((marked, 1.0),)
    if _is_utf_8(sample):
        return ((Encoding.UTF_8, 1.0),)
    return _by_letters(sample)


def read_sample(path: Path) -> bytes:
    """The beginning of the file; where it is all Latin, what comes later with other letters too."""
    with path.open("rb") as file:
        head = file.read(SAMPLE)
        taken = len(head)
        more = head
        while more.isascii() and taken < _MOST_READ and (more := file.read(SAMPLE)):
            taken += len(more)
    return head if head.isascii() is False or more.isascii() else head + b"\n" + more


def _by_mark(sample: bytes) -> Encoding | None:
    if sample.startswith(codecs.BOM_UTF8):
        return Encoding.UTF_8_BOM
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return Encoding.UTF_16
    return None


def _is_utf_8(sample: bytes) -> bool:
    """Whether all of it is UTF-8, but for a letter that the end of the sample cuts."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        return False
    return True


def _by_letters(sample: bytes) -> tuple[tuple[Encoding, float], ...]:
    scores = {encoding: _likelihood(sample.decode(encoding, "replace")) for encoding in SINGLE_BYTE}
    best = max(scores.values())
    weights = {encoding: 2.718281828 ** max(score - best, -60.0) for encoding, score in scores.items()}
    whole = sum(weights.values())
    ranked = sorted(weights, key=lambda encoding: -weights[encoding])
    return tuple((encoding, weights[encoding] / whole) for encoding in ranked)


def _likelihood(text: str) -> float:
    """The logarithm of how likely Russian text has these letters; only what is not ASCII counts."""
    total, before = 0.0, ""
    for char in text:
        if char.isascii():
            before = char
            continue
        lower = char.lower()
        total += _LETTER.get(lower, 0.0) or _other(char)
        if char != lower and before.isalpha() and before == before.lower() and not before.isascii():
            total += _CASE_BREAK
        before = char
    return total


def _other(char: str) -> float:
    if char == "\ufffd":
        return _UNKNOWN
    return -3.0 if char in _HARMLESS else _STRANGE
