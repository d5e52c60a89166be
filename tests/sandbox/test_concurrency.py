"""Many at once, with real commits."""

import asyncio
from collections import Counter

import httpx
import pytest

from cabinet.payments import processor
from cabinet.sandbox.keys import TEST_CARDS
from tests.sandbox.conftest import Payer, list_of, open_checkout

pytestmark = pytest.mark.usefixtures("committed", "connected")

INTENT = {"amount": "10000", "currency": "rub"}


async def test_many_submits_at_once_charge_once(api: httpx.AsyncClient, payer: Payer) -> None:
    checkout = await open_checkout()
    answers = await asyncio.gather(*[payer.pay(checkout) for _ in range(8)])
    assert {answer.headers["location"] for answer in answers} == {answers[0].headers["location"]}
    assert answers[0].headers["location"].startswith("https://cabinet.example/")
    assert len(await list_of(api, "/v1/charges")) == 1


async def test_paying_and_expiring_at_once_end_in_one_truth(api: httpx.AsyncClient, payer: Payer) -> None:
    for _ in range(5):
        checkout = await open_checkout()
        _, said = await asyncio.gather(payer.pay(checkout), processor.expire_checkout(checkout.session_ref))
        truth = await processor.fetch_checkout(checkout.session_ref)
        assert (truth.status, truth.payment_status) in {("complete", "paid"), ("expired", "unpaid")}
        assert said.status == truth.status


async def test_one_key_used_at_once_makes_one_object(api: httpx.AsyncClient) -> None:
    headers = {"Idempotency-Key": "at once"}
    calls = [api.post("/v1/payment_intents", data=INTENT, headers=headers) for _ in range(6)]
    answers = await asyncio.gather(*calls)
    told = Counter(answer.status_code for answer in answers)
    assert set(told) <= {200, 409}
    assert told[200] >= 1
    assert len(await list_of(api, "/v1/payment_intents")) == 1
    for answer in answers:
        if answer.status_code == 409:
            assert answer.json()["error"]["code"] == "idempotency_key_in_use"


async def test_refunds_at_once_never_exceed_the_charge(api: httpx.AsyncClient, payer: Payer) -> None:
    checkout = await open_checkout(10000)
    await payer.pay(checkout, TEST_CARDS["success"])
    truth = await processor.fetch_checkout(checkout.session_ref)
    wish = {"payment_intent": truth.charge_ref, "amount": "4000"}
    answers = await asyncio.gather(*[api.post("/v1/refunds", data=wish) for _ in range(5)])
    assert sorted(answer.status_code for answer in answers) == [200, 200, 400, 400, 400]
