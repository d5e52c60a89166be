"""A program of the gas company with a key, and one of the water company."""

from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from httpx import ASGITransport
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.applications import Starlette
from starlette.routing import Mount

from cabinet.http.api.app import PATH, build_api
from cabinet.keys.models import ApiKey, Scope
from cabinet.keys.service import KEY_PREFIX
from cabinet.kit.dates import now
from cabinet.kit.tokens import hash_token, new_token
from cabinet.providers.models import Provider, ProviderKind
from cabinet.residents.models import Resident, Role


@dataclass
class Town:
    gas: Provider
    water: Provider
    clerk: Resident


class Program:
    """Speaks to the API with one key."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def get(self, path: str, **query: Any) -> httpx.Response:
        return await self.client.get(PATH + path, params=query or None)

    async def send(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.request(method, PATH + path, json=body, headers=named)


def api_app() -> Starlette:
    return Starlette(routes=[Mount(PATH, build_api())])


def client(app: Starlette | FastAPI, token: str, **headers: str) -> httpx.AsyncClient:
    sent = {"authorization": f"Bearer {token}", "accept-language": "en"} if token else {}
    return httpx.AsyncClient(
        transport=ASGITransport(app), base_url="http://localhost", headers={**sent, **headers}
    )


async def make_town(session: AsyncSession) -> Town:
    shared: dict[str, Any] = {
        "number_pattern": r"\d{6,9}",
        "number_example": "100200300",
        "inn": "7700000009",
    }
    gas = Provider(name="Горгаз", kind=ProviderKind.GAS, **shared)
    water = Provider(name="Водоканал", kind=ProviderKind.WATER, **shared)
    session.add_all([gas, water])
    await session.flush()
    clerk = Resident(
        email="clerk@mail.example",
        email_key="clerk@mail.example",
        password_hash="-",
        role=Role.CLERK,
        provider_id=gas.id,
        confirmed_at=now(),
    )
    session.add(clerk)
    await session.commit()
    return Town(gas, water, clerk)


async def make_key(
    session: AsyncSession,
    provider_id: UUID,
    clerk: Resident,
    scopes: Iterable[Scope] = tuple(Scope),
    life: timedelta = timedelta(days=30),
) -> str:
    token = KEY_PREFIX + new_token()
    key = ApiKey(
        provider_id=provider_id,
        name="1С",
        prefix=token[:9],
        token_hash=hash_token(token),
        scopes=[str(one) for one in scopes],
        created_by=clerk.id,
        expires_at=now() + life,
    )
    session.add(key)
    await session.commit()
    return token


@pytest.fixture(scope="session")
def app() -> Starlette:
    return api_app()


@pytest.fixture
async def town(session: AsyncSession) -> Town:
    return await make_town(session)


@pytest.fixture
async def program(app: Starlette, town: Town, session: AsyncSession) -> AsyncGenerator[Program]:
    async with client(app, await make_key(session, town.gas.id, town.clerk)) as opened:
        yield Program(opened)
