"""A water company that sends registries, and what a test asks about them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.models import Account
from cabinet.database import read_only, unit_of_work
from cabinet.exchange.imports import applying, checking, receiving, rolling_back
from cabinet.exchange.imports.figures import Figures
from cabinet.exchange.imports.models import ImportRejection, ImportState, RegistryImport
from cabinet.kit.dates import now
from cabinet.ledger import service as ledger
from cabinet.payments.proof import violations
from cabinet.residents.models import Resident, Role
from cabinet.residents.person import Person
from tests.accounts.making import make_provider

DAY = date(2026, 11, 1)


@dataclass
class Town:
    """The company, and a clerk of it."""

    provider_id: UUID
    inn: str
    clerk: Person


async def settle(session: AsyncSession, **values: Any) -> Town:
    provider = await make_provider(session, **values)
    return Town(provider.id, provider.inn, await make_person(session, Role.CLERK, provider.id))


async def make_person(session: AsyncSession, role: Role, provider_id: UUID | None = None) -> Person:
    email = f"{role}-{provider_id}@mail.example"
    row = Resident(
        email=email,
        email_key=email,
        password_hash="x",
        role=role,
        provider_id=provider_id,
        confirmed_at=now(),
    )
    session.add(row)
    await session.flush()
    return Person(row.id, row.id, email, role.value, role, provider_id, "ru")


def debts(*rows: tuple[str, str, str], heading: tuple[str, ...] = ()) -> bytes:
    """A registry of Sber's old form: name, number, roubles."""
    lines = [
        *heading,
        *(f"{name};ул. Садовая, д. {number[-2:]};{number};{debt}" for name, number, debt in rows),
    ]
    return "".join(f"{line}\r\n" for line in lines).encode("cp1251")


async def chunks(content: bytes, size: int = 65_536) -> AsyncIterator[bytes]:
    for begin in range(0, len(content), size):
        yield content[begin : begin + size]


async def upload(
    town: Town, content: bytes, name: str = "debts.txt", *, by: Person | None = None, day: date | None = DAY
) -> UUID:
    import_id = await receiving.receive_registry(
        town.provider_id, name, chunks(content), by=by or town.clerk, address="10.0.0.1"
    )
    if day:
        async with unit_of_work() as session:
            row = await session.get_one(RegistryImport, import_id)
            row.as_of = day
    return import_id


async def check(town: Town, import_id: UUID) -> Figures:
    async with unit_of_work() as session:
        await checking.start_check(import_id, by=town.clerk, session=session, later=False)
    await checking.run_check(import_id)
    return await figures_of(import_id)


async def apply(town: Town, import_id: UUID, reason: str = "", **options: Any) -> Figures:
    async with unit_of_work() as session:
        await applying.start_apply(
            import_id, by=town.clerk, reason=reason, session=session, later=False, **options
        )
    await applying.run_apply(import_id)
    await assert_books_hold()
    return await figures_of(import_id)


async def roll_back(town: Town, import_id: UUID, reason: str = "ошибка в файле") -> None:
    async with unit_of_work() as session:
        await rolling_back.start_rollback(import_id, reason, by=town.clerk, session=session, later=False)
    await rolling_back.run_rollback(import_id)
    await assert_books_hold()


async def take(
    town: Town, content: bytes, name: str = "debts.txt", *, day: date = DAY, reason: str = ""
) -> UUID:
    """Upload, check and apply."""
    import_id = await upload(town, content, name, day=day)
    await check(town, import_id)
    await apply(town, import_id, reason)
    assert await state_of(import_id) is ImportState.APPLIED, (await row_of(import_id)).problem
    return import_id


async def row_of(import_id: UUID) -> RegistryImport:
    async with read_only() as session:
        return await session.get_one(RegistryImport, import_id)


async def state_of(import_id: UUID) -> ImportState:
    return (await row_of(import_id)).state


async def figures_of(import_id: UUID) -> Figures:
    row = await row_of(import_id)
    assert row.figures, (row.state, row.problem)
    return Figures.of(row.figures)


async def rejected(import_id: UUID) -> dict[int, str]:
    async with read_only() as session:
        rows = await session.exec(
            select(ImportRejection)
            .where(ImportRejection.import_id == import_id)
            .order_by(col(ImportRejection.line))
        )
        return {row.line: row.code for row in rows}


async def accounts_of(town: Town) -> dict[str, Account]:
    async with read_only() as session:
        rows = await session.exec(select(Account).where(Account.provider_id == town.provider_id))
        return {row.number: row for row in rows}


async def debts_of(town: Town) -> dict[str, int]:
    """What each account owes, in minor units."""
    accounts = await accounts_of(town)
    async with read_only() as session:
        owed = await ledger.balances([one.id for one in accounts.values()], session=session)
    return {number: owed[one.id] for number, one in sorted(accounts.items())}


async def assert_books_hold() -> None:
    async with read_only() as session:
        assert not await violations(session=session)
