"""What a person's payments say about whether the person may go."""

from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.payments.models import Payment, PaymentState

UNFINISHED = (PaymentState.CREATED, PaymentState.PENDING, PaymentState.REVIEW)


async def unfinished_payments(resident_id: UUID, *, session: AsyncSession) -> list[int]:
    """The numbers of payments of which it is not known yet where the money is."""
    open_ones = (
        select(Payment.number)
        .where(Payment.resident_id == resident_id, col(Payment.state).in_(UNFINISHED))
        .order_by(col(Payment.number))
    )
    return [number for number in await session.exec(open_ones) if number is not None]
