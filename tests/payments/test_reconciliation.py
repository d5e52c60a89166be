"""The ledger against the processor, both ways: each kind of difference is found, named and settled."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from procrastinate.jobs import Job
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.database import unit_of_work
from cabinet.errors import Forbidden
from cabinet.kit.dates import now
from cabinet.ledger import service as ledger
from cabinet.payments import processor, reconciliation, refunds
from cabinet.payments.errors import BadPeriod, NotThisDifference, ProcessorDown, ReasonMissing
from cabinet.payments.jobs import reconcile
from cabinet.payments.models import (
    DifferenceCause,
    Payment,
    PaymentState,
    Reconciliation,
    ReconciliationDifference,
    ReconciliationState,
    Refund,
)
from cabinet.payments.processor import CheckoutLine
from cabinet.payments.service import Wish
from cabinet.residents.models import Role
from cabinet.residents.person import Person
from cabinet.sandbox import clock, timers
from cabinet.sandbox.faults import faults
from cabinet.sandbox.keys import MORE_CARDS
from cabinet.sandbox.models import SandboxObject
from tests.payments.conftest import Till, assert_books_hold, balance_of

HOUR = timedelta(hours=1)


async def compare(till: Till, session: AsyncSession) -> Reconciliation:
    run = await reconciliation.new_run(now() - HOUR, now() + HOUR, by=till.boss, session=session)
    await session.commit()
    await reconciliation.run_reconciliation(run.id)
    await session.refresh(run)
    return run


async def found(till: Till, session: AsyncSession) -> list[ReconciliationDifference]:
    run = await compare(till, session)
    return [one for one, _payment in await reconciliation.differences_of(run.id, session=session)]


async def paid_there_only(till: Till) -> None:
    started = await till.open()
    await till.enter_card(started.url)


async def test_nothing_differs_after_an_ordinary_day(till: Till, session: AsyncSession) -> None:
    paid = await till.pay()
    await refunds.send_refund(await till.refund(paid, 50_000))
    await till.pay(Wish(till.people.water.id, "100"), card=MORE_CARDS["refund_fails"])
    run = await compare(till, session)
    assert run.state is ReconciliationState.DONE
    assert (run.checked, run.ours_minor, run.theirs_minor) == (3, 110_000, 110_000)
    assert not await reconciliation.differences_of(run.id, session=session)
    assert run.ours_minor == (await balance_of(session, ledger.PROCESSOR))[0]


async def test_paid_there_and_open_here_is_settled_now(till: Till, session: AsyncSession) -> None:
    await paid_there_only(till)
    (difference,) = await found(till, session)
    assert difference.cause is DifferenceCause.PAID_THERE_OPEN_HERE
    assert (difference.ours_minor, difference.theirs_minor) == (0, 150_000)
    assert await reconciliation.settle_difference(difference.id, by=till.boss)
    payment = (await session.exec(select(Payment))).one()
    await session.refresh(payment)
    assert payment.state is PaymentState.SUCCEEDED
    await session.refresh(difference)
    assert (difference.resolution, difference.resolved_by) == ("settled", till.boss.id)
    with pytest.raises(NotThisDifference):
        await reconciliation.settle_difference(difference.id, by=till.boss)
    assert not await found(till, session)
    await assert_books_hold()


async def test_a_refund_there_is_imported(till: Till, session: AsyncSession) -> None:
    payment = await session.get_one(Payment, await till.pay())
    await till.there("/v1/refunds", payment_intent=payment.charge_ref or "", amount="30000")
    (difference,) = await found(till, session)
    assert difference.cause is DifferenceCause.REFUND_UNKNOWN_HERE
    assert await reconciliation.settle_difference(difference.id, by=till.boss)
    assert (await session.exec(select(Refund))).one().amount_minor == 30_000
    assert not await found(till, session)


async def test_a_refund_that_cannot_be_borne_is_a_difference_until_it_is_booked(
    till: Till, session: AsyncSession
) -> None:
    payment = await session.get_one(Payment, await till.pay())
    faults.lenient = True
    for _ in range(2):
        await till.there("/v1/refunds", payment_intent=payment.charge_ref or "", amount="100000")
    await till.webhooks()
    (difference,) = await found(till, session)
    assert difference.cause is DifferenceCause.REFUND_UNKNOWN_HERE
    assert not await reconciliation.settle_difference(difference.id, by=till.boss), "it still differs"
    await reconciliation.book_excess(difference.id, "вернули лишнее", by=till.boss)
    assert await balance_of(session, ledger.PROCESSOR, ledger.SUSPENSE) == [-50_000, 100_000]
    run = await compare(till, session)
    assert run.ours_minor == run.theirs_minor == -50_000
    assert not await reconciliation.differences_of(run.id, session=session)
    await assert_books_hold()


async def test_a_refund_that_failed_there_and_succeeded_here(till: Till, session: AsyncSession) -> None:
    paid = await till.pay(card=MORE_CARDS["refund_fails"])
    await refunds.send_refund(await till.refund(paid))
    clock.advance(timedelta(minutes=1))
    await timers.run_due()
    (difference,) = await found(till, session)
    assert (difference.ours_minor, difference.theirs_minor) == (-150_000, 0)
    assert await reconciliation.settle_difference(difference.id, by=till.boss)
    assert not await found(till, session)
    await assert_books_hold()


async def test_a_dispute_there_is_imported(till: Till, session: AsyncSession) -> None:
    payment = await session.get_one(Payment, await till.pay(card=MORE_CARDS["dispute"]))
    clock.advance(timedelta(minutes=1))
    await timers.run_due()
    (difference,) = await found(till, session)
    assert difference.cause is DifferenceCause.DISPUTE_UNKNOWN_HERE
    assert await reconciliation.settle_difference(difference.id, by=till.boss)
    await session.refresh(payment)
    assert payment.state is PaymentState.DISPUTED
    assert not await found(till, session)


async def test_money_that_is_not_ours_is_explained_once(till: Till, session: AsyncSession) -> None:
    checkout = await processor.create_checkout(
        payment_id=uuid4(),
        amount_minor=77_700,
        currency="RUB",
        lines=[CheckoutLine("Самовар", 77_700)],
        success_url="https://shop.example/",
        cancel_url="https://shop.example/",
        expires_at=now() + HOUR,
        locale="ru",
        customer_email=None,
        idempotency_key="another shop",
    )
    await till.enter_card(checkout.url)
    (difference,) = await found(till, session)
    assert difference.cause is DifferenceCause.UNKNOWN_HERE
    with pytest.raises(NotThisDifference):
        await reconciliation.settle_difference(difference.id, by=till.boss)
    with pytest.raises(ReasonMissing):
        await reconciliation.explain_difference(difference.id, "", by=till.boss)
    await reconciliation.explain_difference(difference.id, "другой магазин", by=till.boss)
    assert not await found(till, session), "not shown every night again"


async def test_what_only_we_have_is_found_too(till: Till, session: AsyncSession) -> None:
    paid = await till.pay()
    await refunds.send_refund(await till.refund(paid, 20_000))
    for kind in ("charge", "refund", "payment_intent"):
        for row in await session.exec(select(SandboxObject).where(SandboxObject.kind == kind)):
            await session.delete(row)
    await session.commit()
    causes = {(one.cause, one.ours_minor, one.theirs_minor) for one in await found(till, session)}
    assert causes == {
        (DifferenceCause.PAID_HERE_UNKNOWN_THERE, 150_000, 0),
        (DifferenceCause.REFUND_UNKNOWN_THERE, -20_000, 0),
    }


async def test_another_sum_there(till: Till, session: AsyncSession) -> None:
    await till.pay()
    for row in await session.exec(select(SandboxObject).where(SandboxObject.kind == "charge")):
        row.body = {**row.body, "amount_captured": 149_999}
    await session.commit()
    (difference,) = await found(till, session)
    assert difference.cause is DifferenceCause.ANOTHER_SUM


async def test_an_hour_without_the_processor_fails_and_can_be_repeated(
    till: Till, session: AsyncSession
) -> None:
    await till.pay()
    run = await reconciliation.new_run(now() - HOUR, now() + HOUR, by=None, session=session)
    await session.commit()
    faults.down = True
    with pytest.raises(ProcessorDown):
        await reconciliation.run_reconciliation(run.id)
    await session.refresh(run)
    assert run.state is ReconciliationState.FAILED
    faults.down = False
    assert await reconciliation.run_reconciliation(run.id) is ReconciliationState.DONE
    assert await reconciliation.run_reconciliation(run.id) is ReconciliationState.DONE
    await session.refresh(run)
    assert run.checked == 1, "a second run counts anew"


@pytest.mark.parametrize(("attempts", "again"), [(0, True), (29, True), (30, False)])
def test_the_night_it_begins_again_while_the_processor_is_down(attempts: int, again: bool) -> None:
    job = Job(id=1, queue="default", lock=None, queueing_lock=None, task_name="reconcile", attempts=attempts)
    decided = reconcile.get_retry_exception(exception=ProcessorDown(), job=job)
    assert (decided is not None) is again


async def test_progress_is_kept_while_it_runs(
    till: Till, session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciliation, "BATCH", 1)
    for amount in ("100", "200"):
        await till.pay(Wish(till.people.water.id, amount))
    seen: list[int] = []
    keep = reconciliation._keep  # pyright: ignore[reportPrivateUsage]

    async def watched(reconciliation_id: UUID, findings: list[Any]) -> None:
        await keep(reconciliation_id, findings)
        async with unit_of_work() as other:
            seen.append((await other.get_one(Reconciliation, reconciliation_id)).checked)

    monkeypatch.setattr(reconciliation, "_keep", watched)
    await compare(till, session)
    assert seen == [1, 2, 2]


async def test_with_permission_and_a_period(till: Till, session: AsyncSession) -> None:
    company = till.people.gas_company.id
    clerk = Person(till.boss.id, till.boss.session_id, "c", "c", Role.CLERK, company, "ru")
    with pytest.raises(Forbidden):
        await reconciliation.new_run(now() - HOUR, now(), by=clerk, session=session)
    with pytest.raises(BadPeriod):
        await reconciliation.new_run(now(), now() - HOUR, by=till.boss, session=session)
