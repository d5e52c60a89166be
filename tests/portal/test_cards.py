"""The cards page: what it says of the last charge, and where it leads."""

import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.autopay import service as autopay
from cabinet.payments import service as payments
from cabinet.payments.models import Payment, PaymentState
from cabinet.portal.cards.state import AutopayLine, CardsState
from tests.autopay.conftest import Calendar, FakeCharges, start_order
from tests.payments.conftest import FakeProcessor, Neighbours
from tests.payments.test_guard import bring_debt_back


@pytest.fixture
async def refused(
    alice: None, people: Neighbours, session: AsyncSession, charges: FakeCharges, calendar: Calendar
) -> Payment:
    """Autopay's charge of the 10th, which the bank would not make without Alice."""
    await start_order(session, people.alice.id, people.gas.id)
    charges.decline("authentication_required")
    await autopay.announce_turns()
    calendar.wait(2)
    await autopay.charge_turns()
    return (await session.exec(select(Payment))).one()


async def gas_line(people: Neighbours) -> AutopayLine:
    page = CardsState(_reflex_internal_init=True)  # pyright: ignore[reportCallIssue]
    await page.refresh()
    return next(line for line in page.lines if line.account == str(people.gas.id))


async def test_what_the_bank_refused_can_be_paid_on_the_site(refused: Payment, people: Neighbours) -> None:
    line = await gas_line(people)
    assert line.last == "10 December: not paid, your bank asks you to confirm"
    assert line.last_page == f"/payments/{refused.id}"
    assert line.pay == f"/pay?account={people.gas.id}"


async def test_money_that_came_late_is_said_to_be_paid(
    refused: Payment, people: Neighbours, charges: FakeCharges
) -> None:
    charges.change(status="complete", payment_status="paid", failure_code=None)
    await payments.settle(refused.id)
    line = await gas_line(people)
    assert (line.last, line.pay) == ("10 December: paid", "")


async def test_money_that_the_bank_took_back_is_owed_again(
    refused: Payment, people: Neighbours, charges: FakeCharges, session: AsyncSession
) -> None:
    charges.change(status="complete", payment_status="paid", failure_code=None)
    await payments.settle(refused.id)
    for state in (PaymentState.DISPUTED, PaymentState.LOST):
        refused.state = state
        await session.flush()
    await bring_debt_back(people, 150_000, session)
    line = await gas_line(people)
    assert line.last == "10 December: paid, then returned by your bank"
    assert line.pay == f"/pay?account={people.gas.id}"


async def test_what_was_paid_by_hand_is_not_asked_for_again(
    refused: Payment, people: Neighbours, fake: FakeProcessor
) -> None:
    started = await payments.start_payment(
        people.alice.id, [payments.Wish(people.gas.id)], attempt="by hand", locale="en"
    )
    fake.pay("cs_0")
    await payments.settle(started.payment_id)
    assert (await gas_line(people)).pay == ""
