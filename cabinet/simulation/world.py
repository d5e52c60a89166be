"""Invented residents, providers, accounts and bills, as many as a simulation wants."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from uuid import UUID, uuid4

from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.models import Account, AccountLink
from cabinet.billing import service as billing
from cabinet.billing.models import ChargeKind
from cabinet.billing.service import ChargeLine
from cabinet.kit.dates import now
from cabinet.providers.models import Provider, ProviderKind
from cabinet.residents.models import Resident, Role
from cabinet.residents.person import Person
from cabinet.simulation.companies import Company

FIRST_PERIOD = date(2026, 1, 1)
_COMPANIES = [
    ("Газ", ProviderKind.GAS, 0),
    ("Вода", ProviderKind.WATER, 0),
    ("Свет", ProviderKind.ELECTRICITY, 100),
]


@dataclass
class World:
    """Who lives here, and what they may pay for; ids only, as everything else is in the database."""

    companies: list[Company] = field(default_factory=list[Company])
    homes: dict[UUID, list[UUID]] = field(default_factory=dict[UUID, list[UUID]])
    """The accounts of each resident; neighbours share some."""
    billed: dict[UUID, int] = field(default_factory=dict[UUID, int])
    """How many bills each account has had."""
    owners: dict[UUID, Company] = field(default_factory=dict[UUID, Company])
    """Whose account each is."""
    staff: list[Person] = field(default_factory=list[Person])

    @property
    def residents(self) -> list[UUID]:
        """Everybody who pays."""
        return list(self.homes)


async def settle_world(families: int, rng: Random, *, session: AsyncSession) -> World:
    """Families with three billed accounts each; every second one shares an account with the one before."""
    world = World()
    providers = [
        Provider(
            name=name,
            kind=kind,
            commission_bp=bp,
            number_pattern=r"\d+",
            number_example="1",
            inn="7700000008",
        )
        for name, kind, bp in _COMPANIES
    ]
    session.add_all(providers)
    await session.flush()
    world.companies = [Company(provider.id) for provider in providers]
    for number in range(families):
        await _move_in(number, world, session)
    for account_id in world.billed:
        await bill(world, account_id, rng, session=session)
    for number in range(2):
        world.staff.append(await _employ(number, session))
    return world


async def _move_in(number: int, world: World, session: AsyncSession) -> None:
    resident = _resident(f"resident{number}")
    accounts = [
        Account(provider_id=company.provider_id, number=f"{number}{place}00")
        for place, company in enumerate(world.companies, start=1)
    ]
    session.add_all([resident, *accounts])
    await session.flush()
    ids = [account.id for account in accounts]
    world.billed |= dict.fromkeys(ids, 0)
    world.owners |= dict(zip(ids, world.companies, strict=True))
    neighbours = world.residents
    shared = [world.homes[neighbours[-1]][0]] if number % 2 else []
    world.homes[resident.id] = ids + shared
    session.add_all(AccountLink(resident_id=resident.id, account_id=account) for account in ids + shared)
    await session.flush()


async def _employ(number: int, session: AsyncSession) -> Person:
    member = _resident(f"staff{number}", Role.ADMINISTRATOR)
    session.add(member)
    await session.flush()
    return Person(member.id, uuid4(), member.email, member.full_name, member.role, None, member.locale)


def _resident(name: str, role: Role = Role.RESIDENT) -> Resident:
    email = f"{name}@simulation.example"
    return Resident(email=email, email_key=email, password_hash="-", role=role, confirmed_at=now())  # noqa: S106


async def bill(world: World, account_id: UUID, rng: Random, *, session: AsyncSession) -> None:
    """The next bill of an account: some services, sometimes a penalty."""
    months = world.billed[account_id]
    world.billed[account_id] += 1
    period = date(FIRST_PERIOD.year + months // 12, months % 12 + 1, 1)
    lines = [ChargeLine(f"Услуга {n}", rng.randrange(5_000, 300_000)) for n in range(rng.randint(1, 3))]
    if rng.random() < 0.3:
        lines.append(ChargeLine("Пени", rng.randrange(1, 5_000), ChargeKind.PENALTY))
    await billing.issue_bill(account_id, period, period + timedelta(days=40), lines, session=session)
