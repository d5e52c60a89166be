"""How a payment splits, before and after it is made: periods, services, penalty, advance."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.billing import service as billing
from cabinet.billing.service import OpenLine, Part, PartKind
from cabinet.i18n import _
from cabinet.kit.dates import say_month
from cabinet.payments.models import Allocation
from cabinet.payments.rows import taken_back
from cabinet.payments.settlement import allocated


@dataclass(frozen=True, slots=True)
class SplitPart:
    """A part of a sum in minor units; an advance has neither charge nor period nor service."""

    kind: PartKind
    charge_id: UUID | None
    period: date | None
    service: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class OpenPeriod:
    """A month that is not paid yet, and what is left of it in minor units."""

    period: date
    open_minor: int


async def open_debts(account_ids: Iterable[UUID], *, session: AsyncSession) -> dict[UUID, list[OpenLine]]:
    """What is still owed of each charge, less what payments made here have paid; what settling reads too."""
    wanted = list(account_ids)
    return await billing.open_lines(wanted, await allocated(wanted, session), session=session)


def preview_split(amount_minor: int, lines: Sequence[OpenLine], period: date | None) -> list[SplitPart]:
    """How the sum would be stored if it were paid now, the oldest period first, the advance last."""
    by_charge = {line.charge_id: line for line in lines}
    parts = billing.allocate(amount_minor, lines, period)
    return sorted(
        (_part(part, by_charge[part.charge_id] if part.charge_id else None) for part in parts), key=_turn
    )


def open_periods(lines: Sequence[OpenLine]) -> list[OpenPeriod]:
    """The months that owe something, the oldest first."""
    found: dict[date, int] = {}
    for line in lines:
        found[line.period] = found.get(line.period, 0) + line.open_minor
    return [OpenPeriod(period, found[period]) for period in sorted(found)]


def say_part(part: SplitPart) -> str:
    """What a part pays, in words: «Газ, октябрь 2026»."""
    if part.period is None:
        return _("Advance: stays on the account")
    service = part.service or (_("Penalty") if part.kind is PartKind.PENALTY else _("Charges"))
    return f"{service}, {say_month(part.period)}"


async def stored_splits(item_ids: Iterable[UUID], *, session: AsyncSession) -> dict[UUID, list[SplitPart]]:
    """How items were split, less what refunds and lost disputes took back; two queries."""
    wanted = list(item_ids)
    taken = taken_back()
    rows = await session.exec(
        select(Allocation, Allocation.amount_minor - func.coalesce(taken.c.amount_minor, 0))
        .outerjoin(taken, taken.c.allocation_id == Allocation.id)
        .where(col(Allocation.item_id).in_(wanted))
    )
    kept = [(allocation, int(left)) for allocation, left in rows.all() if left]
    names = await billing.charge_names([a.charge_id for a, _left in kept if a.charge_id], session=session)
    found: dict[UUID, list[SplitPart]] = {item_id: [] for item_id in wanted}
    for allocation, left in kept:
        name = names[allocation.charge_id] if allocation.charge_id else None
        found[allocation.item_id].append(
            SplitPart(
                PartKind(allocation.kind.value),
                allocation.charge_id,
                name.period if name else None,
                name.service if name else "",
                left,
            )
        )
    return {item_id: sorted(parts, key=_turn) for item_id, parts in found.items()}


def _part(part: Part, line: OpenLine | None) -> SplitPart:
    return SplitPart(
        kind=part.kind,
        charge_id=part.charge_id,
        period=line.period if line else None,
        service=line.service if line else "",
        amount_minor=part.amount_minor,
    )


def _turn(part: SplitPart) -> tuple[date, bool, str]:
    return (part.period or date.max, part.kind is PartKind.PENALTY, part.service)
