"""Whatever happens to payments, what was credited is told once or waits to be told."""

import contextlib
import random
from datetime import timedelta
from uuid import UUID

import pytest
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.models import Account
from cabinet.errors import CabinetError
from cabinet.exchange.exports import service as exports
from cabinet.exchange.exports.errors import NothingToHandOver
from cabinet.exchange.exports.feed import payments_page
from cabinet.exchange.exports.models import ExportRow
from cabinet.exchange.exports.proof import verify_exports
from cabinet.kit.dates import now
from cabinet.payments import refunds
from cabinet.payments.models import Payment, PaymentItem, PaymentState
from cabinet.payments.payouts import hand_over, owed_to
from cabinet.payments.service import Wish
from cabinet.sandbox import clock, timers
from cabinet.sandbox.keys import MORE_CARDS, TEST_CARDS
from tests.exchange.exports.conftest import wish
from tests.payments.conftest import Till

CARDS = (
    TEST_CARDS["success"],
    MORE_CARDS["dispute"],
    MORE_CARDS["refund_fails"],
    MORE_CARDS["refund_pending"],
)


async def live(till: Till, chance: random.Random, session: AsyncSession) -> None:
    """One thing that may happen in a town."""
    paid = list(await session.exec(select(Payment.id)))
    match chance.randrange(9):
        case 0 | 1 | 2:
            amount = f"{chance.randrange(50, 900)},{chance.randrange(100):02d}"
            wishes = [Wish(till.people.gas.id, amount), Wish(till.people.water.id, "70,07")]
            await till.pay(*wishes[: chance.randrange(1, 3)], card=chance.choice(CARDS))
        case 3 | 4 if paid:
            await refunds.send_refund(await till.refund(chance.choice(paid), chance.randrange(1_00, 200_00)))
        case 5:
            clock.advance(timedelta(minutes=1))
            await timers.run_due()
            await till.webhooks()
        case 6:
            await _bank_decides(till, chance.choice(["winning_evidence", "losing_evidence"]))
        case 7:
            await payments_page(till.people.gas_company.id, session=session)
        case _:
            await _hand_over(till, chance, session)


async def _bank_decides(till: Till, evidence: str) -> None:
    for one in await till.listed("/v1/disputes"):
        if one["status"] == "needs_response":
            await till.there(f"/v1/disputes/{one['id']}", **{"evidence[uncategorized_text]": evidence})
    await till.webhooks()


async def _hand_over(till: Till, chance: random.Random, session: AsyncSession) -> None:
    """A registry with a cut somewhere in the past or now, or a payout, which changes no registry."""
    provider_id = till.people.gas_company.id
    if chance.random() < 0.3:
        owed = await owed_to(provider_id, session=session)
        await hand_over(provider_id, "п/п", expected_minor=owed.amount_minor, by=till.boss, session=session)
        return
    until = now() - timedelta(seconds=chance.choice([0, 0, 1, 3]))
    await exports.make_export(
        provider_id, wish(since=until - timedelta(days=1), until=until), session=session
    )


@pytest.mark.parametrize("seed", range(3))
async def test_registries_and_what_waits_are_what_the_ledger_credited(
    till: Till, session: AsyncSession, seed: int
) -> None:
    chance = random.Random(seed)
    for _step in range(18):
        try:
            async with session.begin_nested():
                await live(till, chance, session)
        except CabinetError:
            pass
        session.expire_all()
        proofs = await verify_exports(session=session)
        assert all(one.holds for one in proofs), proofs
    for provider_id in (till.people.gas_company.id, till.people.water_company.id):
        await _rest(provider_id, session)


async def _rest(provider_id: UUID, session: AsyncSession) -> None:
    """In the end only disputed payments wait."""
    with contextlib.suppress(NothingToHandOver):
        await exports.make_export(provider_id, wish(), session=session)
    (proof,) = [one for one in await verify_exports(session=session) if one.provider_id == provider_id]
    assert proof.holds
    assert 0 <= proof.waiting_minor <= await _disputed(provider_id, session)


async def _disputed(provider_id: UUID, session: AsyncSession) -> int:
    """What residents paid to the provider by payments that banks look at now."""
    rows = await session.exec(
        select(PaymentItem.amount_minor)
        .join(Payment, col(Payment.id) == col(PaymentItem.payment_id))
        .join(Account, col(Account.id) == col(PaymentItem.account_id))
        .where(Payment.state == PaymentState.DISPUTED, Account.provider_id == provider_id)
    )
    return sum(rows)


async def test_a_registry_whose_sum_is_wrong_is_found(till: Till, session: AsyncSession) -> None:
    await till.pay(Wish(till.people.gas.id, "1000"))
    made = await exports.make_export(till.people.gas_company.id, wish(), session=session)
    connection = await session.connection()
    await connection.exec_driver_sql("ALTER TABLE registry_export DISABLE TRIGGER registry_export_is_frozen")
    made.total_minor += 1
    await session.flush()
    (gas,) = [one for one in await verify_exports(session=session) if one.provider_id == made.provider_id]
    assert not gas.holds
    assert gas.wrong == (made.number,)


async def test_a_row_that_was_forgotten_is_found(till: Till, session: AsyncSession) -> None:
    """A sum that nobody paid, slipped in past the service."""
    await till.pay(Wish(till.people.gas.id, "1000"))
    made = await exports.make_export(till.people.gas_company.id, wish(), session=session)
    connection = await session.connection()
    await connection.exec_driver_sql("ALTER TABLE export_row DISABLE TRIGGER export_row_is_told_once")
    (row,) = list(await session.exec(select(ExportRow)))
    row.amount_minor -= 1
    await session.flush()
    (gas,) = [one for one in await verify_exports(session=session) if one.provider_id == made.provider_id]
    assert not gas.holds
