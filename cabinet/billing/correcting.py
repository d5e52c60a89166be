"""Correcting an issued bill: its lines as the provider says now, and the difference posted once.

A line that payments of ours have paid is never lowered below what they paid: the line stays, and a line of its
own takes the difference off. So every allocation stays true, and what was paid too much is an advance, by the
rules of `net_of_credits` and of the balance. A line that is gone from the bill is lowered to nothing.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.billing.errors import BadBill
from cabinet.billing.issuing import charge_row
from cabinet.billing.lines import ChargeLine, Figures, gap_of, total_of
from cabinet.billing.models import Bill, Charge
from cabinet.billing.views import line_of
from cabinet.i18n import _
from cabinet.kit.dates import now
from cabinet.kit.outcome import Outcome, Registered
from cabinet.ledger.models import JournalKind
from cabinet.ledger.service import Line, clearing, post, receivable

MOST_LINES = 200
LONGEST_SERVICE, LONGEST_UNIT = 120, 16
LARGEST_MINOR = 10**12
_LARGEST = Decimal(10) ** 10
_PLACES = Decimal("0.0001")


@dataclass(slots=True)
class Plan:
    """What becomes of the rows of a bill: which line each keeps, which are added, which go."""

    kept: list[tuple[Charge, ChargeLine]] = field(default_factory=list[tuple[Charge, ChargeLine]])
    added: list[ChargeLine] = field(default_factory=list[ChargeLine])
    lowered: list[tuple[Charge, int]] = field(default_factory=list[tuple[Charge, int]])
    """Paid lines, and what is taken off each by a line of its own (minor units, negative)."""
    dropped: list[Charge] = field(default_factory=list[Charge])


async def correct_bill(
    bill: Bill,
    provider_id: UUID,
    due_on: date,
    lines: Sequence[ChargeLine],
    figures: Figures,
    paid: Mapping[UUID, int],
    *,
    session: AsyncSession,
) -> Registered:
    """Bring the bill to what the provider says and post the difference; the same again changes nothing.

    `paid` says what payments gave to each charge that they ever touched, in minor units. The caller holds the
    balance of the account, so that no payment is split meanwhile. The letter of the bill is not sent again.
    """
    rows = await _rows(bill.id, session)
    was, old = _facts(bill), sum(row.amount_minor for row in rows)
    plan = plan_correction(rows, lines, paid)
    total = total_of(lines)
    _set(bill, due_on, figures, total)
    if not _differs(plan, rows) and was == _facts(bill):
        return Registered(bill.id, Outcome.UNCHANGED)
    bill.corrections, bill.corrected_at = bill.corrections + 1, now()
    await _write(bill.id, plan, rows, session)
    change = [Line(receivable(bill.account_id), total - old), Line(clearing(provider_id), old - total)]
    await post(f"bill:{bill.id}:{bill.corrections}", JournalKind.CHARGE, change, session=session)
    before, after = was | {"total_minor": old}, _facts(bill) | {"total_minor": total}
    return Registered(bill.id, Outcome.CHANGED, before, after)


def plan_correction(rows: Sequence[Charge], lines: Sequence[ChargeLine], paid: Mapping[UUID, int]) -> Plan:
    """Which row of the bill carries which line from now on; a pure rule."""
    plan, waiting = Plan(), defaultdict[tuple[str, str], list[Charge]](list)
    for row in rows:
        if row.corrects_id is None:
            waiting[row.kind, row.service].append(row)
    for line in lines:
        same = waiting[line.kind, line.service]
        if not same:
            plan.added.append(line)
        else:
            _keep(plan, same.pop(0), line, paid)
    for row in (row for left in waiting.values() for row in left):
        if row.id in paid:
            _keep(plan, row, ChargeLine(row.service, 0, row.kind), paid)
        else:
            plan.dropped.append(row)
    return plan


def said_lines(rows: Sequence[Charge]) -> list[ChargeLine]:
    """The lines as the provider said them last: a paid line that was lowered with what was taken off it."""
    taken_off = {row.corrects_id: row.amount_minor for row in rows if row.corrects_id}
    return [
        replace(line_of(row), amount_minor=row.amount_minor + taken_off.get(row.id, 0))
        for row in rows
        if row.corrects_id is None
    ]


def checked_lines(lines: Sequence[ChargeLine]) -> list[ChargeLine]:
    """The lines as they are stored. Raises BadBill with what is wrong."""
    if len(lines) > MOST_LINES:
        raise BadBill({"lines": _("A bill may have up to {count} lines.").format(count=MOST_LINES)})
    for number, line in enumerate(lines, start=1):
        if problem := _problem(line):
            raise BadBill({"lines": _("Line {number}: {problem}").format(number=number, problem=problem)})
    return [replace(line, volume=_stored(line.volume), tariff=_stored(line.tariff)) for line in lines]


def _problem(line: ChargeLine) -> str:
    if not line.service.strip():
        return _("Name the service.")
    if len(line.service) > LONGEST_SERVICE or len(line.unit) > LONGEST_UNIT:
        return _("The name of the service or its unit is too long.")
    if max(abs(line.amount_minor), abs(line.recalculation_minor)) > LARGEST_MINOR:
        return _("The amount is too large.")
    if any(value is not None and not abs(value) < _LARGEST for value in (line.volume, line.tariff)):
        return _("The volume or the tariff is too large.")
    return ""


def _stored(value: Decimal | None) -> Decimal | None:
    return None if value is None else value.quantize(_PLACES)


def _keep(plan: Plan, row: Charge, line: ChargeLine, paid: Mapping[UUID, int]) -> None:
    if paid.get(row.id, 0) > max(line.amount_minor, 0):
        plan.lowered.append((row, line.amount_minor - row.amount_minor))
    else:
        plan.kept.append((row, line))


def _differs(plan: Plan, rows: Sequence[Charge]) -> bool:
    """Whether any row has to be written."""
    taken_off = {row.corrects_id: row.amount_minor for row in rows if row.corrects_id}
    return bool(
        plan.added
        or plan.dropped
        or any(line_of(row) != line for row, line in plan.kept)
        or taken_off != {row.id: amount for row, amount in plan.lowered if amount}
    )


async def _write(bill_id: UUID, plan: Plan, rows: Sequence[Charge], session: AsyncSession) -> None:
    for row in (row for row in rows if row.corrects_id):
        await session.delete(row)
    for row in plan.dropped:
        await session.delete(row)
    for row, line in plan.kept:
        values = charge_row(bill_id, row.position, line).model_dump(exclude={"id", "corrects_id"})
        row.sqlmodel_update(values)
    last = max((row.position for row in rows), default=-1)
    session.add_all(charge_row(bill_id, last + 1 + place, line) for place, line in enumerate(plan.added))
    session.add_all(_taking_off(row, amount) for row, amount in plan.lowered if amount)
    await session.flush()


def _taking_off(row: Charge, amount_minor: int) -> Charge:
    line = ChargeLine(row.service, amount_minor, row.kind, recalculation_minor=amount_minor)
    made = charge_row(row.bill_id, row.position, line)
    made.corrects_id = row.id
    return made


def _set(bill: Bill, due_on: date, figures: Figures, total_minor: int) -> None:
    bill.due_on, bill.number = due_on, figures.number
    bill.opening_minor, bill.paid_minor = figures.opening_minor, figures.paid_minor
    bill.closing_minor, bill.gap_minor = figures.closing_minor, gap_of(figures, total_minor)


def _facts(bill: Bill) -> dict[str, Any]:
    return bill.model_dump(include={"due_on", "number", "opening_minor", "paid_minor", "closing_minor"})


async def _rows(bill_id: UUID, session: AsyncSession) -> list[Charge]:
    rows = await session.exec(
        select(Charge)
        .where(Charge.bill_id == bill_id)
        .order_by(col(Charge.position), col(Charge.id))
        .execution_options(populate_existing=True)
    )
    return list(rows.all())
