"""What residents do with saved cards and autopay, and the rounds that charge them."""

from datetime import timedelta
from random import Random
from uuid import UUID

from cabinet.access import service as access
from cabinet.accounts import service as accounts
from cabinet.autopay import service as autopay
from cabinet.autopay.detaching import detach_card
from cabinet.autopay.models import AutopayMode
from cabinet.autopay.orders import LAST_DAY
from cabinet.autopay.service import OrderWish
from cabinet.database import read_only, unit_of_work
from cabinet.kit.dates import today_in
from cabinet.simulation.bank import Bank
from cabinet.simulation.companies import ZONE

CARDS = {
    "success": 8,
    "declined_when_charged": 2,
    "always_authenticate": 2,
    "delayed": 2,
    "dispute": 1,
    "refund_pending": 1,
    "refund_fails": 1,
    "authentication": 1,
    "declined": 1,
}
"""What banks do with the cards that people save, and how often."""


async def add_card(bank: Bank, resident_id: UUID, card: str, *, comes_back: bool = True) -> None:
    """Save a card on the hosted page, past the bank's question; who does not come back leaves it to the event.

    Raises CabinetError: TooManyTries, ProcessorDown, CardRefused, CardNotSaved.
    """
    url = await autopay.start_adding(resident_id, locale="ru")
    await bank.type_card(url, card)
    await bank.answer_bank(url, approve=True)
    if comes_back:
        await autopay.finish_adding(resident_id, url.rpartition("/")[2])


async def has_card(resident_id: UUID) -> bool:
    """Whether the resident keeps a card."""
    async with read_only() as session:
        return bool(await autopay.cards_of(resident_id, session=session))


async def give_order(resident_id: UUID, account_id: UUID, rng: Random) -> bool:
    """Give a standing order with one of the cards: for a day that comes soon, or for bills. False without a card."""
    day = today_in(ZONE) + timedelta(days=rng.randint(1, 4))
    by_bill = day.day > LAST_DAY or rng.random() < 0.5
    async with unit_of_work() as session:
        cards = await autopay.cards_of(resident_id, session=session)
        if not cards:
            return False
        wish = OrderWish(
            card_id=rng.choice(cards).id,
            mode=AutopayMode.BILL if by_bill else AutopayMode.DAY,
            day=min(day.day, LAST_DAY),
            limit=str(rng.choice((500, 50_000, 50_000, 50_000))),
            agrees=True,
        )
        await autopay.start_autopay(resident_id, account_id, wish, locale="ru", session=session)
    return True


async def change_mind(resident_id: UUID, rng: Random) -> str:
    """Pause an order, resume or stop it; returns what was done."""
    async with unit_of_work() as session:
        orders = await autopay.autopays_of(resident_id, session=session)
        if not orders:
            return ""
        order = rng.choice(orders)
        if order.is_paused:
            await autopay.resume_autopay(resident_id, order.id, session=session)
            return "resumed"
        if rng.random() < 0.5:
            await autopay.pause_autopay(resident_id, order.id, session=session)
            return "paused"
        await autopay.stop_autopay(resident_id, order.id, session=session)
        return "stopped"


async def remove_card(resident_id: UUID, rng: Random) -> bool:
    """Remove a card; the job lets the processor forget it."""
    async with unit_of_work() as session:
        cards = await autopay.cards_of(resident_id, session=session)
        if not cards:
            return False
        card = rng.choice(cards)
        await autopay.remove_card(resident_id, card.id, session=session)
    await detach_card(str(card.id))
    return True


async def unlink(resident_id: UUID, account_id: UUID) -> None:
    """End the access to an account and its order, as the page does. Raises NotFound."""
    async with unit_of_work() as session:
        await access.unlink(resident_id, account_id, session=session)


async def make_rounds() -> None:
    """What the jobs of autopay do every few minutes."""
    await autopay.announce_turns()
    await autopay.charge_turns()
    await autopay.follow_turns()


async def linked_ids(resident_id: UUID) -> list[UUID]:
    """The accounts that the resident has now."""
    async with read_only() as session:
        return [one.account_id for one in await accounts.linked_accounts(resident_id, session=session)]
