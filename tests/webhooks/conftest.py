"""A provider whose server listens, and a clock that can be put forward."""

from collections.abc import AsyncGenerator, Generator
from dataclasses import dataclass, field
from datetime import timedelta

import httpx
import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.kit import dates
from cabinet.residents.models import Role
from cabinet.residents.person import Person
from cabinet.webhooks import reaching, sending
from cabinet.webhooks.endpoints import NewSecret, add_endpoint
from cabinet.webhooks.models import WebhookEvent
from tests.http.api.conftest import Town, make_town

URL = "http://localhost:9/told"
EVENTS = tuple(one for one in WebhookEvent if one is not WebhookEvent.TEST)


async def _words() -> AsyncGenerator[bytes]:
    yield b"ok"


def reply(status: int, **headers: str) -> httpx.Response:
    """An answer that is still to be read, as from a real connection."""
    return httpx.Response(status, headers=headers, content=_words())


@dataclass
class Server:
    """The provider's server: keeps what it was told, answers as it is told to."""

    status: int = 200
    heard: list[httpx.Request] = field(default_factory=list[httpx.Request])

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.heard.append(request)
        return reply(self.status)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    server = Server()
    real = reaching.post

    async def post(url: str, body: bytes, headers: dict[str, str]) -> reaching.Answer:
        return await real(url, body, headers, transport=lambda: httpx.MockTransport(server.answer))

    monkeypatch.setattr(sending.reaching, "post", post)
    return server


@pytest.fixture
async def town(session: AsyncSession) -> Town:
    return await make_town(session)


def person(town: Town, role: Role = Role.CLERK) -> Person:
    return Person(
        id=town.clerk.id,
        session_id=town.clerk.id,
        email=town.clerk.email,
        full_name="",
        role=role,
        provider_id=town.gas.id if role is Role.CLERK else None,
        locale="ru",
    )


@pytest.fixture
async def told(session: AsyncSession, town: Town) -> NewSecret:
    """The gas company's address, which wants to hear everything."""
    made = await add_endpoint(town.gas.id, URL, EVENTS, by=person(town), session=session)
    await session.commit()
    return made


class Clock:
    """Time that goes on when it is told to."""

    ahead = timedelta()

    def forward(self, step: timedelta) -> None:
        self.ahead += step
        dates.run_ahead(self.ahead)


@pytest.fixture
def clock() -> Generator[Clock]:
    clock = Clock()
    yield clock
    dates.run_ahead(timedelta())
