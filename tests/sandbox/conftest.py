"""A payer, our own client and the sandbox, all in one process."""

from collections.abc import AsyncGenerator, Generator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.applications import Starlette
from starlette.routing import Mount

from cabinet.kit.dates import now
from cabinet.payments import processor
from cabinet.payments.processor import Checkout, CheckoutLine
from cabinet.sandbox import clock
from cabinet.sandbox.app import sandbox_app, sandbox_client
from cabinet.sandbox.faults import faults
from cabinet.sandbox.keys import SANDBOX_KEY, SANDBOX_WEBHOOK_SECRET, TEST_CARDS
from cabinet.settings import settings

SUCCESS_URL = "https://cabinet.example/payments/1?session={CHECKOUT_SESSION_ID}"
CANCEL_URL = "https://cabinet.example/payments/1"


@pytest.fixture(autouse=True)
def healthy() -> Generator[None]:
    """No faults and the real time, before and after each test."""
    yield
    faults.reset()
    clock.reset()


@pytest.fixture
async def connected() -> AsyncGenerator[None]:
    """The processor's client speaks to the sandbox in this process."""
    processor.use(
        http_client=sandbox_client(), api_key=SANDBOX_KEY, webhook_secret=SANDBOX_WEBHOOK_SECRET, retries=0
    )
    yield
    await processor.close()


@pytest.fixture
async def sandbox(session: AsyncSession, connected: None) -> AsyncSession:
    """The sandbox on a database that is rolled back."""
    return session


@dataclass
class Payer:
    """Somebody with a browser and cards."""

    http: httpx.AsyncClient
    headers: dict[str, str] = field(default_factory=lambda: {"Origin": settings.public_url})

    async def open(self, checkout: Checkout, rest: str = "") -> httpx.Response:
        return await self.http.get(httpx.URL(checkout.url).path + rest)

    async def pay(
        self, checkout: Checkout, number: str = TEST_CARDS["success"], expiry: str = "12/34", cvc: str = "123"
    ) -> httpx.Response:
        form = {"number": number, "expiry": expiry, "cvc": cvc}
        return await self.http.post(httpx.URL(checkout.url).path, data=form, headers=self.headers)

    async def answer(self, checkout: Checkout, answer: str) -> httpx.Response:
        path = httpx.URL(checkout.url).path + "/bank"
        return await self.http.post(path, data={"answer": answer}, headers=self.headers)


@pytest.fixture
async def payer() -> AsyncGenerator[Payer]:
    app = Starlette(routes=[Mount("/sandbox", sandbox_app())])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=settings.public_url) as http:
        yield Payer(http)


@pytest.fixture
async def api() -> AsyncGenerator[httpx.AsyncClient]:
    """The API without any client library."""
    transport = httpx.ASGITransport(sandbox_app())
    headers = {"Authorization": f"Bearer {SANDBOX_KEY}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox", headers=headers) as http:
        yield http


async def open_checkout(
    amount_minor: int = 123456,
    *,
    payment_id: UUID | None = None,
    key: str = "",
    locale: str = "ru",
    expires_at: datetime | None = None,
) -> Checkout:
    """A hosted page for one line."""
    payment_id = payment_id or uuid4()
    return await processor.create_checkout(
        payment_id=payment_id,
        amount_minor=amount_minor,
        currency="RUB",
        lines=[CheckoutLine("Горгаз, № …1234", amount_minor)],
        success_url=SUCCESS_URL,
        cancel_url=CANCEL_URL,
        expires_at=expires_at or now() + timedelta(minutes=31),
        locale=locale,
        customer_email=None,
        idempotency_key=key or str(payment_id),
    )


async def list_of(api: httpx.AsyncClient, path: str) -> list[dict[str, Any]]:
    """The newest hundred objects of a list, newest first."""
    answer = await api.get(path, params={"limit": 100})
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def event_kinds(api: httpx.AsyncClient) -> list[str]:
    """What happened, oldest first."""
    return [event["type"] for event in reversed(await list_of(api, "/v1/events"))]
