"""How a sum splits over what is owed. Pure rules: no tables, no I/O."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from itertools import groupby
from typing import Any
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

    What was paid elsewhere has no allocation here: it counts as having paid the oldest bills first,
    each with its penalty. Somebody who pays every bill owes no penalty of last year.
    """
    lines = [line for line in lines if line.open_minor > 0]
    rest = max(sum(line.open_minor for line in lines) - max(balance_minor, 0), 0)
    paid: dict[UUID, int] = {}
    for same in _grouped(lines, lambda line: (line.period, line.kind is ChargeKind.PENALTY)):
        taken = min(rest, sum(line.open_minor for line in same))
        paid |= {part.charge_id: part.amount_minor for part in _split(taken, same) if part.charge_id}
        rest -= taken
    reduced = (replace(line, open_minor=line.open_minor - paid.get(line.charge_id, 0)) for line in lines)
    return [line for line in reduced if line.open_minor > 0]


def net_of_credits(amounts: Sequence[tuple[ChargeKind, int]]) -> list[int]:
    """The amounts of one bill with the negative ones taken off the others; none is negative then.

    A recalculation larger than its charge first reduces the other lines of its kind, pro rata with
    the largest remainder, then those of the other kind. What is still left is an advance: the
    balance of the account knows it.
    """
    left = [max(amount, 0) for _kind, amount in amounts]
    over = 0
    for kind in ChargeKind:
        credit = -sum(amount for of, amount in amounts if of is kind and amount < 0)
        left, rest = _reduced(left, credit, [of is kind for of, _amount in amounts])
        over += rest
    left, _advance = _reduced(left, over, [True] * len(left))
    return left


def _reduced(amounts: list[int], credit: int, may: list[bool]) -> tuple[list[int], int]:
    """The amounts less the credit where they may be reduced, and what of the credit is left."""
    weights = [amount if allowed else 0 for amount, allowed in zip(amounts, may, strict=True)]
    taken = min(credit, sum(weights))
    shares = split_largest_remainder(taken, weights) if taken else [0] * len(weights)
    return [amount - share for amount, share in zip(amounts, shares, strict=True)], credit - taken


def _rounds(lines: Iterable[OpenLine], named: date | None) -> Iterator[list[OpenLine]]:
    """The lines in groups that are paid one after the other."""

    def turn(line: OpenLine) -> tuple[bool, bool, date]:
        return (line.period != named, line.kind is ChargeKind.PENALTY, line.period)

    yield from _grouped((line for line in lines if line.open_minor > 0), turn)


def _grouped(lines: Iterable[OpenLine], turn: Callable[[OpenLine], Any]) -> Iterator[list[OpenLine]]:
    for _, group in groupby(sorted(lines, key=turn), key=turn):
        yield list(group)


def _split(amount_minor: int, lines: list[OpenLine]) -> list[Part]:
    shares = split_largest_remainder(amount_minor, [line.open_minor for line in lines])
    shared = zip(lines, shares, strict=True)
    return [Part(_part_kind(line), line.charge_id, share) for line, share in shared if share]


def _part_kind(line: OpenLine) -> PartKind:
    return PartKind.PENALTY if line.kind is ChargeKind.PENALTY else PartKind.CHARGE
