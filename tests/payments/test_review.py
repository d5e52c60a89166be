"""A sum that is not the agreed one: nothing is credited until staff decide."""

import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.audit.models import AuditRecord
from cabinet.errors import Forbidden
from cabinet.ledger import service as ledger
from cabinet.payments import refunds, review
from cabinet.payments import service as payments
from cabinet.payments.errors import NotInReview, NotWaiting, ReasonMissing, TooLittleReceived
from cabinet.payments.models import Payment, PaymentState, RefundState
from cabinet.residents.models import Role
from cabinet.residents.person import Person
from cabinet.sandbox.faults import faults
from tests.payments.conftest import Till, assert_books_hold, balance_of


async def in_review(till: Till, session: AsyncSession, shift: int = 0, currency: str = "") -> Payment:
    faults.amount_shift_minor, faults.currency = shift, currency
    payment = await session.get_one(Payment, await till.pay())
    assert payment.state is PaymentState.REVIEW
    return payment


async def money(till: Till, session: AsyncSession) -> list[int]:
    """Processor, suspense, what the account owes."""
    return await balance_of(session, ledger.PROCESSOR, ledger.SUSPENSE, ledger.receivable(till.people.gas.id))


async def test_staff_see_both_sums(till: Till, session: AsyncSession) -> None:
    payment = await in_review(till, session, 7_000)
    seen = await review.payments_in_review(session=session)
    assert [(one.payment_id, one.agreed_minor, one.received_minor) for one in seen] == [
        (payment.id, 150_000, 157_000)
    ]
    assert seen[0].may_be_credited
    assert await money(till, session) == [157_000, -157_000, 150_000]


async def test_credited_and_the_rest_goes_back(till: Till, session: AsyncSession) -> None:
    payment = await in_review(till, session, 7_000)
    rest = await review.credit_review(payment.id, "звонил житель", by=till.boss, session=session)
    assert rest is not None
    assert (payment.state, rest.amount_minor) == (PaymentState.SUCCEEDED, 7_000)
    assert await money(till, session) == [157_000, -7_000, 0]
    assert await refunds.send_refund(rest.id) is RefundState.SUCCEEDED
    assert await money(till, session) == [150_000, 0, 0]
    await refunds.send_refund(await till.refund(payment.id))
    assert await money(till, session) == [0, 0, 150_000]
    audited = (await session.exec(select(AuditRecord).where(AuditRecord.action == "credit_review"))).one()
    assert audited.after["reason"] == "звонил житель"
    await assert_books_hold()


async def test_exactly_the_whole_leaves_nothing_to_return(till: Till, session: AsyncSession) -> None:
    payment = await in_review(till, session, 1)
    faults.reset()
    rest = await review.credit_review(payment.id, "копейка", by=till.boss, session=session)
    assert rest is not None
    assert rest.amount_minor == 1
    with pytest.raises(NotInReview):
        await review.credit_review(payment.id, "ещё раз", by=till.boss, session=session)
    await assert_books_hold()


@pytest.mark.parametrize(("shift", "currency"), [(-1, ""), (7_000, "usd")])
async def test_too_little_or_another_currency_can_only_go_back(
    till: Till, session: AsyncSession, shift: int, currency: str
) -> None:
    payment = await in_review(till, session, shift, currency)
    with pytest.raises(TooLittleReceived):
        await review.credit_review(payment.id, "пусть", by=till.boss, session=session)
    refund = await review.send_back(payment.id, "не та сумма", by=till.boss, session=session)
    assert payment.state is PaymentState.REVIEW, "it is canceled when the money has gone"
    with pytest.raises(NotWaiting):
        await review.send_back(payment.id, "ещё раз", by=till.boss, session=session)
    assert await refunds.send_refund(refund.id) is RefundState.SUCCEEDED
    await session.refresh(payment)
    assert payment.state is PaymentState.CANCELED
    assert await money(till, session) == [0, 0, 150_000]
    await assert_books_hold()


async def test_more_than_agreed_goes_back_whole(till: Till, session: AsyncSession) -> None:
    payment = await in_review(till, session, 7_000)
    refund = await review.send_back(payment.id, "не та сумма", by=till.boss, session=session)
    assert await refunds.send_refund(refund.id) is RefundState.SUCCEEDED
    await session.refresh(payment)
    assert (payment.state, refund.amount_minor) == (PaymentState.CANCELED, 157_000)
    assert await payments.settle(payment.id) is PaymentState.CANCELED, "a late webhook brings nothing back"
    assert await money(till, session) == [0, 0, 150_000]
    await assert_books_hold()


async def test_with_permission_and_reason_only(till: Till, session: AsyncSession) -> None:
    payment = await in_review(till, session, 7_000)
    with pytest.raises(ReasonMissing):
        await review.credit_review(payment.id, " ", by=till.boss, session=session)
    clerk = Person(till.boss.id, till.boss.session_id, "c", "c", Role.CLERK, till.people.gas_company.id, "ru")
    for act in (review.credit_review, review.send_back):
        with pytest.raises(Forbidden):
            await act(payment.id, "хочу", by=clerk, session=session)
