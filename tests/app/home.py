"""What a resident has: accounts with debts, a meter, a payment under way, a card with autopay; every word of it
can be searched for."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID, uuid4

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.models import AccountLink
from cabinet.accounts.service import open_account
from cabinet.autopay import service as autopay
from cabinet.autopay.cards import card_name
from cabinet.autopay.models import AutopayMode, SavedCard
from cabinet.autopay.service import OrderWish
from cabinet.billing import service as billing
from cabinet.billing.models import Bill
from cabinet.billing.service import ChargeLine
from cabinet.database import unit_of_work
from cabinet.keys.personal_models import PersonalToken, PersonalTokenLink
from cabinet.kit.text import group_digits
from cabinet.payments import service as payments
from cabinet.payments.service import Wish
from cabinet.residents.models import LoginSession
from cabinet.support import service as support
from tests.accounts.making import make_meter, make_provider
from tests.app.house import House, Signed


@dataclass(frozen=True)
class Home:
    """Ids of what belongs to one resident, and the words that nobody else may read."""

    provider_id: UUID
    provider: str
    account_id: UUID
    number: str
    zone_id: UUID
    payment_id: UUID
    payment_url: str
    card_id: UUID
    order_id: UUID
    bill_id: UUID
    token_id: UUID
    request_id: UUID
    session_id: UUID
    words: tuple[str, ...]

    def is_in(self, text: str) -> list[str]:
        """Which of the words stand in the text."""
        return [word for word in self.words if word in text]


def furnish(house: House, who: Signed) -> Home:
    """Give the person one account with a debt, a meter, an own name, an open payment, and autopay."""
    return house.run(_furnish, who)


async def _furnish(who: Signed) -> Home:
    secret = uuid4().hex[:6]
    async with unit_of_work() as session:
        provider = await make_provider(session, name_en=f"Spring {secret}")
        number = f"37{int(secret, 16) % 1_000_000:06d}"
        account_id = await add_account(session, provider.id, who.id, number, own_name=f"Dacha {secret}")
        [zone_id] = await make_meter(session, account_id, serial=f"serial-{secret}")
        card = await add_card(session, who.id, last4=f"{int(secret, 16) % 10_000:04d}")
        wish = OrderWish(card.id, AutopayMode.DAY, 10, "5000", agrees=True)
        [bill_id] = await session.exec(select(Bill.id).where(Bill.account_id == account_id))
        order_id = await autopay.start_autopay(who.id, account_id, wish, locale="ru", session=session)
        subject = f"Question {secret}"
        ticket = await support.open_ticket(who.email, subject, subject, [], who.id, "ru", session=session)
    started = await payments.start_payment(who.id, [Wish(account_id)], attempt=secret, locale="ru")
    async with unit_of_work() as session:
        token_id = await add_token(session, who.id, account_id, name=f"Smart home {secret}")
        own_sessions = await session.exec(
            select(LoginSession.id).where(LoginSession.resident_id == who.id).limit(1)
        )
        session_id = own_sessions.one()
    words = (
        f"Spring {secret}",
        f"Dacha {secret}",
        f"serial-{secret}",
        group_digits(number),
        started.url,
        who.email,
        card_name(card.brand, card.last4),
        f"Smart home {secret}",
        subject,
    )
    return Home(
        provider.id,
        provider.name,
        account_id,
        number,
        zone_id,
        started.payment_id,
        started.url,
        card.id,
        order_id,
        bill_id,
        token_id,
        ticket.id,
        session_id,
        words,
    )


async def add_card(session: AsyncSession, resident_id: UUID, last4: str) -> SavedCard:
    """A saved card, such as the processor's page leaves behind."""
    card = SavedCard(
        resident_id=resident_id,
        method_ref=f"pm_{uuid4().hex}",
        brand="visa",
        last4=last4,
        exp_month=12,
        exp_year=2034,
    )
    session.add(card)
    await session.flush()
    return card


async def add_token(session: AsyncSession, resident_id: UUID, account_id: UUID, name: str) -> UUID:
    """A personal token for a program."""
    rows = await session.exec(
        select(AccountLink.id).where(
            AccountLink.resident_id == resident_id, AccountLink.account_id == account_id
        )
    )
    token = PersonalToken(
        resident_id=resident_id, name=name, token_hash=uuid4().bytes, prefix="me_test", may_look=True
    )
    session.add(token)
    await session.flush()
    session.add(PersonalTokenLink(token_id=token.id, link_id=rows.one()))
    return token.id


async def add_account(
    session: AsyncSession, provider_id: UUID, resident_id: UUID, number: str, own_name: str = ""
) -> UUID:
    """A linked account that owes 1 500,00."""
    address = "г. Тест, ул. Садовая, д. 12, кв. 34"
    account_id = await open_account(provider_id, number, session=session, owner_name="Ёлкин", address=address)
    session.add(AccountLink(resident_id=resident_id, account_id=account_id, own_name=own_name))
    period = date(2026, 9, 1)
    line = ChargeLine("Вода", 150_000)
    await billing.issue_bill(account_id, period, period + timedelta(days=44), [line], session=session)
    return account_id
