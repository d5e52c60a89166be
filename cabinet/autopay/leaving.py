"""The end of somebody's cards and standing orders, when their cabinet is deleted."""

from uuid import UUID

from sqlmodel import col, delete, update
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.autopay.cards import cards_of
from cabinet.autopay.models import ProcessorCustomer, SavedCard
from cabinet.autopay.orders import remove_card


async def forget_cards(resident_id: UUID, *, session: AsyncSession) -> None:
    """End the orders and detach the cards at the processor; what told one card from another goes.

    The reference stays until the job has detached it. The consents to autopay stay with the payments they explain.
    """
    for card in await cards_of(resident_id, session=session):
        await remove_card(resident_id, card.id, session=session)
    of_person = update(SavedCard).where(col(SavedCard.resident_id) == resident_id)
    await session.exec(of_person.values(brand="", last4="", exp_month=0, exp_year=0))
    await session.exec(delete(ProcessorCustomer).where(col(ProcessorCustomer.resident_id) == resident_id))
