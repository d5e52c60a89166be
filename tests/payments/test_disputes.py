"""Disputes: opened, won and lost at the bank, and followed here once, whatever the order of events."""

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.ledger import service as ledger
from cabinet.payments import disputes, refunds, settlement
from cabinet.payments.errors import NotRefundable
from cabinet.payments.models import Deallocation, Dispute, DisputeState, Payment, PaymentState
from cabinet.sandbox import clock, timers
from cabinet.sandbox.faults import faults
from cabinet.sandbox.keys import MORE_CARDS
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
    from cabinet.database import read_only

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
