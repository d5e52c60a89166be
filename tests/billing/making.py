"""A resident with a proved account and its bills."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.models import AccountLink, LinkLevel
from cabinet.billing.lines import ChargeLine, Figures, price_minor
from cabinet.billing.models import ChargeKind
from cabinet.billing.service import issue_bill
from cabinet.kit.dates import add_months, month_of, now
from tests.accounts.making import make_account, make_provider, make_resident

LAST = add_months(month_of(now().date()), -1)
"""The month of the newest bill, so that letters count it as news."""


def gas(volume: str, tariff: str = "8", recalculation: int = 0) -> ChargeLine:
    numbers = (Decimal(volume), Decimal(tariff))
    return ChargeLine(
        "Газ",
        price_minor(*numbers) + recalculation,
        volume=numbers[0],
        unit="м³",
        tariff=numbers[1],
        recalculation_minor=recalculation,
    )


def penalty(amount: int) -> ChargeLine:
    return ChargeLine("Пени", amount, ChargeKind.PENALTY)


async def make_home(
    session: AsyncSession, level: LinkLevel = LinkLevel.FULL, number: str = "37000001"
) -> tuple[UUID, UUID]:
    """A resident and an account of theirs."""
    account_id = await make_account(session, await make_provider(session), number)
    alice = await make_resident(session)
    await link(session, alice, account_id, level)
    return alice, account_id


async def link(
    session: AsyncSession, resident_id: UUID, account_id: UUID, level: LinkLevel = LinkLevel.FULL
) -> AccountLink:
    row = AccountLink(resident_id=resident_id, account_id=account_id, level=level)
    session.add(row)
    await session.flush()
    return row


async def bill(
    session: AsyncSession,
    account_id: UUID,
    *lines: ChargeLine,
    period: date = LAST,
    figures: Figures | None = None,
) -> UUID:
    due_on = add_months(period, 1).replace(day=15)
    return (await issue_bill(account_id, period, due_on, lines, session=session, figures=figures)).id
