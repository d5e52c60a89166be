"""Events reach the webhook signed, and again until they are accepted."""

import json
import time
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from cabinet.payments import processor
from cabinet.payments.processor import BadSignature, ProcessorEventView
from cabinet.sandbox import clock
from cabinet.sandbox.delivery import deliver_due, in_process, sign
from cabinet.sandbox.faults import faults
from cabinet.sandbox.keys import SANDBOX_KEY, TEST_CARDS, WEBHOOK_PATH
from tests.sandbox.conftest import Payer, open_checkout

pytestmark = pytest.mark.usefixtures("sandbox")

BODY = json.dumps(
    {"id": "evt_1", "type": "charge.succeeded", "data": {"object": {"object": "charge", "id": "ch_1"}}}
).encode()


@dataclass
class Receiver:
    """The app's webhook, as the sandbox sees it."""

    status: int = 200
    events: list[ProcessorEventView] = field(default_factory=list[ProcessorEventView])

    async def __call__(self, body: bytes, headers: dict[str, str]) -> int:
        self.events.append(processor.verify_event(body, headers["Stripe-Signature"]))
        return self.status

    @property
    def kinds(self) -> list[str]:
        return [event.kind for event in self.events]


async def test_events_arrive_signed_in_order_and_name_our_payment(payer: Payer) -> None:
    payment_id = uuid4()
    checkout = await open_checkout(payment_id=payment_id)
    await payer.pay(checkout)
    receiver = Receiver()

    assert await deliver_due(receiver) == 4

    truth = await processor.fetch_checkout(checkout.session_ref)
    assert {event.payment_id for event in receiver.events} == {payment_id}
    assert {event.charge_ref for event in receiver.events} == {truth.charge_ref}
    assert receiver.events[-1].kind == "checkout.session.completed"
    assert receiver.events[-1].session_ref == checkout.session_ref
    assert await deliver_due(receiver) == 0


async def test_what_is_not_accepted_is_tried_again(payer: Payer) -> None:
    await payer.pay(await open_checkout())
    receiver = Receiver(status=500)
    assert await deliver_due(receiver) == 0
    assert await deliver_due(receiver) == 0
    assert len(receiver.events) == 4
    receiver.status = 200
    clock.advance(timedelta(seconds=3))
    assert await deliver_due(receiver) == 4


async def test_a_dropped_delivery_is_tried_again(payer: Payer) -> None:
    await payer.pay(await open_checkout())
    receiver = Receiver()
    faults.drop = 2
    assert await deliver_due(receiver) == 2
    clock.advance(timedelta(seconds=3))
    assert await deliver_due(receiver) == 2
    assert len({event.id for event in receiver.events}) == 4


async def test_events_may_come_late_twice_and_in_any_order(
    payer: Payer, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver = Receiver()
    faults.delay, faults.copies, faults.shuffle = timedelta(minutes=10), 2, True
    monkeypatch.setattr("random.shuffle", list.reverse)
    await payer.pay(await open_checkout())
    assert await deliver_due(receiver) == 0
    clock.advance(timedelta(minutes=11))
    assert await deliver_due(receiver) == 4
    assert receiver.kinds[::2] == receiver.kinds[1::2]
    assert receiver.kinds[0] == "checkout.session.completed"
    assert len({event.id for event in receiver.events}) == 4


async def test_an_event_that_never_comes_leaves_the_others(payer: Payer) -> None:
    receiver = Receiver()
    faults.drop_forever = "checkout.session.completed".__eq__
    faults.copies = 2
    await payer.pay(await open_checkout())
    await deliver_due(receiver)
    assert sorted(receiver.kinds) == sorted(
        ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"] * 2
    )


async def test_a_decline_is_an_event_about_the_payment(payer: Payer) -> None:
    receiver = Receiver()
    await payer.pay(await open_checkout(), TEST_CARDS["declined"])
    await deliver_due(receiver)
    assert receiver.kinds == ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"]


async def test_delivery_posts_to_the_apps_route(payer: Payer) -> None:
    seen: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["path"])
        raise httpx.ConnectError("refused")

    await payer.pay(await open_checkout())
    assert await deliver_due(in_process(app)) == 0
    assert seen == [WEBHOOK_PATH] * 4


def test_a_good_signature_is_accepted() -> None:
    view = processor.verify_event(BODY, sign(BODY, timestamp=int(time.time())))
    assert (view.id, view.kind, view.session_ref) == ("evt_1", "charge.succeeded", None)


@pytest.mark.parametrize("seconds", [-301, 301, -100000, 100000])
def test_old_and_future_signatures_are_refused(seconds: int) -> None:
    with pytest.raises(BadSignature):
        processor.verify_event(BODY, sign(BODY, timestamp=int(time.time()) + seconds))


@pytest.mark.parametrize("signature", ["", "t=1", "v1=abc", "t=x,v1=y", "nonsense", "t=,v1="])
def test_malformed_signatures_are_refused(signature: str) -> None:
    with pytest.raises(BadSignature):
        processor.verify_event(BODY, signature)


def test_a_changed_body_or_another_secret_is_refused() -> None:
    moment = int(time.time())
    with pytest.raises(BadSignature):
        processor.verify_event(BODY + b" ", sign(BODY, timestamp=moment))
    with pytest.raises(BadSignature):
        processor.verify_event(BODY, sign(BODY, timestamp=moment, secret="whsec_other"))
    with pytest.raises(BadSignature):
        processor.verify_event(b"\xff", sign(b"\xff", timestamp=moment))


@pytest.mark.parametrize("secret", ["", "  "])
def test_an_empty_secret_verifies_nothing(secret: str) -> None:
    processor.use(api_key=SANDBOX_KEY, webhook_secret=secret)
    with pytest.raises(BadSignature):
        processor.verify_event(BODY, sign(BODY, timestamp=int(time.time()), secret=secret))
