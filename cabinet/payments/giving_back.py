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
from cabinet.payments.models import (
    Allocation,
    AllocationKind,
    Deallocation,
    Dispute,
    DisputeState,
    Payment,
    PaymentItem,
    PaymentState,
)
from cabinet.payments.rows import gone_from_item, items_of, taken_back
from cabinet.payments.settlement import allocated

CREDITED = frozenset({PaymentState.SUCCEEDED, PaymentState.DISPUTED, PaymentState.LOST})
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
    """What is left of each credited item: its sum less what was taken back and did not return."""
    rows = await session.exec(
        select(PaymentItem.id, PaymentItem.amount_minor - gone_from_item()).where(
            col(PaymentItem.id).in_([item.id for item in items])
        )
    )
    return {item_id: int(amount) for item_id, amount in rows.all()}


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


async def allocate_again(refund_id: UUID, *, session: AsyncSession) -> None:
    """Put what a failed refund had taken where it can lie now; to be called before its lines are undone.

    Each part goes to what is still open of its old charge; what was paid otherwise meanwhile is an advance.
    """
    rows = await session.exec(
        select(Allocation, Deallocation.amount_minor, PaymentItem.account_id)
        .join(Deallocation, col(Deallocation.allocation_id) == col(Allocation.id))
        .join(PaymentItem, col(PaymentItem.id) == col(Allocation.item_id))
        .where(Deallocation.refund_id == refund_id)
        .order_by(col(Allocation.id))
    )
    returned = list(rows.all())
    open_minor = await _open_of_charges({account_id for _one, _amount, account_id in returned}, session)
    for one, amount_minor, _account_id in returned:
        fits = min(amount_minor, open_minor.get(one.charge_id, 0)) if one.charge_id else 0
        if fits:
            open_minor[one.charge_id] -= fits
            session.add(_again(one, one.kind, one.charge_id, fits))
        if amount_minor > fits:
            session.add(_again(one, AllocationKind.ADVANCE, None, amount_minor - fits))
    await session.flush()


async def _open_of_charges(account_ids: set[UUID], session: AsyncSession) -> dict[UUID | None, int]:
    wanted = sorted(account_ids)
    await ledger.lock_balances(wanted, session=session)
    lines = await billing.open_lines(wanted, await allocated(wanted, session), session=session)
    return {line.charge_id: line.open_minor for found in lines.values() for line in found}


def _again(old: Allocation, kind: AllocationKind, charge_id: UUID | None, amount_minor: int) -> Allocation:
    return Allocation(item_id=old.item_id, kind=kind, charge_id=charge_id, amount_minor=amount_minor)


async def follow_disputes(payment: Payment, *, session: AsyncSession) -> None:
    """Bring a locked, credited payment to the state that its disputes ask for.

    Disputed while a bank decides; lost when a bank took back and nothing is left; else succeeded.
    """
    if payment.state not in CREDITED:
        return
    await session.flush()
    rows = await session.exec(select(Dispute.state).where(Dispute.payment_id == payment.id))
    found = set(rows.all())
    if DisputeState.OPEN in found:
        payment.state = PaymentState.DISPUTED
    elif DisputeState.LOST in found and not await left_of_payment(payment, session=session):
        payment.state = PaymentState.LOST
    else:
        payment.state = PaymentState.SUCCEEDED
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
