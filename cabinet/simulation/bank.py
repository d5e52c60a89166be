"""The sandbox as a bank at work: cards are typed, disputes decided, events delivered, time passes."""

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.types import ASGIApp

from cabinet.http import stripe as webhook
from cabinet.kit import dates
from cabinet.payments import processor
from cabinet.sandbox import timers
from cabinet.sandbox.app import sandbox_app, sandbox_client
from cabinet.sandbox.delivery import Send, deliver_due, in_process, sign
from cabinet.sandbox.faults import faults
from cabinet.sandbox.keys import MORE_CARDS, SANDBOX_KEY, SANDBOX_WEBHOOK_SECRET, TEST_CARDS

CARDS = TEST_CARDS | MORE_CARDS
_MOST_ROUNDS = 1000


class Bank:
    """What a payer, the payer's bank and the operator's dashboard do at the processor."""

    def __init__(self, http: httpx.AsyncClient, send: Send) -> None:
        self._http = http
        self._send = send
        self._ahead = timedelta()

    async def type_card(self, url: str, card: str) -> None:
        """Send the form of the hosted page; a page that is closed says so and charges nothing."""
        form = {"number": CARDS[card], "expiry": "12/39", "cvc": "123"}
        await self._http.post(_path(url), data=form)

    async def answer_bank(self, url: str, *, approve: bool) -> None:
        """Answer the bank's question (3-D Secure)."""
        await self._http.post(_path(url) + "/bank", data={"answer": "approve" if approve else "refuse"})

    async def ask(self, method: str, path: str, **params: Any) -> dict[str, Any]:
        """Call the API past our own client, as somebody at the dashboard would; {} when no answer came."""
        headers = {"Authorization": f"Bearer {SANDBOX_KEY}"}
        try:
            answer = await self._http.request(
                method,
                path,
                headers=headers,
                params=params if method == "GET" else None,
                data=params if method != "GET" else None,
            )
        except ConnectionError:
            return {}
        return answer.json()

    async def deliver(self) -> int:
        """One round of deliveries of what is due."""
        await timers.run_due()
        return await deliver_due(self._send)

    async def deliver_all(self) -> None:
        """Deliver until nothing is due."""
        for _ in range(_MOST_ROUNDS):
            if not await self.deliver():
                return

    def pass_time(self, step: timedelta) -> None:
        """Let time pass for us and for the bank alike."""
        self._ahead += step
        dates.run_ahead(self._ahead)


@asynccontextmanager
async def open_bank() -> AsyncGenerator[Bank]:
    """Connect our processor client to the sandbox in this process, and the sandbox to our webhook."""
    processor.use(
        http_client=sandbox_client(), api_key=SANDBOX_KEY, webhook_secret=SANDBOX_WEBHOOK_SECRET, retries=0
    )
    transport = httpx.ASGITransport(sandbox_app())
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as http:
            yield Bank(http, _signed_now(Starlette(routes=webhook.routes)))
    finally:
        faults.reset()
        dates.run_ahead(timedelta())
        await processor.close()


def _signed_now(app: ASGIApp) -> Send:
    """Deliver with a signature of the machine's clock, which is what signatures are checked against."""
    deliver = in_process(app)

    async def send(body: bytes, headers: dict[str, str]) -> int:
        return await deliver(body, headers | {"Stripe-Signature": sign(body, timestamp=int(time.time()))})

    return send


def _path(url: str) -> str:
    return "/pay/" + url.rsplit("/", 1)[-1]
