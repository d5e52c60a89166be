"""The same request twice, one after the other and at once."""

import asyncio
from typing import Any

import pytest
from sqlmodel import func, select
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.applications import Starlette

from cabinet.accounts.models import Account
from cabinet.database import make_session
from cabinet.http.api import accounts
from cabinet.keys.models import ApiAnswer
from tests.http.api.conftest import Program, client, make_key, make_town

BODY = {"accounts": [{"number": "100200300"}]}


async def test_the_same_request_is_answered_the_same(program: Program, session: AsyncSession):
    first = await program.send("PUT", "/accounts", BODY, idempotency_key="one")
    again = await program.send("PUT", "/accounts", BODY, idempotency_key='"one"')
    assert first.json()["results"][0]["status"] == "new"
    assert again.content == first.content
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers


async def test_another_request_under_the_same_name_is_refused(program: Program):
    await program.send("PUT", "/accounts", BODY, idempotency_key="one")
    other = await program.send(
        "PUT", "/accounts", {"accounts": [{"number": "555777"}]}, idempotency_key="one"
    )
    assert (other.status_code, other.json()["type"]) == (422, "urn:cabinet:problem:another_request")


async def test_another_key_has_names_of_its_own(
    program: Program, app: Starlette, town: Any, session: AsyncSession
):
    await program.send("PUT", "/accounts", BODY, idempotency_key="one")
    async with client(app, await make_key(session, town.water.id, town.clerk)) as opened:
        answer = await Program(opened).send("PUT", "/accounts", BODY, idempotency_key="one")
    assert answer.json()["results"][0]["status"] == "new"


@pytest.mark.parametrize("name", ['""', '"'])
async def test_nothing_in_quotes_is_no_name(program: Program, name: str):
    body = {"decisions": [{"reading_id": "00000000-0000-0000-0000-000000000000", "decision": "accept"}]}
    answer = await program.send("POST", "/readings/decisions", body, idempotency_key=name)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == "Idempotency-Key"


async def test_a_decision_needs_a_name(program: Program):
    body = {"decisions": [{"reading_id": "00000000-0000-0000-0000-000000000000", "decision": "accept"}]}
    answer = await program.send("POST", "/readings/decisions", body)
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:cabinet:problem:idempotency_key_missing")


async def test_what_failed_is_done_anew(
    program: Program, monkeypatch: pytest.MonkeyPatch, session: AsyncSession
):
    async def fail(*_args: object, **_values: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as broken:
        broken.setattr(accounts, "register_account", fail)
        assert (await program.send("PUT", "/accounts", BODY, idempotency_key="one")).status_code == 500
    assert (await session.exec(select(func.count()).select_from(ApiAnswer))).one() == 0
    answer = await program.send("PUT", "/accounts", BODY, idempotency_key="one")
    assert answer.json()["results"][0]["status"] == "new"


async def test_at_once_one_does_it_and_the_others_wait_or_repeat(
    committed: str, app: Starlette, monkeypatch: pytest.MonkeyPatch
):
    async with make_session() as session:
        town = await make_town(session)
        token = await make_key(session, town.gas.id, town.clerk)
    done = accounts.register_account
    works = 0

    async def slowly(*args: Any, **values: Any):
        nonlocal works
        works += 1
        await asyncio.sleep(0.3)
        return await done(*args, **values)

    monkeypatch.setattr(accounts, "register_account", slowly)
    async with client(app, token) as opened:
        program = Program(opened)
        answers = await asyncio.gather(
            *(program.send("PUT", "/accounts", BODY, idempotency_key="one") for _ in range(6))
        )
    codes = sorted(one.status_code for one in answers)
    assert set(codes) <= {200, 409}
    assert codes[0] == 200
    assert codes[-1] == 409
    assert works == 1
    async with make_session() as session:
        assert (await session.exec(select(func.count()).select_from(Account))).one() == 1


async def test_many_at_once_do_not_take_the_databases_connections_from_all_others(
    committed: str, app: Starlette, monkeypatch: pytest.MonkeyPatch
):
    async with make_session() as session:
        town = await make_town(session)
        token = await make_key(session, town.gas.id, town.clerk)
    wait, done = accounts.one_at_a_time, accounts.register_account
    waiting = most = 0

    async def counted(*args: Any, **values: Any) -> None:
        nonlocal waiting, most
        waiting += 1
        most = max(most, waiting)
        await wait(*args, **values)
        waiting -= 1

    async def slowly(*args: Any, **values: Any):
        await asyncio.sleep(0.1)
        return await done(*args, **values)

    monkeypatch.setattr(accounts, "one_at_a_time", counted)
    monkeypatch.setattr(accounts, "register_account", slowly)
    async with client(app, token) as opened:
        program = Program(opened)
        answers = await asyncio.gather(*(program.send("PUT", "/accounts", BODY) for _ in range(8)))
    assert {one.status_code for one in answers} == {200}
    assert most <= 2
