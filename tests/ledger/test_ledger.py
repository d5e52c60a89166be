"""The books: balanced, posted once, never changed, and provable."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.models import Account
from cabinet.ledger import service as ledger
from cabinet.ledger import verification
from cabinet.ledger.models import Entry, JournalKind
from cabinet.ledger.service import Line, Unbalanced
from cabinet.providers.models import Provider, ProviderKind
from tests.raw import run_sql


async def an_account(session: AsyncSession) -> Account:
    provider = Provider(
        name=f"Газ {uuid4().hex[:6]}",
        kind=ProviderKind.GAS,
        number_pattern=r"\d+",
        number_example="1",
        inn="7700000008",
    )
    session.add(provider)
    await session.flush()
    account = Account(provider_id=provider.id, number="100")
    session.add(account)
    await session.flush()
    return account


async def charge(account: Account, amount: int, session: AsyncSession, key: str = "bill:1") -> bool:
    lines = [
        Line(ledger.receivable(account.id), amount),
        Line(ledger.clearing(account.provider_id), -amount),
    ]
    return await ledger.post(key, JournalKind.CHARGE, lines, session=session)


async def balance_of(account_id: UUID, session: AsyncSession) -> int:
    return (await ledger.balances([account_id], session=session))[account_id]


async def test_a_charge_makes_the_account_owe(session: AsyncSession) -> None:
    account = await an_account(session)
    assert await charge(account, 12345, session)
    assert await balance_of(account.id, session) == 12345


async def test_one_key_is_posted_once(session: AsyncSession) -> None:
    account = await an_account(session)
    await charge(account, 12345, session)
    assert not await charge(account, 99999, session)
    assert await balance_of(account.id, session) == 12345


async def test_lines_that_do_not_add_up_are_refused_by_us(session: AsyncSession) -> None:
    with pytest.raises(Unbalanced):
        await ledger.post("x", JournalKind.CHARGE, [Line("fee", 5)], session=session)


async def test_lines_that_do_not_add_up_are_refused_by_the_database(session: AsyncSession) -> None:
    account = await an_account(session)
    await charge(account, 100, session)
    journal_id = (await session.exec(select(Entry.journal_id).distinct())).one()
    session.add(Entry(journal_id=journal_id, account="fee", amount_minor=1))
    await session.flush()
    with pytest.raises(DBAPIError, match="does not balance"):
        await run_sql("SET CONSTRAINTS ALL IMMEDIATE", session)


@pytest.mark.parametrize(
    "statement", ["UPDATE entry SET amount_minor = 1", "DELETE FROM journal", "TRUNCATE entry"]
)
async def test_the_books_cannot_be_changed(session: AsyncSession, statement: str) -> None:
    await charge(await an_account(session), 100, session)
    await run_sql("SET CONSTRAINTS ALL IMMEDIATE", session)
    with pytest.raises(DBAPIError, match="append-only"):
        await run_sql(statement, session)


async def test_a_right_ledger_proves_itself(session: AsyncSession) -> None:
    await charge(await an_account(session), 100, session)
    proof = await verification.verify(session=session)
    assert proof.holds and proof.journals == 1 and proof.entries == 2


async def test_a_drifted_balance_is_found(session: AsyncSession) -> None:
    account = await an_account(session)
    await charge(account, 100, session)
    await run_sql("UPDATE balance SET amount_minor = 99", session)
    assert (await verification.verify(session=session)).drifted == [account.id]
