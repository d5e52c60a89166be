"""Taking credited money back: which accounts, which charges, and which lines of the journal."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts import service as accounts
from cabinet.billing import service as billing
from cabinet.kit.money import split_largest_remainder
from cabinet.ledger import service as ledger
from cabinet.ledger.service import Line
from cabinet.payments.keys import keys_of
from cabinet.payments.models import Allocation, AllocationKind, Deallocation, Payment, PaymentItem
from cabinet.payments.rows import items_of, taken_back

_TURN = {AllocationKind.ADVANCE: 0, AllocationKind.PENALTY: 1, AllocationKind.CHARGE: 2}


@dataclass(frozen=True, slots=True)
class Share:
    """What one account of a payment gives back, in minor units."""

    item: PaymentItem
    provider_id: UUID
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Shares:
    """A sum on its way back: by accounts, and our commission."""

    items: tuple[Share, ...]
    commission_minor: int


@dataclass(frozen=True, slots=True)
class Rest:
    """What is left of an allocation."""

    allocation_id: UUID
    kind: AllocationKind
    period: date
    amount_minor: int


async def share_out(payment: Payment, amount_minor: int, *, session: AsyncSession) -> Shares:
    """Split a sum pro rata over what is left of the items and of the commission.

    What is left is what was credited less what earlier refunds and lost disputes took back, so the
    parts of several refunds never exceed an item and together give back exactly the whole.
    """
    items = (await items_of([payment.id], session=session))[payment.id]
    left = await left_of(items, session=session)
    commission = await _commission_left(payment, session)
    parts = split_largest_remainder(amount_minor, [*(left[item.id] for item in items), commission])
    owners = await accounts.providers_of([item.account_id for item in items], session=session)
    shares = zip(items, parts[:-1], strict=True)
    return Shares(
        tuple(Share(item, owners[item.account_id], part) for item, part in shares if part), parts[-1]
    )


async def left_of(items: Sequence[PaymentItem], *, session: AsyncSession) -> dict[UUID, int]:
    """What is left of each item: its sum less what was taken back."""
    taken = taken_back()
    rows = await session.exec(
        select(Allocation.item_id, func.sum(taken.c.amount_minor))
        .join(taken, taken.c.allocation_id == Allocation.id)
        .where(col(Allocation.item_id).in_([item.id for item in items]))
        .group_by(col(Allocation.item_id))
    )
    gone = {item_id: int(amount) for item_id, amount in rows.all()}
    return {item.id: item.amount_minor - gone.get(item.id, 0) for item in items}


async def left_of_payment(payment: Payment, *, session: AsyncSession) -> int:
    """What is still credited from a payment, with the commission."""
    items = (await items_of([payment.id], session=session))[payment.id]
    return sum((await left_of(items, session=session)).values()) + await _commission_left(payment, session)


async def _commission_left(payment: Payment, session: AsyncSession) -> int:
    posted = await ledger.lines_of(await keys_of(payment.id, session=session), session=session)
    return -sum(
        line.amount_minor for lines in posted.values() for line in lines if line.account == ledger.FEE
    )


def reversal(shares: Shares) -> list[Line]:
    """The lines that undo the crediting of these shares, without the side where the money goes."""
    lines = [Line(ledger.FEE, shares.commission_minor)]
    for share in shares.items:
        lines += [
            Line(ledger.payable(share.provider_id), share.amount_minor),
            Line(ledger.clearing(share.provider_id), -share.amount_minor),
            Line(ledger.receivable(share.item.account_id), share.amount_minor),
        ]
    return lines


async def deallocate(
    shares: Shares,
    *,
    refund_id: UUID | None = None,
    dispute_id: UUID | None = None,
    session: AsyncSession,
) -> None:
    """Write down which allocations gave the money back: advance, penalty, charges; the newest period first."""
    rests = await _rests([share.item.id for share in shares.items], session)
    for share in shares.items:
        for allocation_id, amount_minor in take(rests[share.item.id], share.amount_minor):
            session.add(
                Deallocation(
                    allocation_id=allocation_id,
                    refund_id=refund_id,
                    dispute_id=dispute_id,
                    amount_minor=amount_minor,
                )
            )
    await session.flush()


def take(rests: Sequence[Rest], amount_minor: int) -> list[tuple[UUID, int]]:
    """The allocations that give a sum back, and how much each; a pure rule."""
    taken: list[tuple[UUID, int]] = []
    order = sorted(rests, key=lambda rest: (_TURN[rest.kind], -rest.period.toordinal(), rest.allocation_id))
    for rest in order:
        part = min(amount_minor, rest.amount_minor)
        if part > 0:
            taken.append((rest.allocation_id, part))
            amount_minor -= part
    if amount_minor:
        raise ValueError("more is taken back than was allocated")
    return taken


async def _rests(item_ids: Sequence[UUID], session: AsyncSession) -> dict[UUID, list[Rest]]:
    taken = taken_back()
    rows = await session.exec(
        select(Allocation, func.coalesce(taken.c.amount_minor, 0))
        .outerjoin(taken, taken.c.allocation_id == Allocation.id)
        .where(col(Allocation.item_id).in_(item_ids))
    )
    found = [(allocation, int(gone)) for allocation, gone in rows.all()]
    periods = await billing.periods_of(
        {one.charge_id for one, _gone in found if one.charge_id}, session=session
    )
    rests: dict[UUID, list[Rest]] = {item_id: [] for item_id in item_ids}
    for one, gone in found:
        period = periods[one.charge_id] if one.charge_id else date.min
        rests[one.item_id].append(Rest(one.id, one.kind, period, one.amount_minor - gone))
    return rests
