"""Telling providers' servers: signed, tried again, given up in the end, never silently lost."""

import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from procrastinate.jobs import DEFAULT_PRIORITY
from pydantic import SecretStr
from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.audit.models import AuditRecord
from cabinet.database import unit_of_work
from cabinet.kit.dates import now
from cabinet.mail.models import Letter
from cabinet.residents.models import Role
from cabinet.settings import settings
from cabinet.webhooks import reaching, sending
from cabinet.webhooks.announcing import announce
from cabinet.webhooks.endpoints import NewSecret, add_endpoint, resend, rotate_secret, send_test, switch_off
from cabinet.webhooks.models import DeliveryState, WebhookDelivery, WebhookEndpoint, WebhookEvent
from cabinet.webhooks.sending import LEASE, PAUSES, SWITCHED_OFF_AFTER, send_due_webhooks, send_webhook
from tests.http.api.conftest import Town
from tests.webhooks.conftest import URL, Clock, Server, person

DATA = {"payment_number": 100001}


async def announced(town: Town, session: AsyncSession, event: WebhookEvent = WebhookEvent.PAYMENT_SUCCEEDED):
    await announce(event, {town.gas.id: DATA}, session=session)
    await session.commit()
    found = await session.exec(
        select(WebhookDelivery).order_by(col(WebhookDelivery.created_at).desc()).limit(1)
    )
    return found.one()


async def attempt(delivery: WebhookDelivery, session: AsyncSession) -> None:
    await send_webhook(str(delivery.id), str(delivery.endpoint_id))
    await session.refresh(delivery)


def is_signed(header: str, secret: str, body: bytes) -> bool:
    """As the documentation tells receivers to check it."""
    parts = [part.split("=", 1) for part in header.split(",")]
    seconds = next(value for name, value in parts if name == "t")
    right = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return any(hmac.compare_digest(value, right) for name, value in parts if name == "v1")


async def test_what_is_told_is_signed_and_has_an_id(
    town: Town, told: NewSecret, server: Server, session: AsyncSession
):
    delivery = await announced(town, session)
    await attempt(delivery, session)
    request = server.heard[0]
    said = json.loads(request.content)
    assert (said["id"], said["type"], said["data"]) == (str(delivery.id), "payment.succeeded", DATA)
    assert is_signed(request.headers["cabinet-signature"], told.secret, request.content)
    assert not is_signed(request.headers["cabinet-signature"], told.secret, request.content + b" ")
    assert request.headers["host"] == "localhost:9"
    assert (delivery.state, delivery.last_status, delivery.attempts) == (DeliveryState.DELIVERED, 200, 1)


async def test_while_a_secret_changes_both_sign(
    town: Town, told: NewSecret, server: Server, session: AsyncSession, clock: Clock
):
    fresh = await rotate_secret(told.endpoint_id, by=person(town), session=session)
    await attempt(await announced(town, session), session)
    clock.forward(timedelta(days=8))
    await attempt(await announced(town, session), session)
    during, after = server.heard
    for secret, request, wanted in (
        (told.secret, during, True),
        (fresh.secret, during, True),
        (told.secret, after, False),
        (fresh.secret, after, True),
    ):
        assert is_signed(request.headers["cabinet-signature"], secret, request.content) is wanted


async def test_what_is_told_is_signed_with_the_key_before_too(
    town: Town, told: NewSecret, server: Server, session: AsyncSession, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(settings, "old_secret_keys", (settings.secret_key,))
    monkeypatch.setattr(settings, "secret_key", SecretStr("another key of thirty-two letters"))
    await attempt(await announced(town, session), session)
    assert is_signed(server.heard[0].headers["cabinet-signature"], told.secret, server.heard[0].content)


async def test_the_secret_stands_nowhere(town: Town, told: NewSecret, session: AsyncSession):
    row = (await session.exec(select(WebhookEndpoint))).one()
    audit = (await session.exec(select(AuditRecord).where(AuditRecord.subject == "webhook_endpoint"))).one()
    assert told.secret not in f"{row.model_dump()} {audit.model_dump()}"
    assert row.seed not in f"{audit.model_dump()}"


async def test_only_who_listens_is_told(town: Town, server: Server, session: AsyncSession):
    await add_endpoint(town.gas.id, URL, [WebhookEvent.REGISTRY_MADE], by=person(town), session=session)
    await announce(WebhookEvent.PAYMENT_SUCCEEDED, {town.gas.id: DATA, town.water.id: DATA}, session=session)
    assert (await session.exec(select(WebhookDelivery))).all() == []


async def test_nobody_hears_of_what_was_rolled_back(town: Town, told: NewSecret, session: AsyncSession):
    async with session.begin_nested() as cause:
        await announce(WebhookEvent.PAYMENT_SUCCEEDED, {town.gas.id: DATA}, session=session)
        await cause.rollback()
    assert (await session.exec(select(WebhookDelivery))).all() == []


@pytest.mark.parametrize("status", [500, 404, 301])
async def test_pauses_grow_until_it_is_given_up(
    town: Town, told: NewSecret, server: Server, session: AsyncSession, clock: Clock, status: int
):
    server.status = status
    delivery = await announced(town, session)
    for tries, pause in enumerate(PAUSES, start=1):
        await attempt(delivery, session)
        assert delivery.state is DeliveryState.PENDING
        assert delivery.attempts == tries
        assert abs(delivery.next_at - now() - pause) < timedelta(seconds=20)
        await attempt(delivery, session)
        assert delivery.attempts == tries
        clock.forward(pause + timedelta(seconds=1))
    await attempt(delivery, session)
    assert (delivery.state, len(server.heard)) == (DeliveryState.GIVEN_UP, len(PAUSES) + 1)
    assert len({json.loads(one.content)["id"] for one in server.heard}) == 1


async def test_the_pauses_add_up_to_about_a_day():
    assert timedelta(hours=20) < sum(PAUSES, timedelta()) < timedelta(hours=30)


async def test_after_a_crash_between_sending_and_marking_it_is_sent_again(
    town: Town,
    told: NewSecret,
    server: Server,
    session: AsyncSession,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
):
    delivery = await announced(town, session)

    async def crash(*_args: object) -> None:
        raise RuntimeError("kill -9")

    with monkeypatch.context() as broken:
        broken.setattr(sending, "_mark", crash)
        with pytest.raises(RuntimeError):
            await attempt(delivery, session)
    await attempt(delivery, session)
    assert len(server.heard) == 1
    clock.forward(LEASE + timedelta(seconds=1))
    await attempt(delivery, session)
    assert len(server.heard) == 2
    assert server.heard[0].headers["cabinet-delivery"] == server.heard[1].headers["cabinet-delivery"]
    assert delivery.state is DeliveryState.DELIVERED


async def queued(session: AsyncSession) -> list[str]:
    """The tellings that a job waits for."""
    waiting = text("""SELECT args ->> 'delivery_id' FROM procrastinate_jobs
        WHERE task_name = 'send_webhook' AND status = 'todo'""")
    return list((await (await session.connection()).execute(waiting)).scalars())


async def ran(session: AsyncSession) -> None:
    """All jobs are over."""
    over = text("UPDATE procrastinate_jobs SET status = 'succeeded' WHERE task_name = 'send_webhook'")
    await (await session.connection()).execute(over)


async def test_what_is_due_is_queued_again(
    town: Town, told: NewSecret, server: Server, session: AsyncSession, clock: Clock
):
    delivery = await announced(town, session)
    server.status = 500
    await attempt(delivery, session)
    await ran(session)
    await send_due_webhooks(timestamp=0)
    assert await queued(session) == []
    clock.forward(timedelta(minutes=1))
    await send_due_webhooks(timestamp=0)
    assert await queued(session) == [str(delivery.id)]


async def test_what_waits_for_its_job_is_not_queued_every_minute(
    town: Town, told: NewSecret, session: AsyncSession, clock: Clock
):
    await announced(town, session)
    for _ in range(3):
        clock.forward(timedelta(minutes=1))
        await send_due_webhooks(timestamp=0)
    assert len(await queued(session)) == 1


async def test_many_tellings_of_a_dead_server_do_not_hold_up_the_others(
    town: Town, told: NewSecret, session: AsyncSession, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sending, "_AT_ONCE", 2)
    for _ in range(3):
        await announced(town, session)
    clock.forward(timedelta(seconds=1))
    boss = person(town, Role.ADMINISTRATOR)
    await add_endpoint(town.water.id, URL, [WebhookEvent.PAYMENT_SUCCEEDED], by=boss, session=session)
    await announce(WebhookEvent.PAYMENT_SUCCEEDED, {town.water.id: DATA}, session=session)
    last = (
        await session.exec(select(WebhookDelivery).order_by(col(WebhookDelivery.created_at).desc()))
    ).first()
    await session.commit()
    await ran(session)
    await send_due_webhooks(timestamp=0)
    assert last is not None
    assert str(last.id) in await queued(session)


async def test_letters_and_payments_go_before_servers_that_may_hang(
    town: Town, told: NewSecret, session: AsyncSession
):
    await announced(town, session)
    asked = text("SELECT max(priority) FROM procrastinate_jobs WHERE task_name = 'send_webhook'")
    assert await (await session.connection()).scalar(asked) < DEFAULT_PRIORITY


async def test_one_that_staff_send_again_while_it_is_under_way_does_not_wait_for_hours(
    town: Town, told: NewSecret, server: Server, session: AsyncSession, monkeypatch: pytest.MonkeyPatch
):
    server.status, delivery, post = 500, await announced(town, session), reaching.post

    async def meanwhile(*args: Any) -> reaching.Answer:
        answer = await post(*args)
        async with unit_of_work() as own:
            await resend(delivery.id, by=person(town), session=own)
        return answer

    with monkeypatch.context() as busy:
        busy.setattr(reaching, "post", meanwhile)
        await attempt(delivery, session)
    server.status = 200
    await attempt(delivery, session)
    assert delivery.state is DeliveryState.DELIVERED


async def test_an_address_that_fails_for_days_is_switched_off_and_the_provider_told(
    town: Town, told: NewSecret, server: Server, session: AsyncSession, clock: Clock
):
    town.gas.support_email = "it@gas.example"
    session.add(town.gas)
    server.status = 500
    await attempt(await announced(town, session), session)
    clock.forward(SWITCHED_OFF_AFTER + timedelta(minutes=1))
    last = await announced(town, session)
    await attempt(last, session)
    endpoint = await session.get_one(WebhookEndpoint, told.endpoint_id, populate_existing=True)
    assert endpoint.disabled_at is not None
    assert endpoint.disabled_by is None
    letter = (await session.exec(select(Letter))).one()
    assert (letter.kind, letter.recipient) == ("webhook_switched_off", "it@gas.example")
    clock.forward(timedelta(minutes=10))
    await attempt(last, session)
    assert (last.state, len(server.heard)) == (DeliveryState.GIVEN_UP, 2)


async def test_one_that_works_again_is_forgiven(
    town: Town, told: NewSecret, server: Server, session: AsyncSession, clock: Clock
):
    server.status = 500
    await attempt(await announced(town, session), session)
    clock.forward(SWITCHED_OFF_AFTER - timedelta(hours=1))
    server.status = 204
    await attempt(await announced(town, session), session)
    clock.forward(timedelta(hours=2))
    server.status = 500
    await attempt(await announced(town, session), session)
    endpoint = await session.get_one(WebhookEndpoint, told.endpoint_id, populate_existing=True)
    assert endpoint.disabled_at is None


async def test_one_that_says_gone_is_switched_off_at_once(
    town: Town, told: NewSecret, server: Server, session: AsyncSession
):
    server.status = 410
    await attempt(await announced(town, session), session)
    endpoint = await session.get_one(WebhookEndpoint, told.endpoint_id, populate_existing=True)
    assert endpoint.disabled_at is not None


async def test_staff_test_it_send_again_and_switch_it_off(
    town: Town, told: NewSecret, server: Server, session: AsyncSession
):
    clerk = person(town)
    delivery = await session.get_one(
        WebhookDelivery, await send_test(told.endpoint_id, by=clerk, session=session)
    )
    await session.commit()
    await attempt(delivery, session)
    await resend(delivery.id, by=clerk, session=session)
    await session.commit()
    await attempt(delivery, session)
    assert [json.loads(one.content)["type"] for one in server.heard] == ["test", "test"]
    await switch_off(told.endpoint_id, by=clerk, session=session)
    await announce(WebhookEvent.PAYMENT_SUCCEEDED, {town.gas.id: DATA}, session=session)
    assert len((await session.exec(select(WebhookDelivery))).all()) == 1
    actions = set(await session.exec(select(AuditRecord.action)))
    assert {"create", "test", "resend", "switch_off"} <= actions


async def test_nobody_touches_another_providers_address(town: Town, told: NewSecret, session: AsyncSession):
    from dataclasses import replace

    from cabinet.errors import Forbidden, NotFound

    stranger = replace(person(town), provider_id=town.water.id)
    with pytest.raises(NotFound):
        await rotate_secret(told.endpoint_id, by=stranger, session=session)
    with pytest.raises(Forbidden):
        await rotate_secret(told.endpoint_id, by=person(town, Role.AUDITOR), session=session)
    with pytest.raises(NotFound):
        await send_test(UUID(int=0), by=person(town), session=session)
