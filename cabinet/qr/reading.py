"""Reading the payment code of a bill, as tolerantly as bills are printed carelessly.

Seen in the wild, and read: any separator, a wrong declared encoding, keys in any case, a trailing
separator, sums in roubles, months in many ways, missing bank details, line breaks, a byte order mark.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from cabinet.qr.errors import BrokenCode, NotPaymentCode, OtherKind, TooMuch, UnknownVersion
from cabinet.qr.gost import KEYS, LARGEST, REQUIRED, Encoding, GostPayment
from cabinet.qr.values import read_amount, read_period, trim

_HEADER = re.compile(rb"[sS][tT](\d{4})(\d)?([\x00-\x7f])")
_BOM = b"\xef\xbb\xbf"
_KEY = re.compile(r"\s*([A-Za-z][A-Za-z0-9_]{0,39})\s*")
_FIELDS = {key.casefold(): (name, key) for name, key in KEYS.items()}
_AMOUNTS = ("sum_minor", "add_amount_minor")
_TELLING = (
    "банк",
    "оплат",
    "услуг",
    "обществ",
    "ответствен",
    "росси",
    "област",
    "квартир",
    "лицев",
    "коммунал",
)
_LONE_UTF_8 = 10
"""So many bytes beyond ASCII are not valid UTF-8 by chance."""


class Oddity(StrEnum):
    """What was not as the standard wants it."""

    ENCODING = "encoding"
    """The text is in another encoding than the header says, or it names none."""
    KEY_CASE = "key_case"
    ORDER = "order"
    """The first five are not in their places."""
    MISSING = "missing"
    """One of the first five is not there."""
    REPEATED = "repeated"
    """A key stands twice; the first that says something counts."""
    STRAY = "stray"
    """Text without a key: it belongs to the value before it."""
    TRAILING = "trailing"
    """A separator at the end."""
    SUM_WITH_FRACTION = "sum_with_fraction"
    """The sum is in roubles, with a comma or a dot."""
    BAD_AMOUNT = "bad_amount"
    """A sum that is none; it is left out."""
    BAD_PERIOD = "bad_period"
    """A month that is none; its text is in `others`."""
    MARKS = "marks"
    """A byte order mark, or blanks, before the header."""


@dataclass(frozen=True, slots=True)
class GostReading:
    """A code that was read, the encoding that it is really in, and what was unusual about it."""

    payment: GostPayment
    encoding: Encoding
    oddities: frozenset[Oddity]


def read(data: bytes) -> GostReading:
    """What the code says. Raises NotPaymentCode, UnknownVersion, BrokenCode, TooMuch; never anything else."""
    if len(data) > LARGEST:
        raise TooMuch
    odd: set[Oddity] = set()
    plain = _without_marks(data)
    header = _HEADER.match(plain)
    if header is None and plain[:6].upper() == b"ST0001":
        raise BrokenCode
    if header is None:
        raise NotPaymentCode(_kind(plain))
    if header[1] != b"0001":
        raise UnknownVersion(header[1].decode())
    if plain != data:
        odd.add(Oddity.MARKS)
    encoding, text = _decode(plain[header.end() :], (header[2] or b"").decode(), odd)
    payment = _payment(_values(text, header[3].decode(), odd), odd)
    return GostReading(payment, encoding, frozenset(odd))


def _without_marks(data: bytes) -> bytes:
    return data.removeprefix(_BOM).lstrip(b" \t\r\n\x00")


def _kind(data: bytes) -> OtherKind:
    text = data.decode("utf-8", "replace").strip().casefold()
    if not text:
        return OtherKind.EMPTY
    if re.match(r"(https?://)?(qr|sub)\.nspk\.ru\b", text):
        return OtherKind.FAST_PAYMENT
    if re.match(r"[a-z][a-z0-9+.-]*://|www\.", text):
        return OtherKind.ADDRESS
    return OtherKind.DIGITS if re.fullmatch(r"[\d\s-]+", text) else OtherKind.OTHER


def _decode(body: bytes, declared: str, odd: set[Oddity]) -> tuple[Encoding, str]:
    """The text, in the encoding that makes sense: the declared one unless another plainly does."""
    texts = {encoding: text for encoding in Encoding if (text := _try(body, encoding)) is not None}
    best = max(texts, key=lambda encoding: (_sense(texts[encoding], encoding), encoding == declared))
    if best != declared:
        odd.add(Oddity.ENCODING)
    return best, texts[best]


def _try(body: bytes, encoding: Encoding) -> str | None:
    try:
        return body.decode(encoding.codec, "strict" if encoding is Encoding.UTF_8 else "replace")
    except UnicodeDecodeError:
        return None


def _sense(text: str, encoding: Encoding) -> int:
    """2: has words that bills have; 1: could hardly be UTF-8 by chance; 0: nothing speaks for it."""
    low = text.casefold()
    if any(word in low for word in _TELLING):
        return 2
    beyond = sum(len(char.encode()) for char in text if char > "\x7f")
    return int(encoding is Encoding.UTF_8 and beyond >= _LONE_UTF_8)


def _values(text: str, separator: str, odd: set[Oddity]) -> dict[str, str]:
    """The values by key as it was written; the first of a repeated key that says something."""
    found: dict[str, str] = {}
    written: dict[str, str] = {}
    for key, value in _pairs(text, separator, odd):
        if key.casefold() in written:
            odd.add(Oddity.REPEATED)
        first = written.setdefault(key.casefold(), key)
        found[first] = found.get(first) or value
    return found


def _pairs(text: str, separator: str, odd: set[Oddity]) -> Iterator[tuple[str, str]]:
    """Keys and values, split at the first «=»; a piece without a key belongs to the value before it."""
    key, value = "", ""
    pieces = text.rstrip("\r\n\x00 ").split(separator)
    if len(pieces) > 1 and not pieces[-1].strip():
        odd.add(Oddity.TRAILING)
        pieces.pop()
    for piece in pieces:
        name, equals, said = piece.partition("=")
        if match := _KEY.fullmatch(name) if equals else None:
            if key:
                yield key, trim(value)
            key, value = match[1], said
        elif piece.strip():
            odd.add(Oddity.STRAY)
            value += separator + piece
    if key:
        yield key, trim(value)


def _payment(values: dict[str, str], odd: set[Oddity]) -> GostPayment:
    known = {_FIELDS[key.casefold()][0]: value for key, value in values.items() if key.casefold() in _FIELDS}
    others = {key: value for key, value in values.items() if key.casefold() not in _FIELDS and value}
    if not any(known.get(name) for name in ("name", "personal_acc", "payee_inn")):
        raise BrokenCode
    _note_form(list(values), known, odd)
    texts = {name: value for name, value in known.items() if name not in (*_AMOUNTS, "period")}
    period = read_period(known.get("period", ""))
    if known.get("period") and period is None:
        odd.add(Oddity.BAD_PERIOD)
        others["PaymPeriod"] = known["period"]
    return GostPayment(
        **texts,
        sum_minor=_amount(known.get("sum_minor", ""), odd),
        add_amount_minor=_amount(known.get("add_amount_minor", ""), odd),
        period=period,
        others=others,
    )


def _note_form(keys: list[str], known: dict[str, str], odd: set[Oddity]) -> None:
    """Note what the standard would not have let pass about the keys."""
    if any(key != _FIELDS[key.casefold()][1] for key in keys if key.casefold() in _FIELDS):
        odd.add(Oddity.KEY_CASE)
    if not all(known.get(name) for name in REQUIRED):
        odd.add(Oddity.MISSING)
    elif [_FIELDS.get(key.casefold(), ("",))[0] for key in keys[: len(REQUIRED)]] != list(REQUIRED):
        odd.add(Oddity.ORDER)


def _amount(text: str, odd: set[Oddity]) -> int | None:
    if not text:
        return None
    amount = read_amount(text)
    if amount is None:
        odd.add(Oddity.BAD_AMOUNT)
    elif not text.isdigit():
        odd.add(Oddity.SUM_WITH_FRACTION)
    return amount
