"""Disputes: opened, won and lost at the bank, and followed here once, whatever the order of events."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.database import read_only, unit_of_work
from cabinet.ledger import service as ledger
from cabinet.payments import disputes, refunds, review, settlement
from cabinet.payments.errors import NotRefundable, RefundTooLarge
from cabinet.payments.models import (
    Deallocation,
    Dispute,
    DisputeState,
    Payment,
    PaymentState,
    RefundState,
)
from cabinet.payments.proof import violations
from cabinet.sandbox import clock, timers
from cabinet.sandbox import disputes as disputes_there
from cabinet.sandbox.faults import faults
from cabinet.sandbox.keys import MORE_CARDS
from cabinet.sandbox.models import SandboxObject
from tests.payments.conftest import Till, assert_books_hold, balance_of

CARD = MORE_CARDS["dispute"]


async def disputed(till: Till, session: AsyncSession) -> Payment:
    payment_id = await till.pay(card=CARD)
    clock.advance(timedelta(minutes=1))
    await timers.run_due()
    await till.webhooks()
    return await session.get_one(Payment, payment_id)


async def decide(till: Till, evidence: str) -> None:
    found = (await till.listed("/v1/disputes"))[0]
    await till.there(f"/v1/disputes/{found['id']}", **{"evidence[uncategorized_text]": evidence})


async def money(till: Till, session: AsyncSession) -> list[int]:
    """Processor, suspense, what we owe the provider, what the account owes."""
    return await balance_of(
        session,
        ledger.PROCESSOR,
        ledger.SUSPENSE,
        ledger.payable(till.people.gas_company.id),
        ledger.receivable(till.people.gas.id),
    )


async def test_an_open_dispute_puts_the_money_aside(till: Till, session: AsyncSession) -> None:
    payment = await disputed(till, session)
    await session.refresh(payment)
    assert payment.state is PaymentState.DISPUTED
    assert await money(till, session) == [0, 150_000, -150_000, 0]
    with pytest.raises(NotRefundable):
        await till.refund(payment.id)
    await assert_books_hold()


async def test_a_won_dispute_brings_it_back(till: Till, session: AsyncSession) -> None:
    payment = await disputed(till, session)
    await decide(till, "winning_evidence")
    await till.webhooks()
    await disputes.import_disputes(payment.id)
    await session.refresh(payment)
    assert payment.state is PaymentState.SUCCEEDED
    assert await money(till, session) == [150_000, 0, -150_000, 0]
    assert (await session.exec(select(Dispute))).one().state is DisputeState.WON
    await assert_books_hold()


async def test_a_lost_dispute_is_owed_again(till: Till, session: AsyncSession) -> None:
    payment = await disputed(till, session)
    await decide(till, "losing_evidence")
    faults.copies, faults.shuffle = 2, True
    await till.webhooks()
    await session.refresh(payment)
    assert payment.state is PaymentState.LOST
    assert await money(till, session) == [0, 0, 0, 150_000]
    assert sum((await settlement.allocated([till.people.gas.id], session)).values()) == 0
    taken = (await session.exec(select(Deallocation))).all()
    assert sum(one.amount_minor for one in taken) == 150_000
    await assert_books_hold()


async def test_all_of_it_at_once_when_every_event_was_lost(till: Till, session: AsyncSession) -> None:
    """Opened and lost while no webhook arrived: one look makes both steps."""
    faults.drop_forever = lambda kind: kind.startswith("charge.dispute")
    payment = await disputed(till, session)
    await session.refresh(payment)
    assert payment.state is PaymentState.SUCCEEDED
    await decide(till, "losing_evidence")
    await disputes.import_disputes(payment.id)
    await session.refresh(payment)
    assert payment.state is PaymentState.LOST
    assert await money(till, session) == [0, 0, 0, 150_000]


async def test_a_dispute_after_a_partial_refund_takes_only_what_is_left(
    till: Till, session: AsyncSession
) -> None:
    """The bank took the whole although a part had gone back: the difference stands in suspense, in sight."""
    faults.drop_forever = lambda kind: kind.startswith("charge.dispute")
    payment_id = await till.pay(card=CARD)
    faults.lenient = True
    await refunds.send_refund(await till.refund(payment_id, 50_000))
    clock.advance(timedelta(minutes=1))
    await timers.run_due()
    await decide(till, "losing_evidence")
    await disputes.import_disputes(payment_id)
    assert await money(till, session) == [-50_000, 50_000, 0, 150_000]
    await assert_books_hold()


async def test_seen_by_many_at_once(real_till: Till) -> None:
    till = real_till
    payment_id = await till.pay(card=CARD)
    clock.advance(timedelta(minutes=1))
    await timers.run_due()
    await asyncio.gather(*(disputes.import_disputes(payment_id) for _ in range(8)))
    await decide(till, "losing_evidence")
    await asyncio.gather(*(disputes.import_disputes(payment_id) for _ in range(8)), till.webhooks())
    async with read_only() as session:
        assert await money(till, session) == [0, 0, 0, 150_000]
    await assert_books_hold()


# Several disputes of one payment


async def ask_again(amount: int | None = None) -> str:
    """The bank of the same card asks once more, for a part or the whole."""
    async with unit_of_work() as session:
        charge = (await session.exec(select(SandboxObject).where(SandboxObject.kind == "charge"))).one()
        return (await disputes_there.open_dispute(charge, amount=amount, session=session)).id


async def end(till: Till, dispute_ref: str, *, won: bool) -> None:
    text = "winning_evidence" if won else "losing_evidence"
    await till.there(f"/v1/disputes/{dispute_ref}", **{"evidence[uncategorized_text]": text})
    await till.webhooks()
    assert await broken() == []


async def broken() -> list[str]:
    async with read_only() as session:
        return [str(one) for one in await violations(session=session)]


async def state_of(payment_id: UUID) -> PaymentState:
    async with read_only() as session:
        return (await session.get_one(Payment, payment_id)).state


async def test_a_part_is_lost_and_the_rest_stays_credited(till: Till, session: AsyncSession) -> None:
    payment_id = await till.pay()
    first = await ask_again(40_000)
    await till.webhooks()
    assert await state_of(payment_id) is PaymentState.DISPUTED
    await end(till, first, won=False)
    assert await state_of(payment_id) is PaymentState.SUCCEEDED
    assert await money(till, session) == [110_000, 0, -110_000, 40_000]
    payment = await session.get_one(Payment, payment_id)
    assert await refunds.refundable_minor(payment, session=session) == 110_000
    with pytest.raises(RefundTooLarge):
        await till.refund(payment_id, 110_001)


async def test_disputed_while_any_is_open(till: Till, session: AsyncSession) -> None:
    payment_id = await till.pay()
    first, second = await ask_again(40_000), await ask_again(30_000)
    await till.webhooks()
    assert await money(till, session) == [80_000, 70_000, -150_000, 0]
    await end(till, first, won=True)
    assert await state_of(payment_id) is PaymentState.DISPUTED, "the other one is open"
    await end(till, second, won=False)
    assert await state_of(payment_id) is PaymentState.SUCCEEDED
    assert await money(till, session) == [120_000, 0, -120_000, 30_000]


async def test_asked_again_after_it_was_won(till: Till, session: AsyncSession) -> None:
    payment_id = await till.pay()
    await end(till, await ask_again(), won=True)
    assert await state_of(payment_id) is PaymentState.SUCCEEDED
    again = await ask_again()
    await till.webhooks()
    assert await state_of(payment_id) is PaymentState.DISPUTED
    await end(till, again, won=False)
    assert await state_of(payment_id) is PaymentState.LOST
    assert await money(till, session) == [0, 0, 0, 150_000]


async def test_lost_in_parts_until_nothing_is_left(till: Till, session: AsyncSession) -> None:
    payment_id = await till.pay()
    await end(till, await ask_again(100_000), won=False)
    await end(till, await ask_again(50_000), won=False)
    assert await state_of(payment_id) is PaymentState.LOST
    assert await money(till, session) == [0, 0, 0, 150_000]


async def test_more_than_the_payment_stands_in_suspense(till: Till, session: AsyncSession) -> None:
    """What the bank asks for twice never takes more from the account than was credited to it."""
    payment_id = await till.pay()
    await end(till, await ask_again(), won=False)
    extra = await ask_again(20_000)
    await till.webhooks()
    assert await state_of(payment_id) is PaymentState.DISPUTED
    await end(till, extra, won=False)
    assert await state_of(payment_id) is PaymentState.LOST
    assert await money(till, session) == [-20_000, 20_000, 0, 150_000]


async def test_a_part_lost_and_the_rest_refunded(till: Till, session: AsyncSession) -> None:
    faults.lenient = True
    payment_id = await till.pay()
    await end(till, await ask_again(100_000), won=False)
    assert await refunds.send_refund(await till.refund(payment_id)) is RefundState.SUCCEEDED
    assert await state_of(payment_id) is PaymentState.LOST
    assert await money(till, session) == [0, 0, 0, 150_000]
    assert await broken() == []


async def test_a_refund_that_comes_back_after_a_dispute_was_lost(till: Till, session: AsyncSession) -> None:
    faults.lenient = True
    payment_id = await till.pay(card=MORE_CARDS["refund_fails"])
    await refunds.send_refund(await till.refund(payment_id, 60_000))
    await end(till, await ask_again(90_000), won=False)
    assert await state_of(payment_id) is PaymentState.LOST
    clock.advance(timedelta(minutes=1))
    await timers.run_due()
    await till.webhooks()
    assert await state_of(payment_id) is PaymentState.SUCCEEDED
    assert await money(till, session) == [60_000, 0, -60_000, 90_000]
    assert await broken() == []


async def test_a_part_of_what_waits_for_staff(till: Till, session: AsyncSession) -> None:
    faults.amount_shift_minor = 5_000
    payment_id = await till.pay()
    first = await ask_again(10_000)
    await till.webhooks()
    assert (await review.reviewed(payment_id, session=session)).is_going_back
    await end(till, first, won=False)
    left = await review.reviewed(payment_id, session=session)
    assert (left.here_minor, left.is_going_back, left.may_be_credited) == (145_000, False, False)
    refund = await review.send_back(payment_id, "не та сумма", by=till.boss, session=session)
    assert refund.amount_minor == 145_000
    faults.lenient = True
    assert await refunds.send_refund(refund.id) is RefundState.SUCCEEDED
    assert await state_of(payment_id) is PaymentState.CANCELED
    assert await money(till, session) == [0, 0, 0, 150_000]
    assert await broken() == []


async def test_several_on_a_database_where_commits_are_real(real_till: Till) -> None:
    """The triggers agree with every step."""
    till = real_till
    payment_id = await till.pay()
    refs = [await ask_again(amount) for amount in (50_000, 60_000, 40_000)]
    await till.webhooks()
    for ref, won in zip(refs, (False, True, False), strict=True):
        await end(till, ref, won=won)
    assert await state_of(payment_id) is PaymentState.SUCCEEDED
    await end(till, await ask_again(60_000), won=False)
    assert await state_of(payment_id) is PaymentState.LOST
