"""Faults of README.md that need the processor's whole behaviour; the others stand in tests/payments."""

import asyncio
import random
from datetime import timedelta

import pytest

from cabinet.accounts import service as accounts
from cabinet.database import unit_of_work
from cabinet.errors import CabinetError
from cabinet.kit.dates import now
from cabinet.ledger import service as ledger
from cabinet.payments import refunds
from cabinet.payments import service as payments
from cabinet.payments.errors import ProcessorDown
from cabinet.payments.janitor import sweep
from cabinet.payments.models import PaymentState, RefundState
from cabinet.payments.service import Wish
from cabinet.sandbox.faults import faults
from tests.faults.scene import Scene


async def test_events_out_of_order_and_twice_with_the_return_page(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(random, "shuffle", list.reverse)
    faults.shuffle, faults.copies = True, 2
    started = await scene.start()
    await scene.bank.type_card(started.url, "success")
    deliveries = [scene.bank.deliver() for _ in range(3)]
    await asyncio.gather(*deliveries, *(payments.settle(started.payment_id) for _ in range(5)))
    assert (await scene.payment(started.payment_id)).state is PaymentState.SUCCEEDED
    assert await scene.debt() == 0


async def test_a_lost_redirect(scene: Scene) -> None:
    started = await scene.start()
    await scene.bank.type_card(started.url, "success")
    await scene.bank.deliver()
    assert (await scene.payment(started.payment_id)).state is PaymentState.SUCCEEDED


async def test_a_lost_webhook_and_a_lost_redirect(scene: Scene) -> None:
    faults.drop_forever = lambda _kind: True
    started = await scene.start()
    await scene.bank.type_card(started.url, "success")
    scene.bank.pass_time(timedelta(minutes=6))
    await sweep()
    assert (await scene.payment(started.payment_id)).state is PaymentState.SUCCEEDED


async def test_an_answer_lost_on_the_way_and_a_second_try(scene: Scene) -> None:
    faults.lose_responses = 1
    with pytest.raises(ProcessorDown):
        await scene.start(attempt="a")
    again = await scene.start(attempt="a")
    sessions = await scene.bank.ask("GET", "/v1/checkout/sessions", limit=10)
    assert len(sessions["data"]) == 1
    await scene.bank.type_card(again.url, "success")
    assert await payments.settle(again.payment_id) is PaymentState.SUCCEEDED


async def test_a_second_try_next_day_opens_no_second_page(scene: Scene) -> None:
    """The processor has forgotten the key by then: what was made must be looked up."""
    faults.lose_responses = 1
    with pytest.raises(ProcessorDown):
        await scene.start(attempt="a")
    scene.bank.pass_time(timedelta(hours=30))
    await sweep()
    sessions = await scene.bank.ask("GET", "/v1/checkout/sessions", limit=10)
    assert len(sessions["data"]) == 1


async def test_a_decline_then_success(scene: Scene) -> None:
    started = await scene.start()
    await scene.bank.type_card(started.url, "insufficient_funds")
    await scene.bank.deliver()
    declined = await scene.payment(started.payment_id)
    assert (declined.state, declined.reason) == (PaymentState.PENDING, "insufficient_funds")
    await scene.bank.type_card(started.url, "success")
    assert await payments.settle(started.payment_id) is PaymentState.SUCCEEDED


async def test_another_sum_at_the_processor_is_never_credited(scene: Scene) -> None:
    before = await scene.debt()
    faults.amount_shift_minor = 100
    payment_id = await scene.paid()
    assert (await scene.payment(payment_id)).state is PaymentState.REVIEW
    assert await scene.debt() == before


async def test_another_currency_at_the_processor_is_never_credited(scene: Scene) -> None:
    before = await scene.debt()
    faults.currency = "usd"
    payment_id = await scene.paid()
    assert (await scene.payment(payment_id)).state is PaymentState.REVIEW
    assert await scene.debt() == before


async def test_the_processor_is_down_for_an_hour(scene: Scene) -> None:
    started = await scene.start()
    await scene.bank.type_card(started.url, "success")
    faults.down = True
    for _ in range(4):
        scene.bank.pass_time(timedelta(minutes=15))
        await scene.bank.deliver()
        await sweep()
        with pytest.raises(ProcessorDown):
            await payments.settle(started.payment_id)
        with pytest.raises(CabinetError):
            await scene.start(Wish(scene.gas, own_amount="100"))
    assert not await scene.broken_now()
    faults.down = False
    await sweep()
    assert (await scene.payment(started.payment_id)).state is PaymentState.SUCCEEDED


async def test_bob_pays_the_bill_while_alice_types_her_card(scene: Scene) -> None:
    owed = await scene.debt()
    alices = await scene.start()
    bobs = await scene.start(resident_id=scene.bob)
    await asyncio.gather(*(scene.bank.type_card(one.url, "success") for one in (alices, bobs)))
    await asyncio.gather(*(payments.settle(one.payment_id) for one in (alices, bobs) for _ in range(3)))
    assert await scene.debt() == -owed


async def test_the_account_is_unlinked_while_the_page_is_open(scene: Scene) -> None:
    started = await scene.start()
    async with unit_of_work() as session:
        await accounts.unlink_account(scene.alice, scene.gas, session=session)
    await scene.bank.type_card(started.url, "success")
    await scene.bank.deliver()
    assert await scene.debt() == 0


async def test_a_refund_asked_for_by_many_at_once(scene: Scene) -> None:
    payment_id = await scene.paid()
    whole = (await scene.payment(payment_id)).total_minor
    wanted = [scene.want_refund(payment_id, whole * 2 // 3) for _ in range(8)]
    answers = await asyncio.gather(*wanted, return_exceptions=True)
    assert sum(not isinstance(answer, BaseException) for answer in answers) == 1
    refund_id = (await scene.refunds_of(payment_id))[0].id
    await asyncio.gather(*(refunds.send_refund(refund_id) for _ in range(8)), return_exceptions=True)
    await refunds.send_refund(refund_id)
    assert await scene.debt() == whole * 2 // 3
    assert len((await scene.bank.ask("GET", "/v1/refunds", limit=10))["data"]) == 1


async def test_the_answer_to_a_refund_is_lost(scene: Scene) -> None:
    payment_id = await scene.paid()
    refund_id = await scene.want_refund(payment_id)
    faults.lose_responses = 1
    with pytest.raises(ProcessorDown):
        await refunds.send_refund(refund_id)
    assert await refunds.send_refund(refund_id) is RefundState.SUCCEEDED
    assert len((await scene.bank.ask("GET", "/v1/refunds", limit=10))["data"]) == 1


async def test_the_answer_to_a_refund_is_lost_and_found_days_later(scene: Scene) -> None:
    faults.drop_forever = lambda _kind: True
    payment_id = await scene.paid()
    refund_id = await scene.want_refund(payment_id, 1_000)
    faults.lose_responses = 1
    with pytest.raises(ProcessorDown):
        await refunds.send_refund(refund_id)
    scene.bank.pass_time(timedelta(days=3))
    await refunds.sweep_refunds()
    assert (await scene.refunds_of(payment_id))[0].state is RefundState.SUCCEEDED
    assert len((await scene.bank.ask("GET", "/v1/refunds", limit=10))["data"]) == 1


async def test_a_refund_made_at_the_processor(scene: Scene) -> None:
    payment_id = await scene.paid()
    await scene.refund_there(payment_id, 1_000)
    faults.copies = 3
    await scene.bank.deliver_all()
    assert [(one.amount_minor, one.state) for one in await scene.refunds_of(payment_id)] == [
        (1_000, RefundState.SUCCEEDED)
    ]
    assert await scene.debt() == 1_000


async def test_a_refund_that_the_bank_sends_back(scene: Scene) -> None:
    payment_id = await scene.paid("refund_fails")
    refund_id = await scene.want_refund(payment_id)
    assert await refunds.send_refund(refund_id) is RefundState.SUCCEEDED
    assert await scene.debt() > 0
    scene.bank.pass_time(timedelta(minutes=1))
    await scene.bank.deliver_all()
    assert (await scene.refunds_of(payment_id))[0].state is RefundState.FAILED
    assert await scene.debt() == 0
    again = await scene.want_refund(payment_id)
    assert await refunds.send_refund(again) is RefundState.SUCCEEDED


async def test_a_pending_refund_is_not_done(scene: Scene) -> None:
    payment_id = await scene.paid("refund_pending")
    refund_id = await scene.want_refund(payment_id)
    assert await refunds.send_refund(refund_id) is RefundState.PENDING
    assert await scene.debt() == 0
    scene.bank.pass_time(timedelta(minutes=10))
    await scene.bank.deliver_all()
    assert await scene.debt() > 0


async def test_a_lenient_processor_refunds_more_than_was_paid(scene: Scene) -> None:
    """Ours refuses, whatever the processor would allow; what is done there is not lost from sight."""
    payment_id = await scene.paid()
    whole = (await scene.payment(payment_id)).total_minor
    faults.lenient = True
    with pytest.raises(CabinetError):
        await scene.want_refund(payment_id, whole + 1)
    await refunds.send_refund(await scene.want_refund(payment_id, whole - 10))
    with pytest.raises(CabinetError):
        await scene.want_refund(payment_id, 11)
    assert await scene.debt() == whole - 10


@pytest.mark.parametrize("won", [True, False])
async def test_a_dispute(scene: Scene, *, won: bool) -> None:
    payment_id = await scene.paid("dispute")
    await scene.bank.deliver_all()
    assert (await scene.payment(payment_id)).state is PaymentState.DISPUTED
    assert await scene.total(ledger.PROCESSOR) == 0
    with pytest.raises(CabinetError):
        await scene.want_refund(payment_id)
    await scene.decide_dispute(won=won)
    faults.copies, faults.shuffle = 3, True
    await scene.bank.deliver_all()
    state = PaymentState.SUCCEEDED if won else PaymentState.LOST
    assert (await scene.payment(payment_id)).state is state
    assert await scene.total(ledger.SUSPENSE) == 0
    assert (await scene.debt() == 0) is won


@pytest.mark.parametrize("won", [True, False])
async def test_a_dispute_of_a_payment_that_waits_for_staff(scene: Scene, *, won: bool) -> None:
    faults.amount_shift_minor = 100
    payment_id = await scene.paid("dispute")
    assert (await scene.payment(payment_id)).state is PaymentState.REVIEW
    await scene.bank.deliver_all()
    assert await scene.total(ledger.PROCESSOR) == 0
    await scene.decide_dispute(won=won)
    await scene.bank.deliver_all()
    left = await scene.payment(payment_id)
    assert left.state is (PaymentState.REVIEW if won else PaymentState.CANCELED)
    await payments.settle(payment_id)
    assert (await scene.payment(payment_id)).state is left.state, (
        "what the bank took back does not come to life"
    )


async def test_nothing_is_left_open_when_nobody_comes_back(scene: Scene) -> None:
    faults.drop_forever = lambda _kind: True
    started = await scene.start()
    scene.bank.pass_time(timedelta(minutes=40))
    await sweep()
    left = await scene.payment(started.payment_id)
    assert left.state is PaymentState.CANCELED and left.expires_at and left.expires_at < now()
