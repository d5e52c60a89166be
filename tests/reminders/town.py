"""Residents with meters at providers, in the days of November 2026."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.models import AccountLink, LinkLevel, LinkRole
from cabinet.kit.dates import now
from cabinet.mail.models import Letter
from cabinet.meters.models import Meter, Reading, ReadingSource, ReadingState
from cabinet.providers.service import ProviderView
from cabinet.residents.models import Resident
from tests.accounts.making import make_account, make_meter, make_provider, make_resident

NOVEMBER = date(2026, 11, 1)


def at(day: int, hour: int = 12, month: int = 11) -> datetime:
    """A moment of 2026, in UTC."""
    return datetime(2026, month, day, hour, tzinfo=UTC)


@dataclass
class Home:
    """A resident and their account."""

    resident: Resident
    account_id: UUID
    link: AccountLink
    zones: list[UUID]


class Town:
    """One provider whose window is from the 15th to the 25th, and who lives there."""

    def __init__(self, session: AsyncSession, provider: ProviderView) -> None:
        self.session, self.provider, self.count = session, provider, 0

    async def move_in(self, name: str = "alice", *, of: Home | None = None, **meter: Any) -> Home:
        """Somebody with an account of their own, or one more resident of a home."""
        resident = await self.session.get_one(Resident, await make_resident(self.session, name))
        resident.confirmed_at = now()
        self.count += 1
        number = f"37{self.count:06d}"
        account_id = of.account_id if of else await make_account(self.session, self.provider, number)
        link = AccountLink(
            resident_id=resident.id,
            account_id=account_id,
            level=LinkLevel.FULL,
            role=LinkRole.HELPER if of else LinkRole.OWNER,
            invited_by=of.link.id if of else None,
        )
        self.session.add(link)
        zones = of.zones if of else await make_meter(self.session, account_id, **meter)
        await self.session.flush()
        return Home(resident, account_id, link, zones)

    async def read(self, home: Home, period: date = NOVEMBER, **values: Any) -> None:
        """A reading of the home's first zone."""
        usual: dict[str, Any] = {
            "value": Decimal(100),
            "taken_on": period.replace(day=16),
            "source": ReadingSource.RESIDENT,
            "state": ReadingState.SUBMITTED,
        }
        self.session.add(Reading(zone_id=home.zones[0], period=period, **(usual | values)))
        await self.session.flush()

    async def meter(self, home: Home) -> Meter:
        return (await self.session.exec(select(Meter).where(Meter.account_id == home.account_id))).one()

    async def letters(self) -> list[tuple[str, str]]:
        """Kind and name of the addressee, in the order in which they were written."""
        rows = await self.session.exec(
            select(Letter).where(col(Letter.kind).not_like("confirm%")).order_by(col(Letter.created_at))
        )
        return [(row.kind, row.recipient.partition("-")[0]) for row in rows]


async def found_town(session: AsyncSession, **provider: Any) -> Town:
    values: dict[str, Any] = {"window_from": 15, "window_to": 25, **provider}
    return Town(session, await make_provider(session, **values))
