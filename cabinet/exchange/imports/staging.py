"""From a file to rows that COPY takes: checked one by one, in blocks of bounded size. Blocks: call it in a thread."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from cabinet.accounts.identifiers import clean_els, clean_fias
from cabinet.accounts.registering import LONGEST_ADDRESS, LONGEST_NAME
from cabinet.exchange.imports import rejections as no
from cabinet.exchange.rows import BadRow, ChargeValue, MeterValue, RegistryRow
from cabinet.kit.dates import now
from cabinet.kit.text import fold
from cabinet.meters.models import MeterKind
from cabinet.meters.registering import LONGEST_SERIAL, MOST_ZONES
from cabinet.providers.numbers import match_number

LARGEST_MINOR = 10**11
_FIRST, _AHEAD = date(2000, 1, 1), timedelta(days=366)
_KINDS = frozenset(kind.value for kind in MeterKind)
_DETAIL = 500

COPY = """
COPY import_row (import_id, line, number, owner_name, address, els, fias, search_key, service, balance_minor, posted,
    meters, charges) FROM STDIN
"""
COPY_REJECTIONS = "COPY import_rejection (import_id, line, number, code, detail) FROM STDIN"


@dataclass(slots=True)
class Block:
    """Some rows on their way: what COPY takes, and what they came to."""

    copy: bytes = b""
    rejected: bytes = b""
    rows: int = 0
    bad: int = 0
    balance_minor: int = 0
    characters: int = 0
    lines: list[str] = field(default_factory=list[str])
    refused: list[str] = field(default_factory=list[str])


class _Refused(Exception):
    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code, self.detail = code, detail


class Stager:
    """Turns the rows of a file into lines of COPY."""

    def __init__(
        self, rows: Iterator[RegistryRow | BadRow], import_id: str, pattern: str, example: str, today: date
    ) -> None:
        self._rows, self._id, self._today = rows, import_id, today
        self._pattern, self._example = pattern, example

    def next_block(self, size: int) -> Block:
        """Up to `size` rows; one without rows is the end."""
        block = Block()
        for row in self._rows:
            self._take(row, block)
            if block.rows >= size:
                break
        block.copy = "".join(block.lines).encode()
        block.rejected = "".join(block.refused).encode()
        block.lines.clear()
        block.refused.clear()
        return block

    def _take(self, row: RegistryRow | BadRow, block: Block) -> None:
        block.rows += 1
        block.characters += len(row.source) + 1
        if isinstance(row, BadRow):
            self._refuse(block, row.line, "", no.UNREADABLE, row.reason)
            return
        block.balance_minor += row.balance_minor or 0
        try:
            block.lines.append(self._line(row))
        except _Refused as refused:
            self._refuse(block, row.line, row.number, refused.code, refused.detail)

    def _refuse(self, block: Block, line: int, number: str, code: str, detail: str) -> None:
        block.bad += 1
        said = (_plain(number)[:80], code, _plain(detail)[:_DETAIL])
        block.refused.append("\t".join([self._id, str(line), *map(_escape, said)]) + "\n")

    def _line(self, row: RegistryRow) -> str:
        number = match_number(self._pattern, row.number)
        if number is None:
            raise _Refused(no.NUMBER_FORM, self._example)
        owner, address = " ".join(row.owner_name.split()), " ".join(row.address.split())
        if len(owner) > LONGEST_NAME or len(address) > LONGEST_ADDRESS:
            raise _Refused(no.TOO_LONG)
        balance = row.balance_minor
        if balance is not None and not -LARGEST_MINOR <= balance <= LARGEST_MINOR:
            raise _Refused(no.SUM_RANGE)
        fields = (
            self._id,
            str(row.line),
            number,
            _escape(owner),
            _escape(address),
            _els(row.els) if row.els else "",
            _fias(row.fias) if row.fias else "",
            _escape(fold(f"{number} {owner} {address}")),
            _escape(_plain(row.service)) if row.service else "",
            "\\N" if balance is None else str(balance),
            f"{{{','.join(map(str, row.posted))}}}" if row.posted else "\\N",
            _json([_meter(one, self._today) for one in row.meters]) if row.meters else "\\N",
            _json([_charge(one) for one in row.charges]) if row.charges else "\\N",
        )
        return "\t".join(fields) + "\n"


def _escape(text: str) -> str:
    """For COPY; what comes here has no tabs and no line ends."""
    return text.replace("\\", "\\\\") if "\\" in text else text


def _plain(text: str) -> str:
    return " ".join(text.replace("\0", "").split())


def _json(value: Any) -> str:
    return _escape(json.dumps(value, ensure_ascii=False, default=str).replace("\\u0000", ""))


def _els(text: str) -> str:
    els = clean_els(text)
    if els is None:
        raise _Refused(no.BAD_ELS)
    return els


def _fias(text: str) -> str:
    fias = clean_fias(text)
    if fias is None:
        raise _Refused(no.BAD_FIAS)
    return fias


def _meter(one: MeterValue, today: date) -> dict[str, Any]:
    serial = _plain(one.serial)
    if one.kind not in _KINDS or not 0 < len(serial) <= LONGEST_SERIAL:
        raise _Refused(no.BAD_METER, f"{one.kind} {serial}"[:_DETAIL])
    if not 1 <= one.zone <= MOST_ZONES or not 1 <= one.zones <= MOST_ZONES:
        raise _Refused(no.BAD_METER, f"{serial}, T{one.zone}/{one.zones}")
    value = one.value
    if value is not None and not (0 <= value < 10**9 and value == round(value, 3)):
        raise _Refused(no.BAD_READING, serial)
    if one.read_on is not None and not _FIRST <= one.read_on <= today:
        raise _Refused(no.READ_WHEN, f"{serial} ({one.read_on:%d.%m.%Y})")
    return {
        "kind": one.kind,
        "serial": serial,
        "zone": one.zone,
        "zones": max(one.zone, one.zones),
        "due": one.verification_due,
        "value": None if value is None else f"{value:f}",
        "on": one.read_on,
    }


def _charge(one: ChargeValue) -> dict[str, Any]:
    service = _plain(one.service)
    sound = abs(one.amount_minor) <= LARGEST_MINOR and _FIRST <= one.period <= now().date() + _AHEAD
    small = all(value is None or abs(value) < 10**9 for value in (one.volume, one.tariff))
    if not (0 < len(service) <= 120 and sound and small):
        raise _Refused(no.BAD_CHARGE, f"{service} {one.period:%m.%Y}"[:_DETAIL])
    return {
        "period": one.period.replace(day=1),
        "service": service,
        "amount": one.amount_minor,
        "penalty": one.is_penalty,
        "volume": None if one.volume is None else f"{one.volume:f}",
        "unit": one.unit[:16],
        "tariff": None if one.tariff is None else f"{one.tariff:f}",
        "recalculation": one.recalculation_minor,
    }
