"""Refunds: whole and partial, by two people above the limit, and never more than once or than was paid."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.audit.models import AuditRecord
from cabinet.database import read_only, unit_of_work
from cabinet.errors import Forbidden
from cabinet.ledger import service as ledger
from cabinet.ledger.models import Journal
from cabinet.mail.models import Letter
from cabinet.payments import refunds, review, settlement
from cabinet.payments import service as payments
from cabinet.payments.errors import (
    NotRefundable,
    NotWaiting,
    ProcessorDown,
    ReasonMissing,
    RefundTooLarge,
    SamePerson,
)
from cabinet.payments.giving_back import Rest, take
from cabinet.payments.models import AllocationKind, Deallocation, Payment, PaymentState, Refund, RefundState
from cabinet.payments.preview import stored_splits
from cabinet.payments.proof import violations
from cabinet.payments.rows import items_of
from cabinet.payments.service import Wish
from cabinet.residents.models import Role
from cabinet.residents.person import Person
from cabinet.sandbox import clock, timers
from cabinet.sandbox.faults import faults
from cabinet.sandbox.keys import MORE_CARDS
from cabinet.settings import settings
from tests.payments.conftest import Till, assert_books_hold, balance_of


async def state_of(refund_id: UUID) -> RefundState:
    async with read_only() as session:
        return (await session.get_one(Refund, refund_id)).state


async def gas_balance(till: Till) -> int:
    async with read_only() as session:
        return (await ledger.balances([till.people.gas.id], session=session))[till.people.gas.id]


async def letters(kind: str) -> int:
    async with read_only() as session:
        return (await session.exec(select(func.count()).where(Letter.kind == kind))).one()


async def test_the_whole_is_given_back(till: Till, session: AsyncSession) -> None:
    payment_id = await till.pay()
    assert await gas_balance(till) == 0
    refund_id = await till.refund(payment_id)
    assert await state_of(refund_id) is RefundState.CREATED
    assert await gas_balance(till) == 0, "a refund that is only wanted has moved nothing"
    assert await refunds.send_refund(refund_id) is RefundState.SUCCEEDED
    assert await gas_balance(till) == 150_000
    payable, clearing = (name(till.people.gas_company.id) for name in (ledger.payable, ledger.clearing))
    assert await balance_of(session, ledger.PROCESSOR, payable, clearing) == [0, 0, -150_000]
    assert await letters("refund_succeeded") == 1
    assert (await session.get_one(Payment, payment_id)).state is PaymentState.SUCCEEDED
    await assert_books_hold()


async def test_the_commission_goes_back_with_the_whole_and_in_parts(
    till: Till, session: AsyncSession
) -> None:
    till.people.gas_company.commission_bp = 100
    session.add(till.people.gas_company)
    await session.flush()
    payment_id = await till.pay(Wish(till.people.gas.id), Wish(till.people.water.id, "333,33"))
    payment = await session.get_one(Payment, payment_id)
    assert payment.commission_minor == 1_500
    for amount in (33_333, 50_001, None):
        assert await refunds.send_refund(await till.refund(payment_id, amount)) is RefundState.SUCCEEDED
        await assert_books_hold()
    payables = [ledger.payable(p.id) for p in (till.people.gas_company, till.people.water_company)]
    assert await balance_of(session, ledger.PROCESSOR, ledger.FEE, *payables) == [0, 0, 0, 0]
    assert await gas_balance(till) == 150_000


async def test_what_a_refund_took_back_is_owed_and_can_be_paid_again(
    till: Till, session: AsyncSession
) -> None:
    payment_id = await till.pay()
    await refunds.send_refund(await till.refund(payment_id, 60_000))
    taken = (await session.exec(select(Deallocation).order_by(col(Deallocation.amount_minor)))).all()
    assert [one.amount_minor for one in taken] == [10_000, 50_000], "the newest period gives first"
    given = await settlement.allocated([till.people.gas.id], session)
    assert sum(given.values()) == 90_000
    again = await till.pay()
    assert (await session.get_one(Payment, again)).amount_minor == 60_000
    given = await settlement.allocated([till.people.gas.id], session)
    assert sorted(given.values()) == [50_000, 100_000]
    await assert_books_hold()


def test_advance_gives_first_then_penalty_then_charges_of_the_newest_period() -> None:
    from datetime import date
    from uuid import uuid4

    advance, penalty, old, new = uuid4(), uuid4(), uuid4(), uuid4()
    rests = [
        Rest(old, AllocationKind.CHARGE, date(2026, 1, 1), 100),
        Rest(new, AllocationKind.CHARGE, date(2026, 2, 1), 100),
        Rest(penalty, AllocationKind.PENALTY, date(2026, 1, 1), 10),
        Rest(advance, AllocationKind.ADVANCE, date.min, 5),
    ]
    assert take(rests, 120) == [(advance, 5), (penalty, 10), (new, 100), (old, 5)]
    with pytest.raises(ValueError, match="more is taken back"):
        take(rests, 216)


async def test_never_more_than_is_left(till: Till, session: AsyncSession) -> None:
    payment_id = await till.pay()
    await till.refund(payment_id, 100_000)
    with pytest.raises(RefundTooLarge) as problem:
        await till.refund(payment_id, 50_001)
    assert problem.value.left_minor == 50_000
    for amount in (0, -1):
        with pytest.raises(RefundTooLarge):
            await till.refund(payment_id, amount)
    session.add(
        Refund(payment_id=payment_id, amount_minor=50_001, reason="x", idempotency_key="past the code")
    )
    with pytest.raises(DBAPIError, match="exceed it"):
        await session.flush()


async def test_only_a_paid_payment_and_only_with_a_reason(till: Till, session: AsyncSession) -> None:
    started = await till.open()
    with pytest.raises(NotRefundable):
        await till.refund(started.payment_id)
    paid = await till.pay()
    with pytest.raises(ReasonMissing):
        await refunds.request_refund(paid, None, "  \n", by=till.boss, session=session)


async def test_a_clerk_may_not(till: Till, session: AsyncSession) -> None:
    paid = await till.pay()
    clerk = Person(till.boss.id, till.boss.session_id, "c", "c", Role.CLERK, till.people.gas_company.id, "ru")
    with pytest.raises(Forbidden):
        await refunds.request_refund(paid, None, "ошибка", by=clerk, session=session)


@pytest.fixture
def low_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "refund_approval_above_minor", 100_000)


async def test_above_the_limit_two_people_decide(till: Till, session: AsyncSession, low_limit: None) -> None:
    refund_id = await till.refund(await till.pay(), 100_001)
    assert await refunds.send_refund(refund_id) is RefundState.CREATED
    assert not await till.listed("/v1/refunds"), "nothing was sent without the second person"
    with pytest.raises(SamePerson):
        await refunds.approve_refund(refund_id, by=till.boss, session=session)
    await refunds.approve_refund(refund_id, by=till.chief, session=session)
    assert await refunds.send_refund(refund_id) is RefundState.SUCCEEDED
    with pytest.raises(NotWaiting):
        await refunds.decline_refund(refund_id, "поздно", by=till.chief, session=session)
    acts = (await session.exec(select(AuditRecord.action).where(AuditRecord.subject == "refund"))).all()
    assert sorted(acts) == ["approve_refund", "request_refund"]
    await assert_books_hold()


async def test_the_limit_cannot_be_passed_in_small_parts(
    till: Till, session: AsyncSession, low_limit: None
) -> None:
    payment_id = await till.pay()
    first, second = await till.refund(payment_id, 60_000), await till.refund(payment_id, 60_000)
    found = [(await session.get_one(Refund, one)).needs_approval for one in (first, second)]
    assert found == [False, True]


async def test_the_database_asks_for_the_second_person_too(
    till: Till, session: AsyncSession, low_limit: None
) -> None:
    refund = await session.get_one(Refund, await till.refund(await till.pay()))
    refund.state = RefundState.PENDING
    with pytest.raises(DBAPIError, match="second person"):
        await session.flush()


async def test_a_declined_refund_frees_the_sum(till: Till, session: AsyncSession, low_limit: None) -> None:
    payment_id = await till.pay()
    refund_id = await till.refund(payment_id)
    await refunds.decline_refund(refund_id, "нет оснований", by=till.chief, session=session)
    assert await refunds.send_refund(refund_id) is RefundState.FAILED
    assert not await till.listed("/v1/refunds")
    assert await till.refund(payment_id)


async def test_pending_is_not_done(till: Till, session: AsyncSession) -> None:
    payment_id = await till.pay(card=MORE_CARDS["refund_pending"])
    refund_id = await till.refund(payment_id)
    assert await refunds.send_refund(refund_id) is RefundState.PENDING
    assert await gas_balance(till) == 0
    assert await letters("refund_succeeded") == 0
    clock.advance(timedelta(minutes=1))
    await timers.run_due()
    assert await refunds.settle_refund(refund_id) is RefundState.SUCCEEDED
    assert await gas_balance(till) == 150_000
    await assert_books_hold()


async def test_a_refund_that_the_bank_sends_back_is_undone(till: Till, session: AsyncSession) -> None:
    payment_id = await till.pay(card=MORE_CARDS["refund_fails"])
    refund_id = await till.refund(payment_id, 70_000)
    assert await refunds.send_refund(refund_id) is RefundState.SUCCEEDED
    assert await gas_balance(till) == 70_000
    clock.advance(timedelta(minutes=1))
    await timers.run_due()
    await till.webhooks()
    assert await state_of(refund_id) is RefundState.FAILED
    assert await gas_balance(till) == 0
    assert sum((await settlement.allocated([till.people.gas.id], session)).values()) == 150_000
    assert await letters("refund_failed") == 1
    assert (
        await refunds.refundable_minor(await session.get_one(Payment, payment_id), session=session) == 150_000
    )
    await assert_books_hold()


async def test_a_lost_answer_then_a_retry_make_one_refund(till: Till, session: AsyncSession) -> None:
    refund_id = await till.refund(await till.pay(), 40_000)
    faults.lose_responses = 1
    with pytest.raises(ProcessorDown):
        await refunds.send_refund(refund_id)
    assert await state_of(refund_id) is RefundState.CREATED
    assert await gas_balance(till) == 0
    assert await refunds.send_refund(refund_id) is RefundState.SUCCEEDED
    assert await refunds.send_refund(refund_id) is RefundState.SUCCEEDED
    assert len(await till.listed("/v1/refunds")) == 1
    assert await gas_balance(till) == 40_000
    await assert_books_hold()


async def test_after_a_day_what_was_made_is_looked_up_first(till: Till, session: AsyncSession) -> None:
    refund_id = await till.refund(await till.pay(), 40_000)
    faults.lose_responses = 1
    with pytest.raises(ProcessorDown):
        await refunds.send_refund(refund_id)
    refund = await session.get_one(Refund, refund_id)
    refund.created_at -= timedelta(days=2)
    await session.flush()
    clock.advance(timedelta(days=2))
    assert await refunds.sweep_refunds() == 1
    assert await state_of(refund_id) is RefundState.SUCCEEDED
    assert len(await till.listed("/v1/refunds")) == 1
    await assert_books_hold()


async def test_the_janitor_finishes_what_a_crash_left(till: Till, session: AsyncSession) -> None:
    refund_id = await till.refund(await till.pay(), 40_000)
    assert await refunds.sweep_refunds() == 0, "it has patience"
    refund = await session.get_one(Refund, refund_id)
    refund.created_at -= timedelta(minutes=6)
    await session.flush()
    assert await refunds.sweep_refunds() == 1
    assert await state_of(refund_id) is RefundState.SUCCEEDED


async def test_what_the_processor_refuses_moves_nothing_itself(till: Till, session: AsyncSession) -> None:
    payment_id = await till.pay()
    refund_id = await till.refund(payment_id)
    payment = await session.get_one(Payment, payment_id)
    await till.there("/v1/refunds", payment_intent=payment.charge_ref or "")
    assert await refunds.send_refund(refund_id) is RefundState.FAILED
    assert (await session.get_one(Refund, refund_id)).failure == "charge_already_refunded"
    assert await gas_balance(till) == 150_000, (
        "only the refund that was made there, which is taken in at once"
    )
    assert await letters("refund_failed") == 0
    await till.webhooks()
    assert await gas_balance(till) == 150_000
    await assert_books_hold()


async def test_a_refund_made_at_the_processor_is_imported_once(till: Till, session: AsyncSession) -> None:
    payment = await session.get_one(Payment, await till.pay())
    await till.there("/v1/refunds", payment_intent=payment.charge_ref or "", amount="30000")
    faults.copies, faults.shuffle = 3, True
    await till.webhooks()
    await payments.settle(payment.id)
    await refunds.import_refunds(payment.id)
    refund = (await session.exec(select(Refund))).one()
    assert (refund.state, refund.requested_by) == (RefundState.SUCCEEDED, None)
    assert await gas_balance(till) == 30_000
    await assert_books_hold()


async def test_a_refund_there_that_found_its_room_taken_is_imported_when_ours_is_refused(
    till: Till, session: AsyncSession
) -> None:
    payment = await session.get_one(Payment, await till.pay())
    ours = await till.refund(payment.id, 100_000)
    await till.there("/v1/refunds", payment_intent=payment.charge_ref or "", amount="120000")
    await till.webhooks()
    assert await gas_balance(till) == 0
    assert await refunds.send_refund(ours) is RefundState.FAILED
    made = (await session.exec(select(Refund).where(col(Refund.id) != ours))).one()
    assert (made.state, made.amount_minor) == (RefundState.SUCCEEDED, 120_000)
    assert await gas_balance(till) == 120_000
    await assert_books_hold()


async def test_a_refund_whose_event_overtakes_the_payment(till: Till, session: AsyncSession) -> None:
    """Nobody has settled the payment here when the refund at the processor is told of."""
    started = await till.open()
    await till.enter_card(started.url)
    intent = (await till.listed("/v1/payment_intents"))[0]
    await till.there("/v1/refunds", payment_intent=intent["id"], amount="30000")
    faults.drop_forever = lambda kind: not kind.startswith("refund.")
    await till.webhooks()
    assert (await session.get_one(Payment, started.payment_id)).state is PaymentState.SUCCEEDED
    assert await gas_balance(till) == 30_000
    await assert_books_hold()


async def test_a_lenient_processor_pays_back_too_much(till: Till, session: AsyncSession) -> None:
    payment = await session.get_one(Payment, await till.pay())
    faults.lenient = True
    for amount in ("100000", "100000"):
        await till.there("/v1/refunds", payment_intent=payment.charge_ref or "", amount=amount)
    await till.webhooks()
    assert len((await session.exec(select(Refund))).all()) == 1
    assert await gas_balance(till) == 100_000, "only what the payment can bear"
    assert await balance_of(session, ledger.PROCESSOR) == [50_000]
    await assert_books_hold()


async def test_two_people_at_once_cannot_refund_more_than_was_paid(real_till: Till) -> None:
    till = real_till
    payment_id = await till.pay()

    async def ask(by: Person) -> UUID:
        async with unit_of_work() as session:
            refund = await refunds.request_refund(payment_id, 100_000, "ошибка", by=by, session=session)
        return refund.id

    asked = await asyncio.gather(*(ask(by) for by in (till.boss, till.chief) * 4), return_exceptions=True)
    made = [one for one in asked if isinstance(one, UUID)]
    assert len(made) == 1
    assert all(isinstance(one, RefundTooLarge) for one in asked if one not in made)
    states = await asyncio.gather(*(refunds.send_refund(made[0]) for _ in range(8)), return_exceptions=True)
    assert RefundState.SUCCEEDED in states
    await refunds.settle_refund(made[0])
    assert len(await till.listed("/v1/refunds")) == 1
    async with read_only() as session:
        posted = await session.exec(select(Journal).where(col(Journal.key).startswith("refund:")))
        assert len(posted.all()) == 1
    assert await gas_balance(till) == 100_000
    assert await letters("refund_succeeded") == 1
    await assert_books_hold()


async def test_settled_by_everybody_at_once(real_till: Till) -> None:
    till = real_till
    refund_id = await till.refund(await till.pay(), 50_000)
    await refunds.send_refund(refund_id)
    await asyncio.gather(*(refunds.settle_refund(refund_id) for _ in range(10)), till.webhooks())
    assert await gas_balance(till) == 50_000
    await assert_books_hold()


# A refund that succeeded, and failed when the bill had been paid again


async def came_back(till: Till) -> None:
    clock.advance(timedelta(minutes=1))
    await timers.run_due()
    await till.webhooks()


async def allocated_to(payment_id: UUID) -> dict[str, int]:
    """What stands of a payment: by kind."""
    async with read_only() as session:
        items = (await items_of([payment_id], session=session))[payment_id]
        found: dict[str, int] = {}
        for parts in (await stored_splits([item.id for item in items], session=session)).values():
            for part in parts:
                found[part.kind.value] = found.get(part.kind.value, 0) + part.amount_minor
        return found


async def broken_rules() -> list[str]:
    async with read_only() as session:
        return [str(one) for one in await violations(session=session)]


@pytest.mark.parametrize(
    ("again", "split"),
    [
        ("700", {"charge": 80_000, "advance": 70_000}),
        ("300", {"charge": 120_000, "advance": 30_000}),
        (None, {"charge": 150_000}),
    ],
)
async def test_what_was_paid_again_meanwhile_comes_back_as_an_advance(
    real_till: Till, again: str | None, split: dict[str, int]
) -> None:
    till = real_till
    first = await till.pay(card=MORE_CARDS["refund_fails"])
    await refunds.send_refund(await till.refund(first, 70_000))
    if again:
        await till.pay(Wish(till.people.gas.id, again))
    await came_back(till)
    assert await allocated_to(first) == split
    assert await gas_balance(till) == -(int(again or 0) * 100)
    async with read_only() as session:
        assert sum((await settlement.allocated([till.people.gas.id], session)).values()) == 150_000
    assert await broken_rules() == []
    await assert_books_hold()


async def test_an_advance_that_came_back_can_be_refunded_again(real_till: Till) -> None:
    till = real_till
    first = await till.pay(card=MORE_CARDS["refund_fails"])
    await refunds.send_refund(await till.refund(first, 70_000))
    await till.pay()
    await came_back(till)
    assert await gas_balance(till) == -70_000
    await refunds.send_refund(await till.refund(first, 100_000))
    assert await allocated_to(first) == {"charge": 50_000}, "the advance gave first"
    await came_back(till)
    assert await allocated_to(first) == {"charge": 80_000, "advance": 70_000}
    assert await broken_rules() == []


async def test_the_database_refuses_money_that_comes_back_to_nowhere(
    real_till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    till = real_till
    first = await till.pay(card=MORE_CARDS["refund_fails"])
    refund_id = await till.refund(first, 70_000)
    await refunds.send_refund(refund_id)

    async def forget(_refund_id: UUID, *, session: AsyncSession) -> None:
        return

    monkeypatch.setattr(refunds, "allocate_again", forget)
    clock.advance(timedelta(minutes=1))
    await timers.run_due()
    with pytest.raises(DBAPIError, match="is not allocated"):
        await refunds.settle_refund(refund_id)
    assert await state_of(refund_id) is RefundState.SUCCEEDED


async def test_what_was_sent_back_and_returns_is_for_staff_again(till: Till, session: AsyncSession) -> None:
    faults.amount_shift_minor = 7_000
    payment = await session.get_one(Payment, await till.pay(card=MORE_CARDS["refund_fails"]))
    refund = await review.send_back(payment.id, "не та сумма", by=till.boss, session=session)
    await session.commit()
    assert await refunds.send_refund(refund.id) is RefundState.SUCCEEDED
    await session.refresh(payment)
    assert payment.state is PaymentState.CANCELED
    await came_back(till)
    await session.refresh(payment)
    assert payment.state is PaymentState.REVIEW
    assert await review.credit_review(payment.id, "звонил житель", by=till.boss, session=session)
    assert await gas_balance(till) == 0
    assert await broken_rules() == []
