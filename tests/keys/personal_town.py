"""Alice at home: an account of the water company with three meters, one elsewhere, and a password."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.models import AccountLink, LinkLevel, LinkRole
from cabinet.accounts.service import open_account
from cabinet.billing.service import ChargeLine, issue_bill
from cabinet.keys import personal
from cabinet.keys.personal import NewToken, TokenWish
from cabinet.keys.personal_models import TokenKind
from cabinet.keys.personal_use import Bearer, find_bearer
from cabinet.kit.dates import add_months, month_of, now
from cabinet.mail.models import Letter
from cabinet.meters.models import MeterKind, Reading, ReadingSource, ReadingState
from cabinet.providers.service import ProviderView
from cabinet.residents.models import Resident
from cabinet.residents.passwords import hash_password
from tests.accounts.making import make_meter, make_provider

PASSWORD = "garden7"
COLD, HOT, LIGHT = "12-345678", "12-345699", "0АВ-987 654"


@dataclass
class Home:
    """Alice's; `dacha` is her other account."""

    provider: ProviderView
    alice: UUID
    email: str
    account_id: UUID
    dacha: UUID
    cold: UUID
    hot: UUID
    day: UUID
    night: UUID

    def wish(self, **values: object) -> TokenWish:
        """A token for the first account that may do everything, unless `values` say otherwise."""
        usual: dict[str, object] = {"name": "Home Assistant", "account_ids": [self.account_id], "send": True}
        return TokenWish(**(usual | values))  # pyright: ignore[reportArgumentType]


async def settle(session: AsyncSession) -> Home:
    """The window of her provider is always open; last month's values are 100, 50, 1000 and 500."""
    provider = await make_provider(session, window_from=1, window_to=31)
    alice = await someone(session, "alice")
    account_id = await _account(session, provider.id, alice, "37000001")
    dacha = await _account(session, provider.id, alice, "37000002")
    [cold] = await _meter(session, account_id, MeterKind.COLD_WATER, COLD, 3, 100)
    [hot] = await _meter(session, account_id, MeterKind.HOT_WATER, HOT, 3, 50)
    day, night = await _meter(session, account_id, MeterKind.ELECTRICITY, LIGHT, 0, 1000, 500)
    email = (await session.get_one(Resident, alice)).email
    return Home(provider, alice, email, account_id, dacha, cold, hot, day, night)


async def someone(session: AsyncSession, name: str) -> UUID:
    """A resident who may sign in with PASSWORD."""
    email = f"{name}@mail.example"
    row = Resident(
        email=email,
        email_key=email,
        password_hash=await hash_password(PASSWORD),
        confirmed_at=now(),
        locale="en",
    )
    session.add(row)
    await session.flush()
    return row.id


async def make(session: AsyncSession, home: Home, **values: object) -> NewToken:
    return await personal.make_token(home.alice, home.wish(**values), PASSWORD, session=session)


async def bearer(session: AsyncSession, made: NewToken) -> Bearer:
    return await find_bearer(made.secret, session=session, kind=made.kind)


async def device(session: AsyncSession, home: Home, **values: object) -> Bearer:
    return await bearer(session, await make(session, home, kind=TokenKind.WATERIUS, **values))


async def change_link(session: AsyncSession, home: Home, **values: object) -> None:
    """Of Alice to her first account."""
    own = (col(AccountLink.resident_id) == home.alice, col(AccountLink.account_id) == home.account_id)
    await session.exec(update(AccountLink).where(*own).values(values))


async def become(session: AsyncSession, home: Home, role: LinkRole, level: LinkLevel) -> None:
    """Let Alice hold her first account so; a guest needs somebody who has let her in."""
    invited_by = None
    if role is not LinkRole.OWNER:
        owner = AccountLink(resident_id=await someone(session, "owner"), account_id=home.account_id)
        session.add(owner)
        await session.flush()
        invited_by = owner.id
    await change_link(session, home, role=role, level=level, invited_by=invited_by)


async def letters(session: AsyncSession, kind: str) -> list[Letter]:
    return list(await session.exec(select(Letter).where(Letter.kind == kind)))


async def standing(session: AsyncSession, zone_id: UUID) -> list[tuple[Decimal, ReadingState]]:
    """What residents have sent of this zone, the oldest first."""
    rows = await session.exec(
        select(Reading)
        .where(Reading.zone_id == zone_id, Reading.source == ReadingSource.RESIDENT)
        .order_by(col(Reading.created_at))
    )
    return [(row.value, row.state) for row in rows]


async def _account(session: AsyncSession, provider_id: UUID, resident_id: UUID, number: str) -> UUID:
    address = "г. Тест, ул. Садовая, д. 12, кв. 34"
    account_id = await open_account(
        provider_id, number, session=session, owner_name="Ёлкина", address=address
    )
    session.add(AccountLink(resident_id=resident_id, account_id=account_id, level=LinkLevel.FULL))
    for period in (date(2026, 9, 1), date(2026, 10, 1)):
        await issue_bill(
            account_id,
            period,
            add_months(period, 1).replace(day=15),
            [ChargeLine("Вода", 150_000)],
            session=session,
        )
    return account_id


async def _meter(
    session: AsyncSession, account_id: UUID, kind: MeterKind, serial: str, decimals: int, *values: int
) -> list[UUID]:
    zones = await make_meter(
        session, account_id, zones=len(values), kind=kind, serial=serial, decimals=decimals, unit="м³"
    )
    period = add_months(month_of(now().date()), -1)
    session.add_all(
        Reading(
            zone_id=zone,
            value=Decimal(value),
            taken_on=period.replace(day=20),
            period=period,
            source=ReadingSource.PROVIDER,
            state=ReadingState.ACCEPTED,
        )
        for zone, value in zip(zones, values, strict=True)
    )
    await session.flush()
    return zones
