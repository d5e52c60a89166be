"""Who may be sent people, and what a watcher reads of why not."""

import asyncio
import time
from collections.abc import AsyncGenerator

import httpx
import psycopg
import pytest
from starlette.applications import Starlette

from cabinet.http import health
from cabinet.settings import settings
from cabinet.watching import ready
from cabinet.watching.migrations import Fit, fit_of, known_revisions, newest_revision

NOBODY = "redis://127.0.0.1:1"


@pytest.fixture
async def client(committed: str) -> AsyncGenerator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(Starlette(routes=health.routes))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


def change(url: str, statement: str) -> None:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(statement.encode())


async def lines(client: httpx.AsyncClient, status: int) -> list[str]:
    answer = await client.get("/readyz")
    assert answer.status_code == status, answer.text
    assert ("retry-after" in answer.headers) is (status == 503)
    assert answer.headers["cache-control"] == "no-store"
    return answer.text.splitlines()


async def test_alive_without_a_database():
    transport = httpx.ASGITransport(Starlette(routes=health.routes))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        assert (await client.get("/healthz")).text == "ok"
        first, *parts = await lines(client, 503)
    assert first == "not ready"
    assert parts[0].startswith("database: failed (no answer")


async def test_ready_without_a_worker_of_jobs_which_is_said(client: httpx.AsyncClient):
    first, *parts = await lines(client, 200)
    assert first == "ready"
    assert parts[:2] == ["database: ok", "migrations: ok"]
    assert parts[2].startswith("jobs: degraded")


async def test_a_worker_anywhere_is_enough(client: httpx.AsyncClient, committed: str):
    change(committed, "INSERT INTO procrastinate_workers DEFAULT VALUES")
    assert "jobs: ok" in await lines(client, 200)
    change(committed, "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '2 minutes'")
    assert any(line.startswith("jobs: degraded") for line in await lines(client, 200))


async def test_a_newer_schema_leaves_old_processes_ready(client: httpx.AsyncClient, committed: str):
    change(committed, "UPDATE alembic_version SET version_num = '9999_of_tomorrow'")
    assert "migrations: ok (the schema is newer than this process)" in await lines(client, 200)


async def test_an_older_schema_does_not(client: httpx.AsyncClient, committed: str):
    change(committed, f"UPDATE alembic_version SET version_num = '{known_revisions()[1]}'")
    first, *parts = await lines(client, 503)
    assert first == "not ready"
    assert any(line.startswith("migrations: failed (the schema is older") for line in parts)


async def test_no_schema_at_all(client: httpx.AsyncClient, committed: str):
    change(committed, "DROP TABLE alembic_version")
    assert any(line.startswith("migrations: failed") for line in await lines(client, 503))


def test_which_schema_fits():
    assert fit_of(newest_revision()) is Fit.SAME
    assert {fit_of(one) for one in known_revisions()[1:]} == {Fit.OLDER}
    assert fit_of("unknown") is Fit.NEWER


async def test_redis_that_was_never_reached_is_a_wrong_setting(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(settings, "redis_url", NOBODY)
    monkeypatch.setattr(ready, "_has_reached_redis", False)
    assert any(line.startswith("redis: failed") for line in await lines(client, 503))


async def test_redis_that_is_lost_is_said_and_takes_nothing_else_away(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(ready, "_has_reached_redis", False)
    server = await asyncio.start_server(_answer_as_redis, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    monkeypatch.setattr(settings, "redis_url", f"redis://127.0.0.1:{port}")
    assert "redis: ok" in await lines(client, 200)
    server.close()
    await server.wait_closed()
    assert any(line.startswith("redis: degraded") for line in await lines(client, 200))


async def _answer_as_redis(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while line := await reader.readline():
        if line.strip().upper() == b"PING":
            writer.write(b"+PONG\r\n")
        elif line.strip().upper() in (b"HELLO", b"CLIENT"):
            writer.write(b"-ERR unknown command\r\n" if line.strip().upper() == b"HELLO" else b"+OK\r\n")
    writer.close()


async def test_who_does_not_answer_is_not_waited_for(
    client: httpx.AsyncClient, committed: str, monkeypatch: pytest.MonkeyPatch
):
    hanging = await asyncio.start_server(lambda _reader, _writer: asyncio.sleep(60), "127.0.0.1", 0)
    monkeypatch.setattr(settings, "redis_url", f"redis://127.0.0.1:{hanging.sockets[0].getsockname()[1]}")
    monkeypatch.setattr(ready, "_has_reached_redis", True)
    monkeypatch.setattr(ready, "PATIENCE_SECONDS", 0.3)
    with psycopg.connect(committed.replace("+psycopg", "")) as other:
        other.execute("LOCK TABLE alembic_version")
        began = time.monotonic()
        _first, *parts = await lines(client, 503)
        assert time.monotonic() - began < 1.5
    hanging.close()
    assert [line.partition(" (")[0] for line in parts] == [
        "database: ok",
        "migrations: failed",
        "jobs: degraded",
        "redis: degraded",
    ]


async def test_what_fails_is_told_by_its_kind_only(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(settings, "redis_url", "redis://user:c4n4ry@127.0.0.1:1")
    monkeypatch.setattr(ready, "_has_reached_redis", False)
    assert "c4n4ry" not in "\n".join(await lines(client, 503))
