"""What the database refuses, whatever the code does."""

import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.payments import service as payments
from cabinet.payments.models import Payment, PaymentItem, PaymentState, Refund
from cabinet.payments.service import Wish
from tests.payments.conftest import FakeProcessor, settle_in
from tests.raw import run_sql


@pytest.fixture
async def payment(session: AsyncSession, fake: FakeProcessor) -> Payment:
    people = await settle_in(session)
    started = await payments.start_payment(people.alice.id, [Wish(people.gas.id)], attempt="a", locale="ru")
    return await session.get_one(Payment, started.payment_id)


async def refused(session: AsyncSession, match: str) -> None:
    with pytest.raises(DBAPIError, match=match):
        await session.flush()
        await run_sql("SET CONSTRAINTS ALL IMMEDIATE", session)


@pytest.mark.parametrize("state", [PaymentState.DISPUTED, PaymentState.LOST, PaymentState.CREATED])
async def test_an_illegal_step(session: AsyncSession, payment: Payment, state: PaymentState) -> None:
    payment.state = state
    await refused(session, "cannot go from")


async def test_a_changed_amount(session: AsyncSession, payment: Payment) -> None:
    payment.amount_minor += 1
    await refused(session, "is frozen")


async def test_a_changed_reference(session: AsyncSession, payment: Payment) -> None:
    payment.session_ref = "cs_other"
    await refused(session, "frozen")


async def test_a_changed_item(session: AsyncSession, payment: Payment) -> None:
    item = (await session.exec(select(PaymentItem))).one()
    item.amount_minor += 1
    await refused(session, "is frozen")


async def test_an_item_too_many(session: AsyncSession, payment: Payment) -> None:
    item = (await session.exec(select(PaymentItem))).one()
    other = (
        await run_sql("SELECT id FROM account WHERE id <> :id", session, id=item.account_id)
    ).scalar_one()
    session.add(PaymentItem(payment_id=payment.id, account_id=other, amount_minor=1))
    await refused(session, "do not add up")


async def test_refunds_above_the_payment(session: AsyncSession, payment: Payment) -> None:
    for key in ("r1", "r2"):
        session.add(Refund(payment_id=payment.id, amount_minor=100_000, reason="test", idempotency_key=key))
    await refused(session, "exceed it")


async def test_a_payment_is_never_deleted(session: AsyncSession, payment: Payment) -> None:
    await session.delete(payment)
    with pytest.raises(DBAPIError):
        await session.flush()
