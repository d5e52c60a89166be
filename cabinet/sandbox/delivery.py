"""Delivery of events to the webhook: signed, in the background, repeated until they are accepted."""

import asyncio
import hashlib
import hmac
import json
import logging
import random
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

import httpx
from sqlmodel import col, select
from starlette.types import ASGIApp

from cabinet.database import unit_of_work
from cabinet.kit import dates
from cabinet.sandbox import clock, timers
from cabinet.sandbox.faults import faults
from cabinet.sandbox.keys import SANDBOX_WEBHOOK_SECRET, WEBHOOK_PATH
from cabinet.sandbox.models import Body, SandboxEvent
from cabinet.settings import settings

log = logging.getLogger(__name__)

Send = Callable[[bytes, dict[str, str]], Awaitable[int]]
"""Hands over a body with its headers; answers the HTTP status of the receiver."""

LAST_ATTEMPT = 16
_BATCH = 50
_LONGEST_WAIT = timedelta(hours=1)
_TIMEOUT_SECONDS = 20
_POLL_SECONDS = 1.0


def sign(body: bytes, *, timestamp: int, secret: str = SANDBOX_WEBHOOK_SECRET) -> str:
    """The value of `Stripe-Signature` for a body sent at that second."""
    mac = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256)
    return f"t={timestamp},v1={mac.hexdigest()}"


def over_http(base: str = "") -> Send:
    """Deliver to the app's own port, or to another address."""
    address, tls = base or f"http://127.0.0.1:{settings.port}", ssl.create_default_context()
    return _poster(lambda: httpx.AsyncClient(base_url=address, verify=tls))


def in_process(app: ASGIApp) -> Send:
    """Deliver to an app of this process, without a network."""
    return _poster(lambda: httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app"))


def _poster(client: Callable[[], httpx.AsyncClient]) -> Send:
    async def send(body: bytes, headers: dict[str, str]) -> int:
        async with client() as http:
            response = await http.post(WEBHOOK_PATH, content=body, headers=headers, timeout=_TIMEOUT_SECONDS)
        return response.status_code

    return send


@dataclass(frozen=True)
class _Parcel:
    ident: str
    kind: str
    body: Body


async def deliver_due(send: Send) -> int:
    """Try once to deliver every event that is due; returns how many were accepted."""
    parcels = await _claim()
    if faults.shuffle:
        random.shuffle(parcels)
    return sum([await _deliver(parcel, send) for parcel in parcels])


async def _claim() -> list[_Parcel]:
    """Take what is due, and plan its next attempt first: a crash while sending loses nothing."""
    async with unit_of_work() as session:
        due = select(SandboxEvent).where(col(SandboxEvent.deliver_at) <= clock.now())
        due = due.order_by(col(SandboxEvent.position)).limit(_BATCH).with_for_update(skip_locked=True)
        rows = (await session.exec(due)).all()
        for row in rows:
            row.attempts += 1
            row.deliver_at = None if row.attempts >= LAST_ATTEMPT else clock.now() + _wait(row.attempts)
        return [_Parcel(row.id, row.body["type"], row.body) for row in rows]


def _wait(attempts: int) -> timedelta:
    return min(timedelta(seconds=2**attempts), _LONGEST_WAIT)


async def _deliver(parcel: _Parcel, send: Send) -> bool:
    if faults.take_drop(parcel.kind):
        return False
    accepted = [await _post(parcel, send) for _ in range(faults.copies)]
    if any(accepted):
        await _mark(parcel.ident)
    return any(accepted)


async def _post(parcel: _Parcel, send: Send) -> bool:
    body = json.dumps(parcel.body, indent=2, ensure_ascii=False).encode()
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Stripe-Signature": sign(body, timestamp=int(dates.now().timestamp())),
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
    }
    try:
        status = await send(body, headers)
    except (httpx.HTTPError, OSError) as error:
        log.info("event %s not delivered: %s", parcel.ident, type(error).__name__)
        return False
    return 200 <= status < 300


async def _mark(ident: str) -> None:
    async with unit_of_work() as session:
        row = await session.get_one(SandboxEvent, ident, with_for_update=True)
        row.delivered_at, row.deliver_at = clock.now(), None
        row.body = {**row.body, "pending_webhooks": 0}


@asynccontextmanager
async def deliver_events(send: Send | None = None) -> AsyncGenerator[None]:
    """Deliver events and let time pass in the sandbox for as long as the block lasts."""
    task = asyncio.create_task(_forever(send or over_http()), name="sandbox deliveries")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _forever(send: Send) -> None:
    while True:
        try:
            await timers.run_due()
            accepted = await deliver_due(send)
        except Exception:
            log.exception("the sandbox could not deliver its events")
            accepted = 0
        if not accepted:
            await asyncio.sleep(_POLL_SECONDS)
