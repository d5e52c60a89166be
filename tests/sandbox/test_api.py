"""The API is as strict as Stripe's."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from cabinet import database
from cabinet.payments import processor
from cabinet.sandbox import clock, timers
from cabinet.sandbox.faults import faults
from cabinet.sandbox.idempotency import lock_number
from cabinet.sandbox.keys import MORE_CARDS, SANDBOX_KEY, TEST_CARDS
from cabinet.settings import settings
from tests.sandbox.conftest import Payer, event_kinds, list_of, open_checkout

pytestmark = pytest.mark.usefixtures("sandbox")

SESSION = {
    "mode": "payment",
    "success_url": "https://cabinet.example/paid",
    "line_items[0][quantity]": "1",
    "line_items[0][price_data][currency]": "rub",
    "line_items[0][price_data][unit_amount]": "10000",
    "line_items[0][price_data][product_data][name]": "Gas",
}
INTENT = {"amount": "10000", "currency": "rub"}


def with_key(key: str) -> dict[str, str]:
    return {"Idempotency-Key": key}


async def refused(api: httpx.AsyncClient, path: str, form: dict[str, str]) -> dict[str, Any]:
    answer = await api.post(path, data=form)
    assert answer.status_code == 400
    return answer.json()["error"]


@pytest.mark.parametrize("header", ["", "Bearer sk_test_wrong", "Basic !!!", f"Digest {SANDBOX_KEY}"])
async def test_without_the_key_nothing_is_told(api: httpx.AsyncClient, header: str) -> None:
    answer = await api.get("/v1/events", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.json()["error"]["type"] == "invalid_request_error"


async def test_basic_authentication_works_too(api: httpx.AsyncClient) -> None:
    answer = await api.get("/v1/events", auth=(SANDBOX_KEY, ""))
    assert answer.status_code == 200


async def test_another_version_of_the_api_is_refused(api: httpx.AsyncClient) -> None:
    answer = await api.get("/v1/events", headers={"Stripe-Version": "2024-04-10"})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("change", "code", "param"),
    [
        ({"colour": "red"}, "parameter_unknown", "colour"),
        ({"line_items[0][quantity]": "one"}, "parameter_invalid_integer", "line_items[0][quantity]"),
        (
            {"payment_method_types[]": "card"},
            "payment_method_types_no_longer_supported",
            "payment_method_types",
        ),
        ({"success_url": None}, "parameter_missing", "success_url"),
        ({"line_items[0][price_data][unit_amount]": "4999"}, "amount_too_small", "line_items"),
        ({"line_items[0][price_data][unit_amount]": "100000000"}, "amount_too_large", "line_items"),
        ({"line_items[0][price_data][unit_amount]": "-1"}, None, "line_items[0][price_data][unit_amount]"),
        ({"line_items[0][price_data][currency]": "RUB"}, None, "line_items[0][price_data][currency]"),
        ({"locale": "tlh"}, None, "locale"),
        ({"expires_at": "1"}, None, "expires_at"),
        ({"customer": "cus_nobody"}, "resource_missing", "customer"),
        ({"metadata[a]": "x" * 501}, None, "metadata"),
    ],
)
async def test_wrong_parameters_are_refused_by_name(
    api: httpx.AsyncClient, change: dict[str, str | None], code: str | None, param: str
) -> None:
    form = {name: value for name, value in {**SESSION, **change}.items() if value is not None}
    answer = await api.post("/v1/checkout/sessions", data=form)
    assert answer.status_code in (400, 404)
    error = answer.json()["error"]
    assert error["param"] == param
    assert error.get("code") == code


async def test_a_replay_is_marked_and_makes_nothing_new(api: httpx.AsyncClient) -> None:
    first = await api.post("/v1/checkout/sessions", data=SESSION, headers=with_key("k1"))
    again = await api.post("/v1/checkout/sessions", data=SESSION, headers=with_key("k1"))
    assert first.json() == again.json()
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["original-request"] == first.headers["request-id"]
    assert len(await list_of(api, "/v1/checkout/sessions")) == 1


async def test_a_key_with_other_parameters_is_refused(api: httpx.AsyncClient) -> None:
    await api.post("/v1/payment_intents", data=INTENT, headers=with_key("k2"))
    answer = await api.post("/v1/payment_intents", data={**INTENT, "amount": "10001"}, headers=with_key("k2"))
    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "idempotency_error"
    other_path = await api.post("/v1/customers", data={}, headers=with_key("k2"))
    assert other_path.status_code == 400


async def test_a_key_is_free_again_after_wrong_parameters_and_after_a_day(api: httpx.AsyncClient) -> None:
    wrong = await api.post("/v1/payment_intents", data={**INTENT, "amount": "1"}, headers=with_key("k3"))
    right = await api.post("/v1/payment_intents", data=INTENT, headers=with_key("k3"))
    clock.advance(timedelta(hours=25))
    later = await api.post("/v1/payment_intents", data=INTENT, headers=with_key("k3"))
    assert (wrong.status_code, right.status_code, later.status_code) == (400, 200, 200)
    assert right.json()["id"] != later.json()["id"]


async def test_a_key_in_flight_is_a_conflict(api: httpx.AsyncClient) -> None:
    from sqlalchemy.ext.asyncio import create_async_engine
    from sqlalchemy.pool import NullPool

    other = create_async_engine(settings.database_url, poolclass=NullPool)
    async with other.begin() as connection:
        await connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": lock_number("k4")})
        answer = await api.post("/v1/payment_intents", data=INTENT, headers=with_key("k4"))
    await other.dispose()
    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "idempotency_key_in_use"
    assert (await api.post("/v1/payment_intents", data=INTENT, headers=with_key("k4"))).status_code == 200


async def test_lists_turn_pages_in_both_directions(api: httpx.AsyncClient) -> None:
    made = [(await api.post("/v1/payment_intents", data=INTENT)).json()["id"] for _ in range(5)][::-1]
    first = (await api.get("/v1/payment_intents", params={"limit": 2})).json()
    assert [each["id"] for each in first["data"]] == made[:2]
    assert first["has_more"]
    rest = (await api.get("/v1/payment_intents", params={"limit": 3, "starting_after": made[1]})).json()
    assert ([each["id"] for each in rest["data"]], rest["has_more"]) == (made[2:], False)
    back = (await api.get("/v1/payment_intents", params={"limit": 2, "ending_before": made[3]})).json()
    assert [each["id"] for each in back["data"]] == made[1:3]


async def test_lists_are_limited_by_creation(api: httpx.AsyncClient) -> None:
    old = (await api.post("/v1/payment_intents", data=INTENT)).json()
    clock.advance(timedelta(hours=1))
    new = (await api.post("/v1/payment_intents", data=INTENT)).json()

    async def ids(**limits: int) -> list[str]:
        params = {f"created[{name}]": value for name, value in limits.items()}
        return [each["id"] for each in (await api.get("/v1/payment_intents", params=params)).json()["data"]]

    assert await ids(gte=new["created"]) == [new["id"]]
    assert await ids(gt=new["created"]) == []
    assert await ids(lte=old["created"]) == [old["id"]]
    assert await ids(lt=old["created"]) == []
    answer = await api.get("/v1/payment_intents", params={"created": old["created"]})
    assert [each["id"] for each in answer.json()["data"]] == [old["id"]]


async def test_expansion_puts_objects_in_place_of_ids(api: httpx.AsyncClient, payer: Payer) -> None:
    checkout = await open_checkout(10000)
    await payer.pay(checkout)
    path = f"/v1/checkout/sessions/{checkout.session_ref}"
    names = ["payment_intent.latest_charge.balance_transaction", "line_items"]
    body = (await api.get(path, params={"expand[]": names})).json()
    money = body["payment_intent"]["latest_charge"]["balance_transaction"]
    assert (money["amount"], money["fee"], money["net"]) == (10000, 290, 9710)
    assert body["line_items"]["data"][0]["amount_total"] == 10000
    assert (await api.get(path, params={"expand[]": "success_url"})).status_code == 400


async def test_checkouts_own_intent_cannot_be_canceled_past_it(api: httpx.AsyncClient, payer: Payer) -> None:
    checkout = await open_checkout()
    await payer.pay(checkout, TEST_CARDS["declined"])
    truth = await processor.fetch_checkout(checkout.session_ref)
    error = await refused(api, f"/v1/payment_intents/{truth.charge_ref}/cancel", {})
    assert error["code"] == "payment_intent_unexpected_state"


async def test_card_numbers_are_never_kept(api: httpx.AsyncClient, payer: Payer) -> None:
    checkout = await open_checkout()
    await payer.pay(checkout)
    async with database.unit_of_work() as session:
        query = "SELECT count(*) FROM sandbox_object WHERE (body::text || private::text) LIKE '%4242424242%'"
        assert (await (await session.connection()).execute(text(query))).scalar_one() == 0


async def paid_intent(payer: Payer, card: str = TEST_CARDS["success"]) -> str:
    checkout = await open_checkout(10000)
    await payer.pay(checkout, card)
    return (await processor.fetch_checkout(checkout.session_ref)).charge_ref or ""


async def test_refunds_never_exceed_the_charge(api: httpx.AsyncClient, payer: Payer) -> None:
    intent = await paid_intent(payer)
    part = await api.post("/v1/refunds", data={"payment_intent": intent, "amount": "4000"})
    assert (part.json()["status"], part.json()["amount"]) == ("succeeded", 4000)
    assert (await refused(api, "/v1/refunds", {"payment_intent": intent, "amount": "6001"}))[
        "param"
    ] == "amount"
    rest = await api.post("/v1/refunds", data={"payment_intent": intent})
    assert rest.json()["amount"] == 6000
    error = await refused(api, "/v1/refunds", {"payment_intent": intent})
    assert error["code"] == "charge_already_refunded"
    assert len(await list_of(api, "/v1/refunds")) == 2


async def test_lenient_processor_allows_what_ours_would_refuse(api: httpx.AsyncClient, payer: Payer) -> None:
    intent = await paid_intent(payer)
    faults.lenient = True
    over = await api.post("/v1/refunds", data={"payment_intent": intent, "amount": "10001"})
    assert over.status_code == 200
    assert (await api.post("/v1/payment_intents", data={**INTENT, "amount": "1"})).status_code == 200


async def test_refunds_may_take_their_time_or_fail(api: httpx.AsyncClient, payer: Payer) -> None:
    slow = await paid_intent(payer, MORE_CARDS["refund_pending"])
    failing = await paid_intent(payer, MORE_CARDS["refund_fails"])
    first = (await api.post("/v1/refunds", data={"payment_intent": slow})).json()
    second = (await api.post("/v1/refunds", data={"payment_intent": failing})).json()
    assert (first["status"], second["status"]) == ("pending", "succeeded")

    clock.advance(timedelta(minutes=1))
    await timers.run_due()

    assert (await api.get(f"/v1/refunds/{first['id']}")).json()["status"] == "succeeded"
    assert (await api.get(f"/v1/refunds/{second['id']}")).json()["status"] == "failed"
    assert {"refund.updated", "refund.failed"} <= set(await event_kinds(api))


@pytest.mark.parametrize(("evidence", "status"), [("winning_evidence", "won"), ("losing_evidence", "lost")])
async def test_disputes_are_won_or_lost(
    api: httpx.AsyncClient, payer: Payer, evidence: str, status: str
) -> None:
    intent = await paid_intent(payer, MORE_CARDS["dispute"])
    [dispute] = await list_of(api, "/v1/disputes")
    assert (dispute["payment_intent"], dispute["status"]) == (intent, "needs_response")
    error = await refused(api, "/v1/refunds", {"payment_intent": intent})
    assert error["code"] == "charge_disputed"
    form = {"evidence[uncategorized_text]": evidence}
    assert (await api.post(f"/v1/disputes/{dispute['id']}", data=form)).json()["status"] == status
    assert (await event_kinds(api))[-1] == "charge.dispute.closed"
    assert (await api.post(f"/v1/disputes/{dispute['id']}/close")).status_code == 400


async def saved_card(api: httpx.AsyncClient, payer: Payer, card: str) -> dict[str, str]:
    """A customer with a card saved on the hosted page: the parameters of a charge without its holder."""
    customer = (await api.post("/v1/customers", data={"metadata[resident]": "1"})).json()["id"]
    form = {"mode": "setup", "currency": "rub", "customer": customer, "success_url": "https://x.example/"}
    made = (await api.post("/v1/checkout/sessions", data=form)).json()
    path = f"/sandbox/pay/{made['id']}"
    await payer.http.post(path, data={"number": card, "expiry": "12/34", "cvc": "123"})
    await payer.http.post(f"{path}/bank", data={"answer": "approve"})
    done = (await api.get(f"/v1/checkout/sessions/{made['id']}", params={"expand[]": "setup_intent"})).json()
    assert done["status"] == "complete"
    method = done["setup_intent"]["payment_method"]
    return {
        **INTENT,
        "customer": customer,
        "payment_method": method,
        "confirm": "true",
        "off_session": "true",
    }


@pytest.mark.parametrize("card", [TEST_CARDS["success"], TEST_CARDS["authentication"]])
async def test_a_saved_card_is_charged_without_its_holder(
    api: httpx.AsyncClient, payer: Payer, card: str
) -> None:
    wish = await saved_card(api, payer, card)
    answer = await api.post("/v1/payment_intents", data=wish)
    assert answer.json()["status"] == "succeeded"


@pytest.mark.parametrize(
    ("card", "code"),
    [("always_authenticate", "authentication_required"), ("declined_when_charged", "card_declined")],
)
async def test_a_saved_card_may_be_refused_and_the_refusal_is_replayed(
    api: httpx.AsyncClient, payer: Payer, card: str, code: str
) -> None:
    wish = await saved_card(api, payer, MORE_CARDS[card])
    first = await api.post("/v1/payment_intents", data=wish, headers=with_key("off"))
    again = await api.post("/v1/payment_intents", data=wish, headers=with_key("off"))
    assert first.status_code == again.status_code == 402
    assert first.json()["error"]["code"] == code
    assert again.headers["idempotent-replayed"] == "true"
    intent = first.json()["error"]["payment_intent"]
    assert (await api.get(f"/v1/payment_intents/{intent['id']}")).json()[
        "status"
    ] == "requires_payment_method"
    assert len(await list_of(api, "/v1/charges")) == 1


async def test_a_detached_card_cannot_be_charged(api: httpx.AsyncClient, payer: Payer) -> None:
    wish = await saved_card(api, payer, TEST_CARDS["success"])
    await api.post(f"/v1/payment_methods/{wish['payment_method']}/detach")
    listed = await api.get("/v1/payment_methods", params={"customer": wish["customer"]})
    assert listed.json()["data"] == []
    assert (await api.post("/v1/payment_intents", data=wish)).status_code == 400


async def test_unknown_addresses_answer_as_stripe_does(api: httpx.AsyncClient) -> None:
    answer = await api.get("/v1/unicorns")
    assert answer.status_code == 404
    assert "Unrecognized request URL" in answer.json()["error"]["message"]
