"""Paying through our own client, with every outcome of a test card."""

from datetime import timedelta
from uuid import uuid4

import httpx
import pytest

from cabinet.payments import processor
from cabinet.payments.processor import ProcessorRefused, ProcessorUnavailable
from cabinet.sandbox import clock, timers
from cabinet.sandbox.faults import faults
from cabinet.sandbox.keys import MORE_CARDS, TEST_CARDS
from cabinet.settings import settings
from tests.sandbox.conftest import Payer, event_kinds, list_of, open_checkout

pytestmark = pytest.mark.usefixtures("sandbox")


async def test_success_card_pays_once_and_leads_back(payer: Payer, api: httpx.AsyncClient) -> None:
    payment_id = uuid4()
    checkout = await open_checkout(123456, payment_id=payment_id)

    answer = await payer.pay(checkout)

    assert answer.status_code == 303
    assert answer.headers["location"] == f"https://cabinet.example/payments/1?session={checkout.session_ref}"
    truth = await processor.fetch_checkout(checkout.session_ref)
    assert (truth.status, truth.payment_status) == ("complete", "paid")
    assert (truth.amount_minor, truth.currency) == (123456, "RUB")
    assert truth.payment_id == payment_id
    assert truth.charge_ref
    assert truth.charge_ref.startswith("pi_")
    assert truth.failure_code is None
    assert await event_kinds(api) == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
    ]


async def test_untouched_page_is_open_and_unpaid() -> None:
    checkout = await open_checkout()
    truth = await processor.fetch_checkout(checkout.session_ref)
    assert (truth.status, truth.payment_status, truth.charge_ref) == ("open", "unpaid", None)
    assert truth.url == checkout.url == f"{settings.public_url}/sandbox/pay/{checkout.session_ref}"
    assert truth.expires_at == checkout.expires_at


@pytest.mark.parametrize(
    ("card", "code"),
    [
        (TEST_CARDS["declined"], "generic_decline"),
        (TEST_CARDS["insufficient_funds"], "insufficient_funds"),
        (MORE_CARDS["expired"], "expired_card"),
        (MORE_CARDS["wrong_cvc"], "incorrect_cvc"),
        ("5555555555554444", "test_mode_live_card"),
    ],
)
async def test_decline_keeps_the_page_open_with_the_reason(
    payer: Payer, api: httpx.AsyncClient, card: str, code: str
) -> None:
    checkout = await open_checkout()

    answer = await payer.pay(checkout, card)

    assert answer.status_code == 303
    assert answer.headers["location"] == httpx.URL(checkout.url).path
    truth = await processor.fetch_checkout(checkout.session_ref)
    assert (truth.status, truth.payment_status, truth.failure_code) == ("open", "unpaid", code)
    assert "payment_intent.payment_failed" in await event_kinds(api)
    assert 'role="alert"' in (await payer.open(checkout)).text


async def test_decline_then_success_is_one_payment_with_two_charges(
    payer: Payer, api: httpx.AsyncClient
) -> None:
    checkout = await open_checkout()
    await payer.pay(checkout, TEST_CARDS["declined"])
    await payer.pay(checkout, TEST_CARDS["success"])

    truth = await processor.fetch_checkout(checkout.session_ref)
    assert (truth.payment_status, truth.failure_code) == ("paid", None)
    charges = await list_of(api, "/v1/charges")
    assert [charge["status"] for charge in charges] == ["succeeded", "failed"]
    assert len(await list_of(api, "/v1/payment_intents")) == 1


async def test_bank_confirmation_approved_pays(payer: Payer) -> None:
    checkout = await open_checkout()
    answer = await payer.pay(checkout, TEST_CARDS["authentication"])
    assert answer.headers["location"].endswith("/bank")
    assert (await processor.fetch_checkout(checkout.session_ref)).payment_status == "unpaid"
    assert (await payer.open(checkout)).headers["location"].endswith("/bank")

    answer = await payer.answer(checkout, "approve")

    assert answer.headers["location"].startswith("https://cabinet.example/")
    assert (await processor.fetch_checkout(checkout.session_ref)).payment_status == "paid"


async def test_bank_confirmation_refused_charges_nothing_and_another_card_may_follow(
    payer: Payer, api: httpx.AsyncClient
) -> None:
    checkout = await open_checkout()
    await payer.pay(checkout, TEST_CARDS["authentication"])
    await payer.answer(checkout, "refuse")

    truth = await processor.fetch_checkout(checkout.session_ref)
    assert truth.failure_code == "payment_intent_authentication_failure"
    assert await list_of(api, "/v1/charges") == []
    assert (await payer.answer(checkout, "approve")).status_code == 303
    assert (await processor.fetch_checkout(checkout.session_ref)).payment_status == "unpaid"

    await payer.pay(checkout)
    assert (await processor.fetch_checkout(checkout.session_ref)).payment_status == "paid"


async def test_delayed_card_is_complete_but_unpaid_until_the_money_comes(
    payer: Payer, api: httpx.AsyncClient
) -> None:
    checkout = await open_checkout()
    await payer.pay(checkout, MORE_CARDS["delayed"])
    truth = await processor.fetch_checkout(checkout.session_ref)
    assert (truth.status, truth.payment_status) == ("complete", "unpaid")

    clock.advance(timedelta(minutes=1))
    await timers.run_due()

    assert (await processor.fetch_checkout(checkout.session_ref)).payment_status == "paid"
    assert (await event_kinds(api))[-1] == "checkout.session.async_payment_succeeded"


async def test_page_expires_by_itself(payer: Payer, api: httpx.AsyncClient) -> None:
    checkout = await open_checkout()
    await payer.pay(checkout, TEST_CARDS["declined"])
    clock.advance(timedelta(minutes=32))
    assert await timers.run_due() == 1

    truth = await processor.fetch_checkout(checkout.session_ref)
    assert (truth.status, truth.failure_code) == ("expired", "generic_decline")
    assert (await event_kinds(api))[-2:] == ["payment_intent.canceled", "checkout.session.expired"]


async def test_expired_page_takes_no_card_even_before_the_timer_ran(
    payer: Payer, api: httpx.AsyncClient
) -> None:
    checkout = await open_checkout()
    clock.advance(timedelta(minutes=32))

    answer = await payer.pay(checkout)

    assert answer.status_code == 410
    assert "Срок ссылки истёк" in answer.text
    assert await list_of(api, "/v1/charges") == []


async def test_expiring_closes_an_open_page_and_tells_the_truth_about_a_paid_one(payer: Payer) -> None:
    unpaid, paid = await open_checkout(), await open_checkout()
    await payer.pay(paid)
    assert (await processor.expire_checkout(unpaid.session_ref)).status == "expired"
    assert (await processor.expire_checkout(unpaid.session_ref)).status == "expired"
    assert (await processor.expire_checkout(paid.session_ref)).payment_status == "paid"
    assert (await payer.pay(unpaid)).status_code == 410


async def test_submitting_again_charges_nothing_more(payer: Payer, api: httpx.AsyncClient) -> None:
    checkout = await open_checkout()
    first, second = await payer.pay(checkout), await payer.pay(checkout)
    assert first.headers["location"] == second.headers["location"]
    assert len(await list_of(api, "/v1/charges")) == 1


async def test_a_payment_is_found_by_our_id_among_many() -> None:
    payment_id = uuid4()
    mine = await open_checkout(payment_id=payment_id)
    for _ in range(3):
        await open_checkout()
    found = await processor.find_checkout(payment_id)
    assert found
    assert found.session_ref == mine.session_ref
    assert await processor.find_checkout(uuid4()) is None


async def test_looking_for_a_payment_turns_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processor, "_PAGE", 2)
    payment_id = uuid4()
    await open_checkout(payment_id=payment_id)
    for _ in range(4):
        await open_checkout()
    assert await processor.find_checkout(payment_id)


async def test_sum_of_lines_must_be_the_amount() -> None:
    with pytest.raises(ValueError, match="add up"):
        await processor.create_checkout(
            payment_id=uuid4(),
            amount_minor=10000,
            currency="RUB",
            lines=[processor.CheckoutLine("x", 9999)],
            success_url="https://x.example/",
            cancel_url="https://x.example/",
            expires_at=clock.now() + timedelta(minutes=31),
            locale="ru",
            customer_email=None,
            idempotency_key="k",
        )


async def test_refusals_carry_the_processors_code() -> None:
    with pytest.raises(ProcessorRefused) as refused:
        await open_checkout(settings.payment_minimum_minor - 1)
    assert refused.value.reason == "amount_too_small"
    with pytest.raises(ProcessorRefused) as refused:
        await processor.fetch_checkout("cs_test_none")
    assert refused.value.reason == "resource_missing"
    with pytest.raises(ProcessorRefused):
        await open_checkout(expires_at=clock.now() + timedelta(minutes=20))
    with pytest.raises(ProcessorRefused):
        await open_checkout(expires_at=clock.now() + timedelta(hours=25))


async def test_smallest_amount_is_taken() -> None:
    assert await open_checkout(settings.payment_minimum_minor)


async def test_processor_down_is_an_unknown_outcome() -> None:
    faults.down = True
    with pytest.raises(ProcessorUnavailable):
        await open_checkout()


async def test_lost_response_is_unknown_and_the_same_key_finds_the_same_page() -> None:
    payment_id = uuid4()
    faults.lose_responses = 1
    expires_at = clock.now() + timedelta(minutes=31)
    with pytest.raises(ProcessorUnavailable):
        await open_checkout(payment_id=payment_id, expires_at=expires_at)
    found = await processor.find_checkout(payment_id)
    again = await open_checkout(payment_id=payment_id, expires_at=expires_at)
    assert found
    assert found.session_ref == again.session_ref


async def test_another_amount_at_the_processor_shows_in_the_truth(payer: Payer) -> None:
    checkout = await open_checkout(10000)
    faults.amount_shift_minor, faults.currency = -1, "usd"
    await payer.pay(checkout)
    truth = await processor.fetch_checkout(checkout.session_ref)
    assert (truth.amount_minor, truth.currency) == (9999, "USD")
