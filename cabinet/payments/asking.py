"""Asking the processor again how a payment, its refunds and its disputes stand, when staff want to know now."""

from uuid import UUID

from sqlmodel import select

from cabinet.audit.service import record
from cabinet.database import unit_of_work
from cabinet.errors import NotFound
from cabinet.payments import disputes, refunds
from cabinet.payments.models import Payment, Refund
from cabinet.payments.settlement import settle
from cabinet.residents.person import Permission, Person


async def ask_again(payment_id: UUID, *, by: Person, address: str = "") -> None:
    """Bring everything of a payment to what the processor says; safe at any time.

    Raises Forbidden, NotFound, ProcessorDown.
    """
    by.require(Permission.REFUND)
    async with unit_of_work() as session:
        if await session.get(Payment, payment_id) is None:
            raise NotFound
        await record(by.id, "ask_processor", "payment", payment_id, address=address, session=session)
    await settle(payment_id)
    async with unit_of_work() as session:
        known = list(await session.exec(select(Refund.id).where(Refund.payment_id == payment_id)))
    for refund_id in known:
        await refunds.settle_refund(refund_id)
    await refunds.import_refunds(payment_id)
    await disputes.import_disputes(payment_id)
