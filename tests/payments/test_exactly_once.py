"""Webhook, return page, poll and janitor at the same moment: credited once. Commits are real here."""

import asyncio
import json
import time
from uuid import uuid4

import pytest
from sqlmodel import col, func, select

from cabinet.database import read_only, unit_of_work
from cabinet.ledger import service as ledger
from cabinet.ledger import verification
from cabinet.ledger.models import Journal
from cabinet.mail.models import Letter
from cabinet.payments import events, processor
from cabinet.payments import service as payments
from cabinet.payments.errors import ProcessorDown
from cabinet.payments.models import Allocation, Payment, PaymentState, ProcessorEvent
from cabinet.payments.processor import BadSignature
from cabinet.payments.service import Wish
from cabinet.sandbox.delivery import sign
from tests.payments.conftest import FakeProcessor, Neighbours, settle_in

SECRET = "whsec_of_the_test"


@pytest.fixture
async def people(committed: str) -> Neighbours:
    async with unit_of_work() as session:
        return await settle_in(session)


async def paid(people: Neighbours, fake: FakeProcessor) -> payments.Started:
    started = await payments.start_payment(
        people.alice.id, [Wish(people.gas.id)], attempt=uuid4().hex, locale="ru"
    )
    fake.pay("cs_0")
    return started


async def assert_credited_once(people: Neighbours) -> None:
    async with read_only() as session:
        journals = await session.exec(select(Journal).where(col(Journal.key).startswith("payment:")))
        letters = await session.exec(select(Letter).where(Letter.kind == "payment_succeeded"))
        shares = await session.exec(select(func.sum(Allocation.amount_minor)))
        assert (len(journals.all()), len(letters.all()), shares.one()) == (1, 1, 150_000)
        assert (await ledger.balances([people.gas.id], session=session))[people.gas.id] == 0
        assert (await verification.verify(session=session)).holds


async def test_twenty_five_at_once(people: Neighbours, fake: FakeProcessor) -> None:
    started = await paid(people, fake)
    states = await asyncio.gather(*(payments.settle(started.payment_id) for _ in range(25)))
    assert set(states) == {PaymentState.SUCCEEDED}
    await assert_credited_once(people)


async def test_two_tabs_make_one_payment(people: Neighbours, fake: FakeProcessor) -> None:
    tabs = (
        payments.start_payment(people.alice.id, [Wish(people.gas.id)], attempt=uuid4().hex, locale="ru")
        for _ in range(5)
    )
    started = await asyncio.gather(*tabs)
    assert len({each.payment_id for each in started}) == 1
    async with read_only() as session:
        assert (await session.exec(select(func.count()).select_from(Payment))).one() == 1


def a_webhook(payment_id: object, event_id: str = "evt_1") -> bytes:
    about = {
        "object": "checkout.session",
        "id": "cs_0",
        "client_reference_id": str(payment_id),
        "metadata": {},
    }
    return json.dumps(
        {"id": event_id, "type": "checkout.session.completed", "data": {"object": about}}
    ).encode()


@pytest.fixture
def signed(monkeypatch: pytest.MonkeyPatch) -> None:
    processor.use(api_key="sk_test_x", webhook_secret=SECRET)


async def test_duplicated_and_shuffled_webhooks(
    people: Neighbours, fake: FakeProcessor, signed: None
) -> None:
    started = await paid(people, fake)
    bodies = [a_webhook(started.payment_id, f"evt_{i % 3}") for i in range(12)]
    now = int(time.time())
    await asyncio.gather(
        *(payments.receive_event(body, sign(body, timestamp=now, secret=SECRET)) for body in bodies),
        payments.settle(started.payment_id),
    )
    await assert_credited_once(people)
    async with read_only() as session:
        rows = (await session.exec(select(ProcessorEvent))).all()
        assert len(rows) == 3 and all(row.handled_at for row in rows)


async def test_a_webhook_that_nobody_signed_changes_nothing(
    people: Neighbours, fake: FakeProcessor, signed: None
) -> None:
    started = await paid(people, fake)
    body = a_webhook(started.payment_id)
    for signature in ("", "t=1,v1=00", sign(body, timestamp=int(time.time()), secret="another")):
        with pytest.raises(BadSignature):
            await payments.receive_event(body, signature)
    async with read_only() as session:
        assert (await session.exec(select(func.count()).select_from(ProcessorEvent))).one() == 0
        assert (await session.get_one(Payment, started.payment_id)).state is PaymentState.PENDING


async def test_an_event_that_could_not_be_worked_on_is_found_by_the_janitor(
    people: Neighbours, fake: FakeProcessor, signed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = await paid(people, fake)
    body = a_webhook(started.payment_id)
    fake.down = True
    with pytest.raises(ProcessorDown):
        await payments.receive_event(body, sign(body, timestamp=int(time.time()), secret=SECRET))
    fake.down = False
    assert await events.unhandled_events(events.now()) == ["evt_1"]
    await events.handle_event("evt_1")
    await assert_credited_once(people)


async def test_an_event_of_somebody_elses_payment_is_put_away(
    people: Neighbours, fake: FakeProcessor, signed: None
) -> None:
    body = a_webhook(uuid4()).replace(b"cs_0", b"cs_of_another_shop")
    await payments.receive_event(body, sign(body, timestamp=int(time.time()), secret=SECRET))
    async with read_only() as session:
        assert (await session.exec(select(ProcessorEvent))).one().handled_at is not None
