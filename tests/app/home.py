"""What a resident has: accounts with debts, a meter, a payment under way; every word of it can be searched for."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID, uuid4

from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.models import AccountLink
from cabinet.accounts.service import open_account
from cabinet.billing import service as billing
from cabinet.billing.service import ChargeLine
from cabinet.database import unit_of_work
from cabinet.kit.text import group_digits
from cabinet.payments import service as payments
from cabinet.payments.service import Wish
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
    words: tuple[str, ...]

    def is_in(self, text: str) -> list[str]:
        """Which of the words stand in the text."""
        return [word for word in self.words if word in text]


def furnish(house: House, who: Signed) -> Home:
    """Give the person one account with a debt, a meter, an own name for it, and an open payment."""
    return house.run(_furnish, who)


async def _furnish(who: Signed) -> Home:
    secret = uuid4().hex[:6]
    async with unit_of_work() as session:
        provider = await make_provider(session, name_en=f"Spring {secret}")
        number = f"37{int(secret, 16) % 1_000_000:06d}"
        account_id = await add_account(session, provider.id, who.id, number, own_name=f"Dacha {secret}")
        [zone_id] = await make_meter(session, account_id, serial=f"serial-{secret}")
    started = await payments.start_payment(who.id, [Wish(account_id)], attempt=secret, locale="ru")
    words = (
        f"Spring {secret}",
        f"Dacha {secret}",
        f"serial-{secret}",
        group_digits(number),
        started.url,
        who.email,
    )
    return Home(
        provider.id, provider.name, account_id, number, zone_id, started.payment_id, started.url, words
    )


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
