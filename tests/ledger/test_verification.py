"""The proof in parts finds what is wrong, wherever the parts end, and tells how far it is."""

from uuid import UUID, uuid4

import pytest
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.ledger import service as ledger
from cabinet.ledger import verification
from cabinet.ledger.models import Balance, Entry, Journal, JournalKind
from cabinet.ledger.service import Line
from tests.ledger.test_ledger import an_account
from tests.raw import run_sql

PARTS = (1, 3, 4, 1000)


@pytest.fixture
async def accounts(session: AsyncSession) -> list[UUID]:
    """Five accounts with bills and payments: twenty journals, some of three lines."""
    made = [(await an_account(session)) for _ in range(5)]
    for turn in range(4):
        for account in made:
            lines = [
                Line(ledger.receivable(account.id), 100 + turn),
                Line(ledger.clearing(account.provider_id), -90 - turn),
                Line(ledger.FEE, -10),
            ]
            await ledger.post(f"bill:{uuid4()}", JournalKind.CHARGE, lines, session=session)
    await run_sql("SET LOCAL session_replication_role = replica", session)
    return sorted(account.id for account in made)


@pytest.mark.parametrize("part", PARTS)
async def test_right_books(session: AsyncSession, accounts: list[UUID], part: int) -> None:
    proof = await verification.verify(session=session, part=part)
    assert proof.holds
    assert (proof.journals, proof.entries) == (20, 60)


@pytest.mark.parametrize("part", PARTS)
async def test_a_journal_that_does_not_balance(
    session: AsyncSession, accounts: list[UUID], part: int
) -> None:
    wrong = (await session.exec(select(Entry).order_by(col(Entry.id)).offset(7).limit(1))).one()
    await run_sql("UPDATE entry SET amount_minor = amount_minor + 1 WHERE id = :id", session, id=wrong.id)
    key = (await session.exec(select(Journal.key).where(Journal.id == wrong.journal_id))).one()
    assert (await verification.verify(session=session, part=part)).unbalanced == [key]


@pytest.mark.parametrize("part", PARTS)
async def test_a_journal_of_two_currencies(session: AsyncSession, accounts: list[UUID], part: int) -> None:
    await run_sql("UPDATE entry SET currency = 'USD' WHERE id = (SELECT min(id) FROM entry)", session)
    proof = await verification.verify(session=session, part=part)
    assert len(set(proof.unbalanced)) == 1


@pytest.mark.parametrize("part", PARTS)
async def test_balances_that_drifted_or_are_missing(
    session: AsyncSession, accounts: list[UUID], part: int
) -> None:
    first, second, third, *_rest = accounts
    await run_sql("UPDATE balance SET amount_minor = 0 WHERE account_id = :id", session, id=first)
    await run_sql("DELETE FROM balance WHERE account_id = :id", session, id=second)
    await run_sql("DELETE FROM entry WHERE account = :name", session, name=ledger.receivable(third))
    assert sorted((await verification.verify(session=session, part=part)).drifted) == [first, second, third]


async def test_what_is_posted_meanwhile_is_no_drift(session: AsyncSession, accounts: list[UUID]) -> None:
    """The entry is behind the parts that were planned, the balance is not."""

    async def pay(percent: int) -> None:
        if percent < 90:
            key = f"payment:{percent}"
            lines = [Line(ledger.receivable(accounts[0]), -7), Line(ledger.PROCESSOR, 7)]
            await ledger.post(key, JournalKind.PAYMENT, lines, session=session)

    proof = await verification.verify(session=session, watch=pay, part=20)
    assert proof.holds
    balance = await session.get_one(Balance, accounts[0])
    assert balance.amount_minor == 406 - 7 * 2


async def test_progress_grows_to_a_hundred(session: AsyncSession, accounts: list[UUID]) -> None:
    seen: list[int] = []

    async def watch(percent: int) -> None:
        seen.append(percent)

    await verification.verify(session=session, watch=watch, part=10)
    assert seen == [15, 30, 45, 60, 75, 90, 100]


async def test_empty_books(session: AsyncSession) -> None:
    assert (await verification.verify(session=session)).holds
