"""The proof must find what is wrong: each tampering, past every trigger, breaks a rule."""

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.kit.dates import now
from cabinet.payments import service as payments
from cabinet.payments.proof import violations
from cabinet.payments.service import Wish
from tests.payments.conftest import FakeProcessor, settle_in
from tests.raw import run_sql

_REFUND = """
INSERT INTO refund (id, payment_id, amount_minor, state, reason, needs_approval, failure, idempotency_key, created_at)
SELECT gen_random_uuid(), id, 1000, 'succeeded', 'test', false, '', 'x', now() FROM payment LIMIT 1
"""
TAMPERINGS = {
    "UPDATE entry SET amount_minor = amount_minor + 1 WHERE account = 'asset:processor'": "every journal balances",
    "UPDATE balance SET amount_minor = amount_minor + 1": "sum of its entries",
    "UPDATE journal SET key = 'payment:' || gen_random_uuid() WHERE kind = 'payment'": "credited by one journal",
    "UPDATE payment SET state = 'canceled'": "credited by one journal",
    "UPDATE payment_item SET amount_minor = amount_minor - 1": "credits what its items say",
    "UPDATE payment SET commission_minor = 5": "brings its total",
    "DELETE FROM payment_item": "less what was taken back",
    "DELETE FROM allocation": "parts of a credited item add up",
    "UPDATE charge SET amount_minor = amount_minor - 1": "no charge is paid twice",
    "UPDATE entry SET account = 'payable:' || gen_random_uuid() WHERE account LIKE 'payable:%'": "provider is owed",
    _REFUND: "refund moves money once it arrived",
    "UPDATE payment SET state = 'disputed'": "disputed while a dispute is open",
    "UPDATE payment SET state = 'review'": "waits for staff",
    "UPDATE payment SET state = 'pending', expires_at = now() - interval '1 hour'": "open past its end",
}


@pytest.fixture
async def paid(session: AsyncSession, fake: FakeProcessor) -> AsyncSession:
    people = await settle_in(session)
    started = await payments.start_payment(people.alice.id, [Wish(people.gas.id)], attempt="a", locale="ru")
    fake.pay("cs_0")
    await payments.settle(started.payment_id)
    return session


async def test_right_books_break_no_rule(paid: AsyncSession) -> None:
    assert await violations(session=paid, at_rest=now()) == []


@pytest.mark.parametrize("tampering", TAMPERINGS)
async def test_tampering_is_found(paid: AsyncSession, tampering: str) -> None:
    await run_sql("SET LOCAL session_replication_role = replica", paid)
    await run_sql(tampering, paid)
    broken = [violation.rule for violation in await violations(session=paid, at_rest=now())]
    assert any(TAMPERINGS[tampering] in rule for rule in broken), broken
