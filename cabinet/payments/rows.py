"""The rows of a payment, fetched in the one way that is safe to decide upon."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.errors import NotFound
from cabinet.payments.models import Payment, PaymentItem


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
