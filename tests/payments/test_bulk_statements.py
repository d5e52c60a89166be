"""A registry of statements at once and the same statements one by one: the same rows, balances and marks."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.models import Account, AccountLink
from cabinet.errors import CabinetError
from cabinet.kit.dates import today_in
from cabinet.ledger import service as ledger
from cabinet.payments import payouts, refunds
from cabinet.payments.bulk_statements import WISHES, lock_statements, take_statements
from cabinet.payments.errors import NewerStatementKnown
from cabinet.payments.models import Payment, PaymentItem, Payout, ProviderStatement
from cabinet.payments.proof import violations
from cabinet.payments.service import Wish
from cabinet.payments.statements import take_statement
from tests.payments.conftest import Till

TODAY = today_in("Europe/Moscow")


@dataclass(frozen=True)
class Said:
    """What the provider says of an account."""

    account_id: UUID
    balance_minor: int
    posted: tuple[int, ...]


async def one_by_one(said: list[Said], day: date, source: str, till: Till, session: AsyncSession) -> None:
    for one in said:
        await take_statement(
            one.account_id, one.balance_minor, day, source, list(one.posted), session=session
        )


async def at_once(said: list[Said], day: date, source: str, till: Till, session: AsyncSession) -> None:
    await lock_statements(till.people.gas_company.id, session=session)
    connection = await session.connection()
    await connection.execute(text(WISHES))
    for one in said:
        row = {"account": one.account_id, "balance": one.balance_minor, "posted": list(one.posted)}
        await connection.execute(
            text("INSERT INTO statement_wish VALUES (:account, :balance, CAST(:posted AS bigint[]), false)"),
            row,
        )
    await take_statements(till.people.gas_company.id, day, source, None, session=session)


async def state_of(accounts: list[UUID], session: AsyncSession) -> dict[str, Any]:
    session.expire_all()
    statements = await session.exec(
        select(ProviderStatement).order_by(col(ProviderStatement.account_id), col(ProviderStatement.as_of))
    )
    items = await session.exec(select(PaymentItem).order_by(col(PaymentItem.id)))
    return {
        "balances": await ledger.balances(accounts, session=session),
        "statements": [one.model_dump(exclude={"id", "created_at"}) for one in statements],
        "posted": [(one.id, one.posted_at is not None, one.posted_by is not None) for one in items],
        "violations": await violations(session=session),
    }


async def tried(take: Any, said: list[Said], day: date, till: Till, session: AsyncSession) -> dict[str, Any]:
    """What comes of it, twice in a row, in a transaction that is taken back."""
    accounts = [one.account_id for one in said]
    async with session.begin_nested() as attempt:
        await take(said, day, "debts.txt", till, session)
        first = await state_of(accounts, session)
        if take is at_once:
            await (await session.connection()).execute(text("DROP TABLE statement_wish"))
        await take(said, day, "debts.txt", till, session)
        again = await state_of(accounts, session)
        assert again == first, "the same registry again changes nothing"
        await attempt.rollback()
    session.expire_all()
    return first


@pytest.mark.parametrize("seed", range(10))
async def test_any_history_gives_the_same_both_ways(till: Till, session: AsyncSession, seed: int) -> None:
    chance = Random(seed)
    accounts = [till.people.gas.id, *[await another(till, number, session) for number in ("7", "8", "9")]]
    for _step in range(chance.randint(3, 9)):
        await live(chance, till, accounts, session)
    numbers = list(await session.exec(select(Payment.number)))
    for days in chance.sample(range(4), 2):
        said = [
            Said(
                account_id,
                chance.choice([0, 150_000, -chance.randint(1, 9_000), chance.randint(1, 300_000)]),
                tuple(number or 0 for number in numbers if chance.random() < 0.4),
            )
            for account_id in accounts
        ]
        day = TODAY + timedelta(days=days)
        assert await tried(at_once, said, day, till, session) == await tried(
            one_by_one, said, day, till, session
        )


async def another(till: Till, number: str, session: AsyncSession) -> UUID:
    account = Account(provider_id=till.people.gas_company.id, number=number)
    session.add(account)
    await session.flush()
    session.add(AccountLink(resident_id=till.people.alice.id, account_id=account.id))
    await session.flush()
    return account.id


async def live(chance: Random, till: Till, accounts: list[UUID], session: AsyncSession) -> None:
    """One thing that happens."""
    await chance.choice([pay, pay, pay, refund, hand_over, confirm, state])(chance, till, accounts, session)


async def pay(chance: Random, till: Till, accounts: list[UUID], session: AsyncSession) -> None:
    chosen = chance.sample(accounts, chance.randint(1, 2))
    await till.pay(*(Wish(one, str(chance.randint(100, 900))) for one in chosen))


async def refund(chance: Random, till: Till, accounts: list[UUID], session: AsyncSession) -> None:
    if payments := list(await session.exec(select(Payment.id))):
        with suppress(CabinetError):
            refund_id = await till.refund(chance.choice(payments), chance.randint(100, 9_000))
            await refunds.send_refund(refund_id)


async def hand_over(chance: Random, till: Till, accounts: list[UUID], session: AsyncSession) -> None:
    company = till.people.gas_company.id
    owed = (await payouts.owed_to(company, session=session)).amount_minor
    if owed > 0:
        await payouts.hand_over(company, "", expected_minor=owed, by=till.boss, session=session)


async def confirm(chance: Random, till: Till, accounts: list[UUID], session: AsyncSession) -> None:
    for payout in list(await session.exec(select(Payout))):
        if payout.confirmed_on is None and chance.random() < 0.6:
            await payouts.confirm_payout(payout.id, TODAY, by=till.boss, session=session)


async def state(chance: Random, till: Till, accounts: list[UUID], session: AsyncSession) -> None:
    numbers = [number or 0 for number in await session.exec(select(Payment.number))]
    named = [number for number in numbers if chance.random() < 0.3]
    day = TODAY - timedelta(days=chance.randint(0, 2))
    account_id, owed, source = chance.choice(accounts), chance.randint(0, 99_000), str(chance.random())
    with suppress(NewerStatementKnown):
        await take_statement(account_id, owed, day, source, named, session=session)
