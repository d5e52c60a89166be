"""Turns: announced, charged once, followed, whatever fails in between."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.autopay import charging, letters
from cabinet.autopay import service as autopay
from cabinet.autopay.models import Autopay, AutopayMode, AutopayRunState
from cabinet.billing import service as billing
from cabinet.billing.service import ChargeLine
from cabinet.kit.dates import now
from cabinet.ledger import service as ledger
from cabinet.ledger.models import JournalKind
from cabinet.mail.models import Letter
from cabinet.payments import janitor
from cabinet.payments import service as payments
from cabinet.payments.models import PaymentOrigin, PaymentState
from cabinet.payments.service import Wish
from tests.autopay.conftest import (
    DEBT,
    Calendar,
    FakeCharges,
    letters_in,
    payments_in,
    run_of,
    runs_of,
    start_order,
)
from tests.payments.conftest import FakeProcessor, Neighbours


@pytest.fixture
async def order(session: AsyncSession, neighbours: Neighbours, calendar: Calendar) -> Autopay:
    """Alice pays gas on the 10th; it is the 8th."""
    return await start_order(session, neighbours.alice.id, neighbours.gas.id)


async def owed(session: AsyncSession, neighbours: Neighbours) -> int:
    return (await ledger.balances([neighbours.gas.id], session=session))[neighbours.gas.id]


async def bill(session: AsyncSession, neighbours: Neighbours, amount: int, month: int = 12) -> None:
    period = date(2026, month, 1)
    lines = [ChargeLine("Газ", amount)]
    await billing.issue_bill(neighbours.gas.id, period, period + timedelta(days=40), lines, session=session)


async def test_letter_first_then_the_charge_on_its_day(
    session: AsyncSession,
    neighbours: Neighbours,
    charges: FakeCharges,
    calendar: Calendar,
    order: Autopay,
):
    await autopay.announce_turns()
    run = await run_of(session, order)
    assert (run.period, run.charge_on) == (date(2026, 12, 1), date(2026, 12, 10))
    assert run.announced_minor == DEBT
    letter = (await session.exec(select(Letter))).one()
    assert letter.kind == "autopay_announced"
    for fact in ("1\u202f500,00", "10 декабря", "4242", "/settings/cards"):
        assert fact in letter.subject + letter.text

    calendar.wait(1)
    await autopay.charge_turns()
    assert charges.calls == 0

    calendar.wait(1)
    await autopay.charge_turns()
    payment = (await payments_in(session))[0]
    assert (payment.state, payment.origin) == (PaymentState.SUCCEEDED, PaymentOrigin.AUTOPAY)
    assert (payment.total_minor, payment.charge_ref) == (DEBT, "pi_0")
    assert (await run_of(session, order)).state is AutopayRunState.PAID
    assert await owed(session, neighbours) == 0
    assert await letters_in(session) == ["autopay_announced", "payment_succeeded"]


async def test_rounds_again_and_again_do_nothing_twice(
    session: AsyncSession, charges: FakeCharges, calendar: Calendar, order: Autopay
):
    for days in (0, 0, 1, 1, 0, 0, 1):
        calendar.wait(days)
        await autopay.announce_turns()
        await autopay.charge_turns()
        await autopay.follow_turns()
    assert charges.calls == len(await payments_in(session)) == len(await runs_of(session, order)) == 1


async def test_nothing_owed_is_neither_announced_nor_charged(
    session: AsyncSession,
    neighbours: Neighbours,
    charges: FakeCharges,
    calendar: Calendar,
    order: Autopay,
):
    water = await start_order(session, neighbours.alice.id, neighbours.water.id)
    await autopay.announce_turns()
    assert await runs_of(session, water) == []
    await _pay_by_hand(session, neighbours)
    calendar.wait(2)
    await autopay.charge_turns()
    run = await run_of(session, order)
    assert (run.state, run.reason) == (AutopayRunState.SKIPPED, "nothing_owed")
    assert charges.calls == 0


async def _pay_by_hand(session: AsyncSession, neighbours: Neighbours) -> None:
    lines = [
        ledger.Line(ledger.receivable(neighbours.gas.id), -DEBT),
        ledger.Line(ledger.clearing(neighbours.gas_company.id), DEBT),
    ]
    await ledger.post("by-hand", JournalKind.STATEMENT, lines, session=session)


async def test_a_debt_above_the_limit_is_left_to_the_resident_with_a_letter(
    session: AsyncSession, neighbours: Neighbours, charges: FakeCharges, calendar: Calendar
):
    order = await start_order(session, neighbours.alice.id, neighbours.gas.id, limit="1499.99")
    await autopay.announce_turns()
    await autopay.announce_turns()
    run = await run_of(session, order)
    assert (run.state, run.reason) == (AutopayRunState.SKIPPED, "above_limit")
    assert await letters_in(session) == ["autopay_failed"]
    assert charges.calls == 0


async def test_a_debt_that_grew_above_the_limit_since_the_letter_is_not_charged(
    session: AsyncSession,
    neighbours: Neighbours,
    charges: FakeCharges,
    calendar: Calendar,
    order: Autopay,
):
    await autopay.announce_turns()
    await bill(session, neighbours, 400_000)
    calendar.wait(2)
    await autopay.charge_turns()
    assert (await run_of(session, order)).reason == "above_limit"
    assert await letters_in(session) == ["autopay_announced", "autopay_failed"]
    assert charges.calls == 0


async def test_no_charge_is_larger_than_its_letter_or_the_debt(
    session: AsyncSession,
    neighbours: Neighbours,
    charges: FakeCharges,
    calendar: Calendar,
    order: Autopay,
):
    await autopay.announce_turns()
    await bill(session, neighbours, 20_000)
    calendar.wait(2)
    await autopay.charge_turns()
    assert (await payments_in(session))[0].total_minor == DEBT
    assert await owed(session, neighbours) == 20_000


async def test_the_commission_is_part_of_what_the_letter_names(
    session: AsyncSession,
    neighbours: Neighbours,
    charges: FakeCharges,
    calendar: Calendar,
    order: Autopay,
):
    neighbours.gas_company.commission_bp = 100
    await session.flush()
    await autopay.announce_turns()
    await bill(session, neighbours, 20_000)
    calendar.wait(2)
    await autopay.charge_turns()
    payment = (await payments_in(session))[0]
    assert (await run_of(session, order)).announced_minor == payment.total_minor == 151_500
    assert (payment.amount_minor, payment.commission_minor) == (150_000, 1_500)


async def test_a_decline_is_told_and_not_tried_again(
    session: AsyncSession, charges: FakeCharges, calendar: Calendar, order: Autopay
):
    charges.decline("insufficient_funds")
    await autopay.announce_turns()
    calendar.wait(2)
    for _round in range(3):
        await autopay.charge_turns()
        await autopay.follow_turns()
        await autopay.announce_turns()
    payment = (await payments_in(session))[0]
    assert (payment.state, payment.reason) == (PaymentState.FAILED, "insufficient_funds")
    run = await run_of(session, order)
    assert (run.state, run.reason) == (AutopayRunState.FAILED, "insufficient_funds")
    assert charges.calls == 1
    assert await letters_in(session) == ["autopay_announced", "autopay_failed"]


async def test_a_bank_that_asks_leads_the_resident_to_the_site(
    session: AsyncSession,
    neighbours: Neighbours,
    fake: FakeProcessor,
    charges: FakeCharges,
    calendar: Calendar,
    order: Autopay,
):
    charges.decline("authentication_required")
    await autopay.announce_turns()
    calendar.wait(2)
    await autopay.charge_turns()
    assert (await run_of(session, order)).state is AutopayRunState.NEEDS_RESIDENT
    assert await letters_in(session) == ["autopay_announced", "autopay_needs_you"]
    letter = (await session.exec(select(Letter).where(Letter.kind == "autopay_needs_you"))).one()
    assert f"/pay?account={neighbours.gas.id}" in letter.text

    started = await payments.start_payment(
        neighbours.alice.id, [Wish(neighbours.gas.id)], attempt="by hand", locale="ru"
    )
    fake.pay("cs_0")
    assert await payments.settle(started.payment_id) is PaymentState.SUCCEEDED
    assert await owed(session, neighbours) == 0


async def test_a_lost_answer_is_looked_up_and_never_charged_anew(
    session: AsyncSession,
    neighbours: Neighbours,
    charges: FakeCharges,
    calendar: Calendar,
    order: Autopay,
):
    charges.loses_answers = True
    await autopay.announce_turns()
    calendar.wait(2)
    await autopay.charge_turns()
    assert (await run_of(session, order)).state is AutopayRunState.CHARGING
    assert (await payments_in(session))[0].charge_ref is None

    await autopay.follow_turns()
    assert (await run_of(session, order)).state is AutopayRunState.PAID
    assert (charges.calls, len(charges.charges)) == (1, 1)
    assert await owed(session, neighbours) == 0


async def test_a_request_that_never_arrived_is_sent_again_under_its_key(
    session: AsyncSession, charges: FakeCharges, calendar: Calendar, order: Autopay
):
    await autopay.announce_turns()
    calendar.wait(2)
    charges.down = True
    await autopay.charge_turns()
    await autopay.follow_turns()
    assert (await run_of(session, order)).state is AutopayRunState.CHARGING
    charges.down = False
    await autopay.follow_turns()
    run = await run_of(session, order)
    assert run.state is AutopayRunState.PAID
    assert list(charges.keys) == [f"autopay:{run.id}"]
    assert len(await payments_in(session)) == 1


@pytest.mark.parametrize("step", ["freeze", "charge", "settle", "finish"])
async def test_a_crash_between_any_two_steps_charges_once(
    session: AsyncSession,
    neighbours: Neighbours,
    charges: FakeCharges,
    calendar: Calendar,
    order: Autopay,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
):
    await autopay.announce_turns()
    calendar.wait(2)
    with monkeypatch.context() as crash:
        places = {
            "freeze": "cabinet.autopay.charging._charge",
            "charge": "cabinet.payments.saved._keep",
            "settle": "cabinet.payments.saved.settle",
            "finish": "cabinet.autopay.charging._finish",
        }
        crash.setattr(places[step], _crash)
        await autopay.charge_turns()
    assert (await run_of(session, order)).state is AutopayRunState.CHARGING

    await autopay.announce_turns()
    await autopay.charge_turns()
    await autopay.follow_turns()
    assert (await run_of(session, order)).state is AutopayRunState.PAID
    assert (len(charges.charges), len(await payments_in(session))) == (1, 1)
    assert await owed(session, neighbours) == 0


async def _crash(*_: Any, **__: Any) -> None:
    raise RuntimeError("kill -9")


async def test_stopped_after_a_crash_means_not_charged(
    session: AsyncSession,
    neighbours: Neighbours,
    charges: FakeCharges,
    calendar: Calendar,
    order: Autopay,
):
    await autopay.announce_turns()
    calendar.wait(2)
    charges.down = True
    await autopay.charge_turns()
    charges.down = False
    await autopay.stop_autopay(neighbours.alice.id, order.id, session=session)
    await autopay.follow_turns()
    assert charges.calls == 0
    assert (await payments_in(session))[0].state is PaymentState.CANCELED
    assert (await run_of(session, order)).state is AutopayRunState.FAILED


async def test_an_old_key_is_not_used_again_and_the_janitor_closes_the_payment(
    session: AsyncSession, charges: FakeCharges, calendar: Calendar, order: Autopay
):
    await autopay.announce_turns()
    calendar.wait(2)
    charges.down = True
    await autopay.charge_turns()
    charges.down = False
    payment = (await payments_in(session))[0]
    payment.expires_at, payment.created_at = now() - timedelta(minutes=1), now() - timedelta(days=1)
    await session.flush()
    await autopay.follow_turns()
    assert charges.calls == 0
    await janitor.sweep()
    await autopay.follow_turns()
    assert (await payments_in(session))[0].state is PaymentState.CANCELED
    assert (await run_of(session, order)).state is AutopayRunState.FAILED
    assert (await letters_in(session))[-1] == "autopay_failed"


async def test_money_that_comes_after_all_is_credited(
    session: AsyncSession,
    neighbours: Neighbours,
    charges: FakeCharges,
    calendar: Calendar,
    order: Autopay,
):
    charges.outcome = {"status": "open", "payment_status": "unpaid"}
    await autopay.announce_turns()
    calendar.wait(2)
    await autopay.charge_turns()
    assert (await payments_in(session))[0].state is PaymentState.PENDING
    assert (await run_of(session, order)).state is AutopayRunState.CHARGING
    charges.change(status="complete", payment_status="paid")
    await autopay.follow_turns()
    assert (await run_of(session, order)).state is AutopayRunState.PAID
    assert await owed(session, neighbours) == 0


@pytest.mark.parametrize(
    ("code", "noted"),
    [
        ("card_declined", AutopayRunState.FAILED),
        ("authentication_required", AutopayRunState.NEEDS_RESIDENT),
    ],
)
async def test_money_that_comes_after_a_refusal_is_shown_as_paid(
    session: AsyncSession,
    neighbours: Neighbours,
    charges: FakeCharges,
    calendar: Calendar,
    order: Autopay,
    code: str,
    noted: AutopayRunState,
):
    charges.decline(code)
    await autopay.announce_turns()
    calendar.wait(2)
    await autopay.charge_turns()
    payment = (await payments_in(session))[0]
    assert await shown_run(session, neighbours) == (noted, code)

    charges.change(status="complete", payment_status="paid", failure_code=None)
    await payments.settle(payment.id)
    assert await shown_run(session, neighbours) == (AutopayRunState.PAID, "")
    for state, shown in (
        (PaymentState.DISPUTED, (AutopayRunState.PAID, "")),
        (PaymentState.LOST, (AutopayRunState.FAILED, autopay.RETURNED)),
    ):
        payment.state = state
        await session.flush()
        assert await shown_run(session, neighbours) == shown


async def shown_run(session: AsyncSession, neighbours: Neighbours) -> tuple[AutopayRunState, str]:
    """The last charge as the cards page shows it."""
    [view] = await autopay.autopays_of(neighbours.alice.id, session=session)
    assert view.last is not None
    return view.last.state, view.last.reason


async def test_a_sum_that_is_not_ours_waits_for_staff(
    session: AsyncSession,
    neighbours: Neighbours,
    charges: FakeCharges,
    calendar: Calendar,
    order: Autopay,
):
    charges.outcome = {"status": "open", "payment_status": "unpaid"}
    await autopay.announce_turns()
    calendar.wait(2)
    await autopay.charge_turns()
    charges.change(status="complete", payment_status="paid", amount_minor=DEBT + 1)
    await autopay.follow_turns()
    assert (await payments_in(session))[0].state is PaymentState.REVIEW
    assert (await run_of(session, order)).state is AutopayRunState.CHARGING
    assert await owed(session, neighbours) == DEBT


async def test_a_refused_call_charges_nothing_and_says_so(
    session: AsyncSession, charges: FakeCharges, calendar: Calendar, order: Autopay
):
    charges.refuses = "resource_missing"
    await autopay.announce_turns()
    calendar.wait(2)
    await autopay.charge_turns()
    payment = (await payments_in(session))[0]
    assert (payment.state, payment.reason) == (PaymentState.FAILED, "resource_missing")
    assert (await run_of(session, order)).state is AutopayRunState.FAILED


async def test_a_refusal_of_the_second_call_does_not_hide_the_first_charge(
    session: AsyncSession,
    neighbours: Neighbours,
    charges: FakeCharges,
    calendar: Calendar,
    order: Autopay,
    monkeypatch: pytest.MonkeyPatch,
):
    charges.loses_answers = True
    await autopay.announce_turns()
    calendar.wait(2)
    await autopay.charge_turns()
    charges.refuses = "idempotency_error"
    run = await run_of(session, order)
    await charging._charge(run.id)  # pyright: ignore[reportPrivateUsage]
    assert (await payments_in(session))[0].state is PaymentState.SUCCEEDED
    assert await owed(session, neighbours) == 0


async def test_money_under_way_is_waited_for(
    session: AsyncSession,
    neighbours: Neighbours,
    fake: FakeProcessor,
    charges: FakeCharges,
    calendar: Calendar,
    order: Autopay,
):
    await autopay.announce_turns()
    calendar.wait(2)
    started = await payments.start_payment(
        neighbours.bob.id, [Wish(neighbours.gas.id)], attempt="bob", locale="ru"
    )
    await autopay.charge_turns()
    assert charges.calls == 0
    assert (await run_of(session, order)).state is AutopayRunState.ANNOUNCED
    fake.pay("cs_0")
    await payments.settle(started.payment_id)
    await autopay.charge_turns()
    assert (await run_of(session, order)).reason == "nothing_owed"


async def test_a_hosted_payment_neither_takes_over_nor_cancels_a_charge(
    session: AsyncSession,
    neighbours: Neighbours,
    fake: FakeProcessor,
    charges: FakeCharges,
    calendar: Calendar,
    order: Autopay,
):
    charges.outcome = {"status": "open", "payment_status": "unpaid"}
    await autopay.announce_turns()
    calendar.wait(2)
    await autopay.charge_turns()
    charge = (await payments_in(session))[0]
    started = await payments.start_payment(
        neighbours.alice.id, [Wish(neighbours.gas.id)], attempt="impatient", locale="ru"
    )
    assert started.payment_id != charge.id
    assert charge.state is PaymentState.PENDING


async def test_without_a_letter_there_is_no_charge(
    session: AsyncSession,
    charges: FakeCharges,
    calendar: Calendar,
    order: Autopay,
    monkeypatch: pytest.MonkeyPatch,
):
    async def too_many(*_: Any, **__: Any) -> None:
        return None

    monkeypatch.setattr(letters.mail, "write_letter", too_many)
    await autopay.announce_turns()
    calendar.wait(2)
    await autopay.charge_turns()
    assert await runs_of(session, order) == []
    assert charges.calls == 0


async def test_a_charge_that_was_missed_for_days_is_left_out_with_a_letter(
    session: AsyncSession, charges: FakeCharges, calendar: Calendar, order: Autopay
):
    await autopay.announce_turns()
    calendar.wait(6)
    await autopay.charge_turns()
    run = await run_of(session, order)
    assert (run.state, run.reason, charges.calls) == (AutopayRunState.SKIPPED, "late", 0)
    assert (await letters_in(session))[-1] == "autopay_failed"


async def test_a_bill_that_arrives_is_announced_once(
    session: AsyncSession, neighbours: Neighbours, charges: FakeCharges, calendar: Calendar
):
    order = await start_order(session, neighbours.alice.id, neighbours.gas.id, mode=AutopayMode.BILL)
    await autopay.announce_turns()
    assert await runs_of(session, order) == []

    await bill(session, neighbours, 30_000)
    await autopay.announce_turns()
    run = await run_of(session, order)
    assert (run.period, run.charge_on) == (date(2026, 12, 1), calendar.today + timedelta(days=2))
    calendar.wait(2)
    for _round in range(2):
        await autopay.charge_turns()
        await autopay.announce_turns()
    assert await owed(session, neighbours) == 0
    assert len(await runs_of(session, order)) == 1


async def test_two_bills_at_once_are_one_charge(
    session: AsyncSession, neighbours: Neighbours, charges: FakeCharges, calendar: Calendar
):
    order = await start_order(session, neighbours.alice.id, neighbours.gas.id, mode=AutopayMode.BILL)
    await bill(session, neighbours, 30_000, month=11)
    await bill(session, neighbours, 30_000, month=12)
    await autopay.announce_turns()
    await autopay.announce_turns()
    calendar.wait(2)
    await autopay.charge_turns()
    await autopay.announce_turns()
    runs = sorted(await runs_of(session, order), key=lambda run: run.period)
    assert [(run.state, run.reason) for run in runs] == [
        (AutopayRunState.PAID, ""),
        (AutopayRunState.SKIPPED, "nothing_owed"),
    ]
    assert charges.calls == 1
    assert await letters_in(session) == ["autopay_announced", "payment_succeeded"]
