"""Whether the process can work: database, schema, Redis and, for information, somebody who does the jobs."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from enum import StrEnum
from typing import cast

from redis.asyncio import Redis
from sqlalchemy import text

from cabinet.database import read_only
from cabinet.settings import settings
from cabinet.watching import metrics
from cabinet.watching.migrations import Fit, fit_of, known_revisions

PATIENCE_SECONDS = 2
_REVISION = text("SELECT version_num FROM alembic_version")
_WORKERS = text(
    "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - interval '60 seconds'"
)


class Health(StrEnum):
    """Good; worse than it should be, but no reason to send people elsewhere; not able to work."""

    OK = "ok"
    DEGRADED = "degraded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that the process stands on."""

    name: str
    health: Health
    words: str = ""

    def __str__(self) -> str:
        return f"{self.name}: {self.health}{f' ({self.words})' if self.words else ''}"


_UNANSWERED = (("database", Health.FAILED), ("migrations", Health.FAILED), ("jobs", Health.DEGRADED))


async def look() -> list[Part]:
    """All parts, the database and Redis side by side, each for two seconds at most; the gauges are told too."""
    checks = [_of_database(), *([_of_redis()] if settings.redis_url else [])]
    parts = [part for found in await asyncio.gather(*checks) for part in found]
    for part in parts:
        metrics.READY.labels(part.name).set(part.health is Health.OK)
    return parts


def is_ready(parts: list[Part]) -> bool:
    """Whether people may be sent to this process."""
    return all(part.health is not Health.FAILED for part in parts)


async def _of_database() -> list[Part]:
    """On one connection in turn; what was not reached in time has no answer."""
    parts: list[Part] = []
    try:
        async with asyncio.timeout(PATIENCE_SECONDS), read_only() as session:
            connection = await session.connection()
            parts.append(Part("database", Health.OK))
            await asyncio.to_thread(known_revisions)
            parts.append(_migrations(str((await connection.execute(_REVISION)).scalar_one())))
            parts.append(_jobs((await connection.execute(_WORKERS)).scalar_one()))
    except Exception as problem:
        parts += [Part(name, health, _kind(problem)) for name, health in _UNANSWERED[len(parts) :]]
    return parts


def _migrations(revision: str) -> Part:
    match fit_of(revision):
        case Fit.SAME:
            return Part("migrations", Health.OK)
        case Fit.NEWER:
            return Part("migrations", Health.OK, "the schema is newer than this process")
        case Fit.OLDER:
            return Part("migrations", Health.FAILED, "the schema is older: python -m cabinet migrate")


def _jobs(workers: int) -> Part:
    """No worker: the pages work, letters and imports wait; no other web process could do better."""
    if workers:
        return Part("jobs", Health.OK)
    return Part("jobs", Health.DEGRADED, "no worker has been heard of for a minute")


_has_reached_redis = False


async def _of_redis() -> list[Part]:
    global _has_reached_redis
    try:
        async with asyncio.timeout(PATIENCE_SECONDS), Redis.from_url(settings.redis_url) as redis:
            await cast("Awaitable[bool]", redis.ping())
    except Exception as problem:
        return [Part("redis", _without_redis(), _kind(problem))]
    _has_reached_redis = True
    return [Part("redis", Health.OK)]


def _without_redis() -> Health:
    """A process that never reached Redis is set up wrongly and must not be sent anybody.

    One that lost it shares the loss with all others: it goes on with what needs no Redis (static pages,
    sign-in, webhooks, the API), where a refusal of all of them would take these away too.
    """
    return Health.DEGRADED if _has_reached_redis else Health.FAILED


def _kind(problem: Exception) -> str:
    """The error by its kind: its words hold addresses."""
    return f"no answer, {type(problem).__name__}"
