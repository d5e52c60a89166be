"""What the database refuses about splitting and giving back, whatever the code does."""

from collections.abc import Awaitable

import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.database import unit_of_work
from cabinet.payments import service as payments
from cabinet.payments.models import Payment
from cabinet.payments.service import Wish
from tests.payments.conftest import FakeProcessor, settle_in
from tests.payments.conftest import fake as fake
from tests.raw import run_sql


@pytest.fixture
async def payment(session: AsyncSession, fake: FakeProcessor) -> Payment:
    """A credited payment of 1 500,00."""
    people = await settle_in(session)
    started = await payments.start_payment(people.alice.id, [Wish(people.gas.id)], attempt="a", locale="ru")
    fake.pay("cs_0")
    await payments.settle(started.payment_id)
    return await session.get_one(Payment, started.payment_id)


async def refused(work: Awaitable[object], session: AsyncSession, match: str) -> None:
    with pytest.raises(DBAPIError, match=match):
        await work
        await run_sql("SET CONSTRAINTS ALL IMMEDIATE", session)


REFUND = """
INSERT INTO refund (id, payment_id, amount_minor, state, reason, needs_approval, failure, idempotency_key, created_at)
VALUES (gen_random_uuid(), :payment, 1000, :state, 'test', false, '', gen_random_uuid(), now())
"""
DEALLOCATION = """
INSERT INTO deallocation (id, allocation_id, refund_id, amount_minor, created_at)
SELECT gen_random_uuid(), a.id, r.id, a.amount_minor + :more, now() FROM allocation a, refund r LIMIT 1
"""


async def test_a_part_too_many(session: AsyncSession, payment: Payment) -> None:
    adding = """INSERT INTO allocation (id, item_id, kind, amount_minor, created_at)
        SELECT gen_random_uuid(), id, 'advance', 1, now() FROM payment_item"""
    await refused(run_sql(adding, session), session, "do not add up")


async def test_more_given_back_than_was_allocated(session: AsyncSession, payment: Payment) -> None:
    await run_sql(REFUND, session, payment=payment.id, state="created")
    await refused(run_sql(DEALLOCATION, session, more=1), session, "is taken back")


async def test_the_whole_given_back(session: AsyncSession, payment: Payment) -> None:
    await run_sql(REFUND, session, payment=payment.id, state="created")
    await run_sql(DEALLOCATION, session, more=0)
    await run_sql("SET CONSTRAINTS ALL IMMEDIATE", session)


@pytest.mark.parametrize(("before", "after"), [("failed", "succeeded"), ("succeeded", "pending")])
async def test_an_illegal_step_of_a_refund(
    session: AsyncSession, payment: Payment, before: str, after: str
) -> None:
    await run_sql(REFUND, session, payment=payment.id, state=before)
    await refused(
        run_sql("UPDATE refund SET state = :after", session, after=after), session, "cannot go from"
    )


async def test_the_sum_of_a_refund_is_frozen(session: AsyncSession, payment: Payment) -> None:
    await run_sql(REFUND, session, payment=payment.id, state="created")
    await refused(run_sql("UPDATE refund SET amount_minor = 1", session), session, "is frozen")


async def test_an_item_added_later(committed: str, fake: FakeProcessor) -> None:
    """In a transaction of its own, where nothing else would count the items."""
    async with unit_of_work() as session:
        people = await settle_in(session)
    await payments.start_payment(people.alice.id, [Wish(people.gas.id)], attempt="a", locale="ru")
    adding = """INSERT INTO payment_item (id, payment_id, account_id, amount_minor)
        SELECT gen_random_uuid(), p.id, :account, 1 FROM payment p"""
    with pytest.raises(DBAPIError, match="do not add up"):
        async with unit_of_work() as session:
            await run_sql(adding, session, account=people.water.id)
