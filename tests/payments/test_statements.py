"""Providers' balances and our payments, in every order: never counted twice, never lost."""

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.database import read_only, unit_of_work
from cabinet.kit.dates import today_in
from cabinet.ledger import service as ledger
from cabinet.payments import payouts, refunds, statements
from cabinet.payments.errors import NewerStatementKnown
from cabinet.payments.models import Payment, PaymentItem, ProviderStatement
from cabinet.payments.service import Wish
from cabinet.payments.statements import take_statement
from tests.payments.conftest import Till, assert_books_hold

TODAY = today_in("Europe/Moscow")
DAY = timedelta(days=1)


async def owes(till: Till) -> int:
    async with read_only() as session:
        return (await ledger.balances([till.people.gas.id], session=session))[till.people.gas.id]


async def file_says(
    till: Till,
    session: AsyncSession,
    debt: int,
    day: date = TODAY,
    posted: tuple[int, ...] = (),
    source: str = "",
) -> ProviderStatement:
    taken = await take_statement(
        till.people.gas.id, debt, day, source or f"{day}.csv", list(posted), session=session
    )
    await assert_books_hold()
    return taken


async def number_of(payment_id: UUID, session: AsyncSession) -> int:
    return (await session.get_one(Payment, payment_id)).number or 0


async def hand_over_and_confirm(till: Till, session: AsyncSession, confirmed: date | None = TODAY) -> None:
    owed = await payouts.owed_to(till.people.gas_company.id, session=session)
    payout = await payouts.hand_over(
        owed.provider_id, "", expected_minor=owed.amount_minor, by=till.boss, session=session
    )
    if confirmed:
        await payouts.confirm_payout(payout.id, confirmed, by=till.boss, session=session)


async def test_file_then_payment(till: Till, session: AsyncSession) -> None:
    taken = await file_says(till, session, 180_000)
    assert (taken.adjustment_minor, await owes(till)) == (30_000, 180_000)
    await till.pay()
    assert await owes(till) == 0


@pytest.mark.parametrize("owes_before", [True, False])
async def test_a_payment_while_a_file_is_taken_in(
    real_till: Till, monkeypatch: pytest.MonkeyPatch, owes_before: bool
) -> None:
    """Between the look at the payments and the look at the balance: it waits, and counts once."""
    till, look = real_till, statements._paid_items  # pyright: ignore[reportPrivateUsage]
    account_id = till.people.gas.id if owes_before else till.people.water.id
    rivals: list[asyncio.Task[UUID]] = []

    async def look_and_be_overtaken(*arguments: Any) -> Any:
        found = await look(*arguments)
        rivals.append(asyncio.create_task(till.pay(Wish(account_id, "1500"))))
        await asyncio.wait(rivals, timeout=1.5)
        return found

    monkeypatch.setattr(statements, "_paid_items", look_and_be_overtaken)
    async with unit_of_work() as session:
        await take_statement(account_id, 150_000, TODAY, "file", [], session=session)
    await rivals[0]
    async with read_only() as session:
        assert (await ledger.balances([account_id], session=session))[account_id] == 0
    await assert_books_hold()


async def test_payment_then_a_file_that_does_not_know_it(till: Till, session: AsyncSession) -> None:
    await till.pay()
    taken = await file_says(till, session, 150_000)
    assert (taken.unposted_minor, taken.adjustment_minor, taken.doubtful_minor) == (150_000, 0, 0)
    assert await owes(till) == 0


async def test_payment_then_a_file_that_names_it(till: Till, session: AsyncSession) -> None:
    paid = await till.pay()
    await file_says(till, session, 0, posted=(await number_of(paid, session),))
    assert await owes(till) == 0
    assert (await session.exec(select(PaymentItem))).one().posted_at is not None


async def test_first_unknown_then_named(till: Till, session: AsyncSession) -> None:
    paid = await till.pay(Wish(till.people.gas.id, "1000"))
    await file_says(till, session, 150_000, TODAY - DAY)
    assert await owes(till) == 50_000
    await file_says(till, session, 50_000, TODAY, (await number_of(paid, session),))
    assert await owes(till) == 50_000
    await file_says(till, session, 50_000, TODAY + DAY)
    assert await owes(till) == 50_000, "once posted, it is in every later balance"


async def test_a_payment_between_the_day_of_the_file_and_its_arrival(
    till: Till, session: AsyncSession
) -> None:
    await till.pay(Wish(till.people.gas.id, "1000"))
    await file_says(till, session, 150_000, TODAY - 5 * DAY)
    assert await owes(till) == 50_000


async def test_handed_over_and_not_confirmed_is_doubtful(till: Till, session: AsyncSession) -> None:
    await till.pay()
    await hand_over_and_confirm(till, session, None)
    taken = await file_says(till, session, 150_000)
    assert (taken.unposted_minor, taken.doubtful_minor) == (150_000, 150_000)
    assert await owes(till) == 0


@pytest.mark.parametrize(("day", "debt", "posted"), [(TODAY, 150_000, False), (TODAY + DAY, 0, True)])
async def test_a_balance_later_than_the_confirmed_day_contains_it(
    till: Till, session: AsyncSession, day: date, debt: int, posted: bool
) -> None:
    await till.pay()
    await hand_over_and_confirm(till, session)
    taken = await file_says(till, session, debt, day)
    assert (taken.unposted_minor == 0) is posted
    assert taken.doubtful_minor == (0 if posted else 150_000)
    assert await owes(till) == 0


async def test_what_was_refunded_is_not_counted_as_paid(till: Till, session: AsyncSession) -> None:
    paid = await till.pay()
    await refunds.send_refund(await till.refund(paid, 60_000))
    taken = await file_says(till, session, 150_000)
    assert (taken.unposted_minor, await owes(till)) == (90_000, 60_000)


async def test_a_refund_after_posting_is_owed_until_the_provider_knows(
    till: Till, session: AsyncSession
) -> None:
    """The provider still counts the whole payment: its balance is too low by what went back."""
    paid = await till.pay()
    await hand_over_and_confirm(till, session)
    await file_says(till, session, 0, TODAY, (await number_of(paid, session),))
    await refunds.send_refund(await till.refund(paid, 60_000))
    assert await owes(till) == 60_000
    await file_says(till, session, 0, TODAY + DAY)
    assert await owes(till) == 60_000
    await till.pay(Wish(till.people.gas.id, "1000"))
    await hand_over_and_confirm(till, session)
    await file_says(till, session, 60_000 - 100_000, TODAY + 2 * DAY)
    assert await owes(till) == -40_000


async def test_the_same_file_twice_changes_nothing(till: Till, session: AsyncSession) -> None:
    first = await file_says(till, session, 180_000)
    await till.pay(Wish(till.people.gas.id, "1000"))
    again = await file_says(till, session, 180_000)
    assert again.id == first.id
    assert await owes(till) == 80_000


async def test_an_older_file_is_refused(till: Till, session: AsyncSession) -> None:
    await file_says(till, session, 180_000)
    with pytest.raises(NewerStatementKnown):
        await file_says(till, session, 990_000, TODAY - DAY)
    assert await owes(till) == 180_000


async def test_a_corrected_file_of_the_same_day_wins(till: Till, session: AsyncSession) -> None:
    await file_says(till, session, 180_000, source="a.csv")
    await file_says(till, session, 170_000, source="b.csv")
    assert await owes(till) == 170_000


async def test_only_the_named_account_is_marked(till: Till, session: AsyncSession) -> None:
    paid = await till.pay(Wish(till.people.gas.id), Wish(till.people.water.id, "100"))
    await file_says(till, session, 0, posted=(await number_of(paid, session),))
    marked = {item.account_id: item.posted_at for item in await session.exec(select(PaymentItem))}
    assert marked[till.people.gas.id]
    assert marked[till.people.water.id] is None


async def test_a_file_while_payments_are_settled(real_till: Till) -> None:
    till = real_till
    paid = await till.pay(Wish(till.people.gas.id, "300"))
    async with read_only() as session:
        number = await number_of(paid, session)

    async def take(source: str) -> None:
        async with unit_of_work() as session:
            await take_statement(till.people.gas.id, 120_000, TODAY, source, [number], session=session)

    started = await till.open(Wish(till.people.gas.id, "500"))
    await till.enter_card(started.url)
    await asyncio.gather(till.webhooks(), *(take(f"{n}.csv") for n in range(4)))
    assert await owes(till) == 70_000
    await assert_books_hold()
