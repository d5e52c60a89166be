"""The job that tells providers' servers, with growing pauses for about a day.

A telling is taken for five minutes, sent outside any transaction, and marked. A crash in between leaves it
pending, and it is sent again with the same id: at least once, never silently not at all.
"""

import json
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, delete
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.database import run, unit_of_work
from cabinet.jobs import jobs
from cabinet.kit.dates import now
from cabinet.webhooks import reaching
from cabinet.webhooks.announcing import send_later
from cabinet.webhooks.models import DeliveryState, WebhookDelivery, WebhookEndpoint
from cabinet.webhooks.reaching import NotReached
from cabinet.webhooks.signing import HEADER, secrets_of, sign
from cabinet.webhooks.telling_staff import tell_switched_off

logger = logging.getLogger(__name__)

PAUSES = (
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=2),
    timedelta(hours=4),
    timedelta(hours=8),
    timedelta(hours=8),
)
"""Between the tries; after the last of them it is given up."""
LEASE = timedelta(minutes=5)
SWITCHED_OFF_AFTER = timedelta(days=3)
"""An address at which nothing has arrived for so long is told nothing more."""
_GONE = 410
_AT_ONCE = 500
SWITCHED_OFF = "switched_off"
_AFTER_ALL_ELSE = -10
"""Servers that hang for ten seconds each could fill the worker: letters and payments go first."""

_DUE = text("""
SELECT d.id, d.endpoint_id FROM webhook_delivery d
WHERE d.state = 'pending' AND d.next_at <= :at AND NOT EXISTS (
    SELECT FROM procrastinate_jobs j
    WHERE j.status = 'todo' AND j.task_name = 'send_webhook' AND j.args ->> 'delivery_id' = d.id::text
)
ORDER BY row_number() OVER (PARTITION BY d.endpoint_id ORDER BY d.next_at), d.next_at
LIMIT :most
""")
"""What no job waits for yet: a server that hangs would get more jobs each minute than can be run. By turns, so
that the many tellings of one server do not keep the others from theirs."""


@dataclass(frozen=True, slots=True)
class _Parcel:
    """What goes over the wire."""

    url: str
    body: bytes
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What came of a try."""

    status: int | None
    error: str = ""
    ms: int | None = None

    @property
    def arrived(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


@jobs.task(name="send_webhook", lock="webhook:{endpoint_id}", priority=_AFTER_ALL_ELSE)
async def send_webhook(delivery_id: str, endpoint_id: str) -> None:
    """Try one telling, unless it was tried just now; one at a time for each address."""
    parcel = await _take(UUID(delivery_id))
    if parcel is None:
        return
    outcome = await _send(parcel)
    async with unit_of_work() as session:
        await _mark(UUID(delivery_id), outcome, session)


@jobs.periodic(cron="* * * * *")
@jobs.task(name="send_due_webhooks", queueing_lock="send_due_webhooks")
async def send_due_webhooks(timestamp: int) -> None:
    """Queue what is to be tried again, and what a killed worker left behind."""
    async with unit_of_work() as session:
        for delivery_id, endpoint_id in await run(_DUE, session=session, at=now(), most=_AT_ONCE):
            await send_later(delivery_id, endpoint_id, session=session)


async def delete_deliveries_before(moment: datetime, *, session: AsyncSession) -> None:
    """Forget what was told, or given up, before `moment`."""
    await session.exec(
        delete(WebhookDelivery).where(
            col(WebhookDelivery.created_at) < moment, col(WebhookDelivery.state) != DeliveryState.PENDING
        )
    )


async def _take(delivery_id: UUID) -> _Parcel | None:
    """Take the telling for a while, or None if it is not to be sent now."""
    moment = now()
    async with unit_of_work() as session:
        delivery = await session.get(WebhookDelivery, delivery_id, with_for_update=True)
        if delivery is None or delivery.state is not DeliveryState.PENDING or delivery.next_at > moment:
            return None
        endpoint = await session.get_one(WebhookEndpoint, delivery.endpoint_id)
        if endpoint.disabled_at is not None:
            delivery.state, delivery.last_error = DeliveryState.GIVEN_UP, SWITCHED_OFF
            return None
        delivery.attempts += 1
        delivery.last_tried_at, delivery.next_at = moment, moment + LEASE
        return _pack(delivery, endpoint, moment)


def _pack(delivery: WebhookDelivery, endpoint: WebhookEndpoint, moment: datetime) -> _Parcel:
    said = {
        "id": str(delivery.id),
        "type": delivery.event.value,
        "created_at": delivery.created_at.isoformat(),
        "provider_id": str(endpoint.provider_id),
        "data": delivery.data,
    }
    body = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Cabinet",
        "Cabinet-Delivery": str(delivery.id),
        HEADER: sign(secrets_of(endpoint, moment), moment, body),
    }
    return _Parcel(endpoint.url, body, headers)


async def _send(parcel: _Parcel) -> _Outcome:
    try:
        answer = await reaching.post(parcel.url, parcel.body, parcel.headers)
    except NotReached as problem:
        return _Outcome(None, problem.code)
    return _Outcome(answer.status, "", answer.ms)


async def _mark(delivery_id: UUID, outcome: _Outcome, session: AsyncSession) -> None:
    delivery = await session.get_one(WebhookDelivery, delivery_id, with_for_update=True)
    endpoint = await session.get_one(WebhookEndpoint, delivery.endpoint_id, with_for_update=True)
    delivery.last_status, delivery.last_error, delivery.last_ms = outcome.status, outcome.error, outcome.ms
    if outcome.arrived:
        delivery.state, delivery.delivered_at = DeliveryState.DELIVERED, now()
        endpoint.failing_since = None
        return
    logger.warning("Webhook %s not taken: %s", delivery.id, outcome.error or outcome.status)
    if delivery.attempts > len(PAUSES):
        delivery.state = DeliveryState.GIVEN_UP
    elif delivery.attempts:  # none: staff have sent it again meanwhile, and its job waits
        delivery.next_at = now() + PAUSES[delivery.attempts - 1]
    await _note_failure(endpoint, outcome, session)


async def _note_failure(endpoint: WebhookEndpoint, outcome: _Outcome, session: AsyncSession) -> None:
    """Count how long the address has failed; one that failed for days, or says that it is gone, is switched off."""
    endpoint.failing_since = endpoint.failing_since or now()
    lasting = now() - endpoint.failing_since >= SWITCHED_OFF_AFTER
    if endpoint.disabled_at is None and (lasting or outcome.status == _GONE):
        endpoint.disabled_at = now()
        await session.flush()
        await tell_switched_off(endpoint, session=session)
