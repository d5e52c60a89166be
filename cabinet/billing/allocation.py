"""How a sum splits over what is owed. Pure rules: no tables, no I/O."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from itertools import groupby
from uuid import UUID

from cabinet.billing.models import ChargeKind
from cabinet.kit.money import split_largest_remainder


@dataclass(frozen=True, slots=True)
class OpenLine:
    """What is still owed of one charge, in minor units."""

    charge_id: UUID
    period: date
    due_on: date
    kind: ChargeKind
    service: str
    open_minor: int


class PartKind(StrEnum):
    """What a part of a sum pays."""

    CHARGE = "charge"
    PENALTY = "penalty"
    ADVANCE = "advance"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a sum, in minor units; an advance belongs to no charge."""

    kind: PartKind
    charge_id: UUID | None
    amount_minor: int


def allocate(amount_minor: int, open_lines: Sequence[OpenLine], period: date | None) -> list[Part]:
    """Split the sum; the parts are positive and add up to it (ПП 354, п. 118; ГК РФ, ст. 319).

    The period that the payer named comes first, with its penalty. Then debt before penalty, the
    oldest period first, pro rata over the services of a bill with the largest remainder. What is
    left is an advance.
    """
    parts: list[Part] = []
    rest = amount_minor
    for lines in _rounds(open_lines, period):
        taken = min(rest, sum(line.open_minor for line in lines))
        parts += _split(taken, lines)
        rest -= taken
    if rest > 0:
        parts.append(Part(PartKind.ADVANCE, None, rest))
    return parts


def open_lines_within(balance_minor: int, lines: Sequence[OpenLine]) -> list[OpenLine]:
    """The lines reduced until they owe no more than the balance.

    What was paid elsewhere has no allocation here: it counts as having paid the oldest first.
    """
    lines = [line for line in lines if line.open_minor > 0]
    paid_elsewhere = sum(line.open_minor for line in lines) - max(balance_minor, 0)
    paid = {part.charge_id: part.amount_minor for part in allocate(max(paid_elsewhere, 0), lines, None)}
    reduced = (replace(line, open_minor=line.open_minor - paid.get(line.charge_id, 0)) for line in lines)
    return [line for line in reduced if line.open_minor > 0]


def _rounds(lines: Iterable[OpenLine], named: date | None) -> Iterator[list[OpenLine]]:
    """The lines in groups that are paid one after the other."""

    def turn(line: OpenLine) -> tuple[bool, bool, date]:
        return (line.period != named, line.kind is ChargeKind.PENALTY, line.period)

    owed = sorted((line for line in lines if line.open_minor > 0), key=turn)
    for _, group in groupby(owed, key=turn):
        yield list(group)


def _split(amount_minor: int, lines: list[OpenLine]) -> list[Part]:
    shares = split_largest_remainder(amount_minor, [line.open_minor for line in lines])
    shared = zip(lines, shares, strict=True)
    return [Part(_part_kind(line), line.charge_id, share) for line, share in shared if share]


def _part_kind(line: OpenLine) -> PartKind:
    return PartKind.PENALTY if line.kind is ChargeKind.PENALTY else PartKind.CHARGE
