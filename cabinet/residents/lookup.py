"""Who stands behind a session token: one prepared query, on every event and request.

A served app opens a small pool of plain psycopg connections (`open_lookup`); without it (tests, the
command line) the same queries run through the unit of work.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID

import psycopg
from psycopg_pool import AsyncConnectionPool

from cabinet.database import unit_of_work
from cabinet.kit.dates import now
from cabinet.kit.tokens import hash_token
from cabinet.residents.models import Role
from cabinet.residents.person import Person
from cabinet.settings import StaffSecondFactor, settings
from cabinet.watching.metrics import pools

_FIND = """
SELECT s.token_hash, s.id, s.last_seen_at, s.expires_at, r.id, r.email, r.full_name, r.role, r.provider_id, r.locale,
    r.second_factor_at IS NOT NULL,
    ARRAY(SELECT concat_ws(' ', l.id, l.role, l.level) FROM account_link l
        WHERE l.resident_id = r.id AND l.ended_at IS NULL AND (l.expires_at IS NULL OR l.expires_at > now())
        ORDER BY l.id)
FROM login_session s JOIN resident r ON r.id = s.resident_id
WHERE s.token_hash = ANY(%b) AND s.ended_at IS NULL AND r.blocked_at IS NULL AND r.confirmed_at IS NOT NULL
"""
_TOUCH = "UPDATE login_session SET last_seen_at = %s WHERE id = %s AND ended_at IS NULL RETURNING id"
_TOUCH_EVERY = timedelta(minutes=1)

_PLAN_ONCE = "SET plan_cache_mode = force_generic_plan"
"""Else the server plans the query anew each time, which takes as long as answering it."""

_Pool: TypeAlias = AsyncConnectionPool[psycopg.AsyncConnection[Any]]


class _Batch:
    """Answers all who ask at the same time with one query.

    A question that comes while a query runs waits for the next one: an answer is never older than
    its question, so an ended session is refused at once, as with a query each.
    """

    def __init__(self) -> None:
        self._asked: dict[bytes, asyncio.Future[tuple[Any, ...] | None]] = {}
        self._running: asyncio.Task[None] | None = None

    async def find(self, token_hash: bytes) -> tuple[Any, ...] | None:
        """The row behind the token."""
        loop = asyncio.get_running_loop()
        answer = self._asked.setdefault(token_hash, loop.create_future())
        if self._running is None or self._running.done():
            self._running = loop.create_task(self._answer())
        return await asyncio.shield(answer)

    async def _answer(self) -> None:
        while self._asked:
            asked, self._asked = self._asked, {}
            try:
                found = await _find(list(asked))
            except Exception as problem:
                for answer in asked.values():
                    answer.set_exception(problem)
                continue
            for token_hash, answer in asked.items():
                answer.set_result(found.get(token_hash))


_pool: _Pool | None = None
_batch: _Batch | None = None


@asynccontextmanager
async def open_lookup() -> AsyncGenerator[None]:
    """Keep connections of its own for `person_behind` as long as the block lasts: the app's lifespan."""
    global _pool, _batch
    address = settings.database_url.replace("postgresql+psycopg://", "postgresql://", 1)
    options = {"autocommit": True, "prepare_threshold": 0}
    pool: _Pool = AsyncConnectionPool(
        address, min_size=1, max_size=4, kwargs=options, configure=_configure, open=False, name="lookup"
    )
    async with pool:
        _pool, _batch = pool, _Batch()
        pools["lookup"] = lambda: _usage(pool)
        try:
            yield
        finally:
            del pools["lookup"]
            _pool, _batch = None, None


async def _configure(connection: psycopg.AsyncConnection[Any]) -> None:
    await connection.execute(_PLAN_ONCE)


def _usage(pool: _Pool) -> tuple[int, int, int]:
    stats = pool.get_stats()
    return stats["pool_size"], stats["pool_size"] - stats["pool_available"], pool.max_size


async def person_behind(token: str, *, touches: bool = True) -> Person | None:
    """The person whose live session the token names; None for an ended, idle, expired or unknown one.

    `touches=False` is for what a page asks by itself: it keeps no idle session alive.
    """
    wanted = hash_token(token)
    row = await _batch.find(wanted) if _batch else (await _find([wanted])).get(wanted)
    if row is None:
        return None
    session_id, last_seen_at, expires_at, *person = row
    found = _person(session_id, *person)
    moment = now()
    if moment >= expires_at or moment >= last_seen_at + idle_limit(found.role):
        return None
    if touches:
        await _touch(session_id, last_seen_at, moment)
    return found


def idle_limit(role: Role) -> timedelta:
    """How long a session may rest before it ends by itself."""
    if role is Role.RESIDENT:
        return timedelta(days=settings.resident_idle_days)
    return timedelta(minutes=settings.staff_idle_minutes)


def needs_second_factor(role: Role) -> bool:
    """Whether the setting wants a second factor of this role."""
    return role is not Role.RESIDENT and settings.staff_second_factor is StaffSecondFactor.REQUIRED


def session_limit(role: Role) -> timedelta:
    """How long a session may last at all."""
    if role is Role.RESIDENT:
        return timedelta(days=settings.resident_session_days)
    return timedelta(hours=settings.staff_session_hours)


def _person(
    session_id: UUID,
    id: UUID,
    email: str,
    full_name: str,
    role: str,
    provider_id: UUID | None,
    locale: str,
    has_factor: bool,
    links: list[str],
) -> Person:
    who = Role(role)
    must_enrol = not has_factor and needs_second_factor(who)
    return Person(id, session_id, email, full_name, who, provider_id, locale, tuple(links), must_enrol)


async def _touch(session_id: UUID, last_seen_at: datetime, moment: datetime) -> None:
    if moment - last_seen_at >= _TOUCH_EVERY:
        await _run(_TOUCH, (moment, session_id))


async def _find(token_hashes: list[bytes]) -> dict[bytes, tuple[Any, ...]]:
    """The live sessions among these, by the hash of their token."""
    return {bytes(row[0]): tuple(row[1:]) for row in await _run(_FIND, (token_hashes,))}


async def _run(query: str, values: tuple[Any, ...]) -> list[Any]:
    if _pool is None:
        async with unit_of_work() as session:
            result = await (await session.connection()).exec_driver_sql(query, values)
            return list(result.all())
    try:
        return await _run_prepared(_pool, query, values)
    except (psycopg.OperationalError, psycopg.InterfaceError):
        # The server was restarted: the pool drops the dead connection, a fresh one answers.
        await asyncio.sleep(0)
        await _pool.check()
        return await _run_prepared(_pool, query, values)


async def _run_prepared(pool: _Pool, query: str, values: tuple[Any, ...]) -> list[Any]:
    async with pool.connection() as connection:
        cursor = await connection.execute(query.encode(), values, binary=True)
        return await cursor.fetchall()
