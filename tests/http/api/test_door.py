"""Who gets in, and what everybody else is told."""

from datetime import timedelta

import httpx
import pytest
from httpx import ASGITransport
from sqlmodel import select, update
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.applications import Starlette

from cabinet.http.api import key as key_endpoint
from cabinet.keys.models import ApiKey, Scope
from cabinet.kit.dates import now
from cabinet.settings import settings
from tests.http.api.conftest import Program, Town, client, make_key


async def test_a_key_says_what_it_is(program: Program, town: Town):
    answer = await program.get("/key")
    assert answer.status_code == 200
    assert answer.json()["provider_id"] == str(town.gas.id)
    assert set(answer.json()["scopes"]) == {str(one) for one in Scope}


@pytest.mark.parametrize("token", ["", "ck_wrong", "Ключ".encode().hex(), "x" * 300])
async def test_without_a_key_nobody_gets_in(app: Starlette, town: Town, token: str):
    async with client(app, token) as stranger:
        answer = await Program(stranger).get("/key")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:cabinet:problem:no_valid_key"


async def test_an_expired_key_is_no_key(app: Starlette, town: Town, session: AsyncSession):
    token = await make_key(session, town.gas.id, town.clerk)
    async with client(app, token) as opened:
        assert (await Program(opened).get("/key")).status_code == 200
        moment = now()
        await session.exec(
            update(ApiKey).values(created_at=moment - timedelta(days=2), expires_at=moment - timedelta(0, 1))
        )
        await session.commit()
        assert (await Program(opened).get("/key")).status_code == 401


async def test_a_revoked_key_ends_at_once(program: Program, session: AsyncSession):
    assert (await program.get("/key")).status_code == 200
    await session.exec(update(ApiKey).values(revoked_at=now()))
    await session.commit()
    assert (await program.get("/key")).status_code == 401


async def test_use_is_noted(program: Program, session: AsyncSession):
    await program.get("/key")
    assert (await session.exec(select(ApiKey.last_used_at))).one() is not None


async def test_the_minute_of_a_key_is_used_up(program: Program, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(settings, "api_requests_per_key", 3)
    answers = [await program.get("/key") for _ in range(4)]
    assert [one.status_code for one in answers] == [200, 200, 200, 429]
    assert answers[0].headers["ratelimit"].startswith('"minute";r=2;')
    assert 1 <= int(answers[3].headers["retry-after"]) <= 20
    assert answers[3].json()["status"] == 429


async def test_the_minute_of_an_address_is_used_up_by_bad_keys(
    app: Starlette, town: Town, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(settings, "api_requests_per_address", 2)
    async with client(app, "ck_wrong") as stranger:
        statuses = [(await Program(stranger).get("/key")).status_code for _ in range(3)]
    assert statuses == [401, 401, 429]


async def test_one_ipv6_household_is_one_address(app: Starlette, town: Town, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(settings, "api_requests_per_address", 2)
    statuses: list[int] = []
    for host in ("2001:db8::1", "2001:db8::2", "2001:db8::ffff:3", "2001:db8:0:1::1"):
        transport = ASGITransport(app, client=(host, 4711))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as stranger:
            statuses.append((await Program(stranger).get("/key")).status_code)
    assert statuses == [401, 401, 429, 401]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nothing", 404), ("DELETE", "/key", 405), ("OPTIONS", "/key", 405), ("GET", "/key/", 404)],
)
async def test_wrong_addresses_are_problems(program: Program, method: str, path: str, status: int):
    answer = await program.send(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["instance"] == f"/api/v1{path}"


async def test_our_own_fault_has_a_reference_and_tells_nothing(
    program: Program, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def break_down(**_values: object) -> None:
        raise RuntimeError("the secret of the house")

    monkeypatch.setattr(key_endpoint, "KeyAnswer", break_down)
    answer = await program.get("/key")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert answer.json()["reference"] in caplog.text


async def test_problems_speak_the_asked_language(app: Starlette, town: Town):
    async with client(app, "", **{"accept-language": "de, ru;q=0.8, en;q=0.3"}) as stranger:
        assert (await Program(stranger).get("/key")).json()["title"] == "Нет действующего ключа"


async def test_the_description_is_open_to_all(app: Starlette):
    async with client(app, "") as stranger:
        answer = await Program(stranger).get("/openapi.json")
    assert answer.status_code == 200
    assert "/key" in answer.json()["paths"]


@pytest.mark.parametrize(("lang", "words"), [("ru", "Быстрый старт"), ("en", "Quick start")])
async def test_the_reference_is_open_in_both_languages_and_needs_no_script(
    app: Starlette, lang: str, words: str
):
    async with client(app, "") as stranger:
        page = await Program(stranger).get("/docs", lang=lang)
    assert page.status_code == 200
    assert words in page.text
    assert "/accounts/find" in page.text
    assert "<script" not in page.text


async def test_every_text_of_the_description_is_translated(app: Starlette):
    async with client(app, "", **{"accept-language": "ru"}) as stranger:
        document = (await Program(stranger).get("/openapi.json")).json()
    texts = [
        one[name]
        for path in document["paths"].values()
        for one in path.values()
        for name in ("summary", "description")
    ]
    assert [text for text in texts if not any("а" <= letter <= "я" for letter in text)] == []
