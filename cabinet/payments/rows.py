"""The rows of a payment, fetched in the one way that is safe to decide upon."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Subquery, func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.errors import NotFound
from cabinet.payments.models import Deallocation, Payment, PaymentItem, Refund, RefundState


async def lock_payment(payment_id: UUID, *, session: AsyncSession) -> Payment:
    """The payment, locked until the transaction ends. Raises NotFound."""
    rows = await session.exec(
        select(Payment)
        .where(Payment.id == payment_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if payment := rows.first():
        return payment
    raise NotFound


async def lock_payments_of(resident_id: UUID, *, session: AsyncSession) -> None:
    """Let one transaction at a time make payments for this resident, so that two tabs see each other."""
    await session.exec(select(func.pg_advisory_xact_lock(func.hashtextextended(str(resident_id), 0))))


async def lock_on(name: str, *, session: AsyncSession) -> None:
    """Let one transaction at a time do what `name` stands for."""
    await session.exec(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


async def items_of(payment_ids: Sequence[UUID], *, session: AsyncSession) -> dict[UUID, list[PaymentItem]]:
    """The items of each payment, in the order of their accounts: the order in which rows are locked."""
    rows = await session.exec(
        select(PaymentItem)
        .where(col(PaymentItem.payment_id).in_(payment_ids))
        .order_by(col(PaymentItem.account_id))
    )
    found: dict[UUID, list[PaymentItem]] = {payment_id: [] for payment_id in payment_ids}
    for item in rows.all():
        found[item.payment_id].append(item)
    return found


def taken_back() -> Subquery:
    """How much of each allocation refunds and lost disputes took back; failed refunds took nothing."""
    return (
        select(Deallocation.allocation_id, func.sum(Deallocation.amount_minor).label("amount_minor"))
        .outerjoin(Refund, col(Refund.id) == col(Deallocation.refund_id))
        .where(col(Refund.state).is_distinct_from(RefundState.FAILED))
        .group_by(col(Deallocation.allocation_id))
        .subquery()
    )
