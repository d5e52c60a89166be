"""Saved cards against the sandbox: the real client, the real hosted page, signed events."""

import json
import time
from uuid import UUID, uuid4

import httpx
import pytest
import stripe
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.autopay import service as autopay
from cabinet.autopay.detaching import detach_card
from cabinet.autopay.errors import CardNotSaved
from cabinet.autopay.models import AutopayRunState, ProcessorCustomer, SavedCard
from cabinet.errors import NotFound
from cabinet.limits.errors import TooManyTries
from cabinet.payments import processor
from cabinet.payments import service as payments
from cabinet.payments.errors import ProcessorDown
from cabinet.payments.models import PaymentState
from cabinet.payments.processor import Checkout, ProcessorRefused, ProcessorUnavailable
from cabinet.sandbox import clock, timers
from cabinet.sandbox.faults import faults
from cabinet.sandbox.intents import SETTLES_AFTER
from cabinet.sandbox.keys import MORE_CARDS, SANDBOX_WEBHOOK_SECRET, TEST_CARDS
from cabinet.settings import settings
from tests.autopay.conftest import Calendar, payments_in, run_of, wish_for
from tests.payments.conftest import Neighbours
from tests.sandbox.conftest import Payer, api, connected, healthy, list_of, payer, sandbox

__all__ = ["api", "connected", "healthy", "payer", "sandbox"]

pytestmark = pytest.mark.usefixtures("sandbox")


async def open_page(resident_id: UUID) -> Checkout:
    url = await autopay.start_adding(resident_id, locale="ru")
    return Checkout(url.rpartition("/")[2], url, clock.now())


async def add_card(resident_id: UUID, payer: Payer, number: str = TEST_CARDS["success"]) -> UUID:
    """The resident adds a card and comes back."""
    page = await open_page(resident_id)
    answer = await payer.pay(page, number)
    if answer.headers.get("location", "").endswith("/bank"):
        answer = await payer.answer(page, "approve")
    assert answer.headers["location"] == f"{settings.public_url}/settings/cards?added={page.session_ref}"
    return (await autopay.finish_adding(resident_id, page.session_ref)).id


async def cards_in(session: AsyncSession) -> list[SavedCard]:
    return list((await session.exec(select(SavedCard))).all())


async def signed_events(api: httpx.AsyncClient, kind: str) -> list[tuple[bytes, str]]:
    """The events of a kind as the processor delivers them."""
    found = [event for event in await list_of(api, "/v1/events") if event["type"] == kind]
    return [_sign(json.dumps(event).encode()) for event in found]


def _sign(body: bytes) -> tuple[bytes, str]:
    moment = int(time.time())
    signature = stripe.WebhookSignature._compute_signature(  # pyright: ignore[reportPrivateUsage]
        f"{moment}.{body.decode()}", SANDBOX_WEBHOOK_SECRET
    )
    return body, f"t={moment},v1={signature}"


async def test_a_card_is_added_without_a_charge_and_nothing_personal_leaves(
    session: AsyncSession, neighbours: Neighbours, payer: Payer, api: httpx.AsyncClient
):
    await add_card(neighbours.alice.id, payer)

    (card,) = await autopay.cards_of(neighbours.alice.id, session=session)
    assert (card.name, card.exp_month, card.exp_year) == ("Visa ••••\u00a04242", 12, 2034)
    assert await list_of(api, "/v1/charges") == []
    (customer,) = await list_of(api, "/v1/customers")
    assert (customer["email"], customer["name"]) == (None, None)
    assert customer["metadata"] == {"resident_id": str(neighbours.alice.id)}


async def test_return_and_events_in_any_number_make_one_card(
    session: AsyncSession, neighbours: Neighbours, payer: Payer, api: httpx.AsyncClient
):
    page = await open_page(neighbours.alice.id)
    await payer.pay(page)
    for kind in ("checkout.session.completed", "setup_intent.succeeded"):
        for body, signature in await signed_events(api, kind):
            await autopay.take_event(body, signature)
            await autopay.take_event(body, signature)
    await autopay.finish_adding(neighbours.alice.id, page.session_ref)
    await autopay.finish_adding(neighbours.alice.id, page.session_ref)
    assert len(await cards_in(session)) == 1


@pytest.mark.parametrize("kind", ["checkout.session.completed", "setup_intent.succeeded"])
async def test_each_event_alone_brings_the_card_of_who_never_came_back(
    session: AsyncSession, neighbours: Neighbours, payer: Payer, api: httpx.AsyncClient, kind: str
):
    await payer.pay(await open_page(neighbours.alice.id))
    ((body, signature),) = await signed_events(api, kind)
    await autopay.take_event(body, signature)
    assert [card.resident_id for card in await cards_in(session)] == [neighbours.alice.id]


async def test_a_page_of_another_resident_gives_nothing(
    session: AsyncSession, neighbours: Neighbours, payer: Payer
):
    page = await open_page(neighbours.alice.id)
    await open_page(neighbours.bob.id)
    await payer.pay(page)
    for reference in (page.session_ref, "cs_test_unknown", "pi_1", ""):
        with pytest.raises(NotFound):
            await autopay.finish_adding(neighbours.bob.id, reference)
    assert await cards_in(session) == []


async def test_who_comes_back_without_a_card_is_told(
    session: AsyncSession, neighbours: Neighbours, payer: Payer
):
    page = await open_page(neighbours.alice.id)
    await payer.pay(page, TEST_CARDS["declined"])
    with pytest.raises(CardNotSaved):
        await autopay.finish_adding(neighbours.alice.id, page.session_ref)
    page = await open_page(neighbours.alice.id)
    await payer.pay(page, TEST_CARDS["authentication"])
    with pytest.raises(CardNotSaved):
        await autopay.finish_adding(neighbours.alice.id, page.session_ref)
    await payer.answer(page, "approve")
    await autopay.finish_adding(neighbours.alice.id, page.session_ref)
    assert [card.last4 for card in await cards_in(session)] == ["3155"]


async def test_one_resident_is_one_customer_whatever_is_lost(
    session: AsyncSession, neighbours: Neighbours, api: httpx.AsyncClient
):
    faults.lose_responses = 1
    with pytest.raises(ProcessorDown):
        await open_page(neighbours.alice.id)
    await open_page(neighbours.alice.id)
    await open_page(neighbours.alice.id)
    assert len(await list_of(api, "/v1/customers")) == 1
    assert len((await session.exec(select(ProcessorCustomer))).all()) == 1


async def test_a_removed_card_is_gone_at_the_processor_and_does_not_come_back(
    session: AsyncSession, neighbours: Neighbours, payer: Payer, api: httpx.AsyncClient
):
    card_id = await add_card(neighbours.alice.id, payer)
    customer = (await session.exec(select(ProcessorCustomer.customer_ref))).one()
    assert [each.last4 for each in await processor.list_methods(customer)] == ["4242"]
    await autopay.remove_card(neighbours.alice.id, card_id, session=session)
    await detach_card(card_id=str(card_id))
    await detach_card(card_id=str(card_id))
    assert await processor.list_methods(customer) == []
    for body, signature in await signed_events(api, "setup_intent.succeeded"):
        await autopay.take_event(body, signature)
    assert await autopay.cards_of(neighbours.alice.id, session=session) == []


async def test_pages_that_save_cards_are_limited(neighbours: Neighbours):
    for _page in range(20):
        await open_page(neighbours.alice.id)
    with pytest.raises(TooManyTries):
        await open_page(neighbours.alice.id)


async def test_a_processor_that_is_down_loses_no_event(
    session: AsyncSession, neighbours: Neighbours, payer: Payer, api: httpx.AsyncClient
):
    await payer.pay(await open_page(neighbours.alice.id))
    ((body, signature),) = await signed_events(api, "setup_intent.succeeded")
    faults.down = True
    with pytest.raises(ProcessorDown):
        await autopay.take_event(body, signature)
    faults.down = False
    await autopay.take_event(body, signature)
    assert len(await cards_in(session)) == 1


async def turn(
    session: AsyncSession, neighbours: Neighbours, payer: Payer, calendar: Calendar, number: str
) -> tuple[AutopayRunState, str]:
    """A whole turn of autopay with this card: how the run ended."""
    card_id = await add_card(neighbours.alice.id, payer, number)
    wish = wish_for(await session.get_one(SavedCard, card_id))
    await autopay.start_autopay(neighbours.alice.id, neighbours.gas.id, wish, locale="ru", session=session)
    await autopay.announce_turns()
    calendar.wait(2)
    await autopay.charge_turns()
    return await state_now(session)


async def state_now(session: AsyncSession) -> tuple[AutopayRunState, str]:
    from cabinet.autopay.models import Autopay

    run = await run_of(session, (await session.exec(select(Autopay))).one())
    return run.state, run.reason


@pytest.mark.parametrize(
    ("number", "end", "state"),
    [
        (TEST_CARDS["success"], (AutopayRunState.PAID, ""), PaymentState.SUCCEEDED),
        (TEST_CARDS["authentication"], (AutopayRunState.PAID, ""), PaymentState.SUCCEEDED),
        (
            MORE_CARDS["declined_when_charged"],
            (AutopayRunState.FAILED, "generic_decline"),
            PaymentState.FAILED,
        ),
        (
            MORE_CARDS["always_authenticate"],
            (AutopayRunState.NEEDS_RESIDENT, "authentication_required"),
            PaymentState.FAILED,
        ),
    ],
)
async def test_every_test_card_ends_as_its_bank_says(
    session: AsyncSession,
    neighbours: Neighbours,
    payer: Payer,
    calendar: Calendar,
    number: str,
    end: tuple[AutopayRunState, str],
    state: PaymentState,
):
    assert await turn(session, neighbours, payer, calendar, number) == end
    (payment,) = await payments_in(session)
    assert payment.state is state
    assert payment.charge_ref


async def test_slow_money_is_followed(
    session: AsyncSession, neighbours: Neighbours, payer: Payer, calendar: Calendar
):
    begun = await turn(session, neighbours, payer, calendar, MORE_CARDS["delayed"])
    assert begun == (AutopayRunState.CHARGING, "")
    clock.advance(SETTLES_AFTER * 2)
    await timers.run_due()
    await autopay.follow_turns()
    assert await state_now(session) == (AutopayRunState.PAID, "")


async def test_a_lost_response_is_one_charge(
    session: AsyncSession,
    neighbours: Neighbours,
    payer: Payer,
    calendar: Calendar,
    api: httpx.AsyncClient,
):
    card_id = await add_card(neighbours.alice.id, payer)
    wish = wish_for(await session.get_one(SavedCard, card_id))
    await autopay.start_autopay(neighbours.alice.id, neighbours.gas.id, wish, locale="ru", session=session)
    await autopay.announce_turns()
    calendar.wait(2)
    faults.lose_responses = 1
    await autopay.charge_turns()
    assert await state_now(session) == (AutopayRunState.CHARGING, "")
    await autopay.follow_turns()
    assert await state_now(session) == (AutopayRunState.PAID, "")
    assert len(await list_of(api, "/v1/charges")) == 1


async def test_the_same_key_is_the_same_charge_even_when_declined(
    session: AsyncSession, neighbours: Neighbours, payer: Payer, api: httpx.AsyncClient
):
    await add_card(neighbours.alice.id, payer, MORE_CARDS["declined_when_charged"])
    customer = (await session.exec(select(ProcessorCustomer.customer_ref))).one()
    (method,) = await processor.list_methods(customer)
    payment_id = uuid4()

    async def charge(amount_minor: int) -> processor.CheckoutTruth:
        return await processor.charge_saved(
            payment_id=payment_id,
            amount_minor=amount_minor,
            currency="RUB",
            customer_ref=customer,
            method_ref=method.method_ref,
            idempotency_key="autopay:1",
        )

    first, second = await charge(10_000), await charge(10_000)
    assert first == second
    assert (first.status, first.failure_code) == ("failed", "generic_decline")
    assert len(await list_of(api, "/v1/charges")) == 1
    with pytest.raises(ProcessorRefused):
        await charge(10_001)
    found = await processor.find_saved_charge(payment_id, since=clock.now())
    assert found is not None
    assert found.charge_ref == first.charge_ref
    faults.down = True
    with pytest.raises(ProcessorUnavailable):
        await charge(10_000)


async def test_the_payments_own_events_settle_it(
    session: AsyncSession,
    neighbours: Neighbours,
    payer: Payer,
    calendar: Calendar,
    api: httpx.AsyncClient,
):
    await turn(session, neighbours, payer, calendar, MORE_CARDS["delayed"])
    clock.advance(SETTLES_AFTER * 2)
    await timers.run_due()
    for body, signature in await signed_events(api, "payment_intent.succeeded"):
        await payments.receive_event(body, signature)
    (payment,) = await payments_in(session)
    assert payment.state is PaymentState.SUCCEEDED
