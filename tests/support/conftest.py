"""A browser that sends the support form."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from httpx import ASGITransport
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.applications import Starlette

from cabinet.http import files, support
from cabinet.kit.dates import run_ahead
from cabinet.settings import settings
from cabinet.support.models import Ticket, TicketFile, TicketMessage
from tests.support.desk import PNG, SupportDesk, open_desk

__all__ = ["PNG"]

GOOD = {"email": "Bob@Mail.Example", "subject": "  Не пришёл   чек ", "message": "Где чек?\r\nЖду."}


class Form:
    """The support page in somebody's browser."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def send(
        self,
        *attached: tuple[str, bytes],
        headers: dict[str, str] | None = None,
        **changed: str,
    ) -> httpx.Response:
        return await self.write(changed, *attached, headers=headers)

    async def write(
        self, changed: dict[str, str], *attached: tuple[str, bytes], headers: dict[str, str] | None = None
    ) -> httpx.Response:
        fields: dict[str, Any] = {"locale": (None, "ru")}
        fields |= {name: (None, value) for name, value in {**GOOD, **changed}.items()}
        parts = [*fields.items(), *(("files", (name, content)) for name, content in attached)]
        sent = {"origin": settings.public_url, "accept": "application/json", **(headers or {})}
        return await self.client.post("/api/support", files=parts, headers=sent)


@pytest.fixture
def app() -> Starlette:
    return Starlette(routes=[*support.routes, *files.routes])


@pytest.fixture
async def form(app: Starlette, session: AsyncSession) -> AsyncGenerator[Form]:
    async with httpx.AsyncClient(transport=ASGITransport(app), base_url=settings.public_url) as client:
        yield Form(client)


@pytest.fixture(autouse=True)
def uploads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(settings, "data_dir", tmp_path)
    return tmp_path / "uploads"


@pytest.fixture
async def desk(session: AsyncSession) -> AsyncGenerator[SupportDesk]:
    """Whose clock is put back afterwards."""
    yield await open_desk(session)
    run_ahead(timedelta())


async def tickets(session: AsyncSession) -> list[Ticket]:
    await session.commit()
    return list(await session.exec(select(Ticket)))


async def messages(session: AsyncSession) -> list[TicketMessage]:
    found = await session.exec(select(TicketMessage).order_by(col(TicketMessage.created_at)))
    return list(found)


async def kept_files(session: AsyncSession) -> list[TicketFile]:
    return list(await session.exec(select(TicketFile)))


def is_private(folder: Path) -> bool:
    return folder.stat().st_mode & 0o077 == 0


def contents(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.exists() else []
