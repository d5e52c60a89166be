"""Idempotency keys exactly as Stripe's: first answer replayed, other parameters refused, 409 in flight."""

import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.sandbox import clock
from cabinet.sandbox.forms import Tree
from cabinet.sandbox.models import Body, SandboxIdempotency
from cabinet.sandbox.problems import invalid, key_in_use, key_reused

KEPT = timedelta(hours=24)
_LONGEST = 255


@dataclass(frozen=True)
class Answer:
    """What goes back over the wire."""

    status: int
    body: Body
    headers: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Request:
    """A call that may be repeated under its key."""

    method: str
    path: str
    tree: Tree
    key: str
    request_id: str

    @property
    def fingerprint(self) -> str:
        """Equal for equal calls."""
        text = json.dumps([self.method, self.path, self.tree], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


Work = Callable[[AsyncSession], Awaitable[Answer]]


async def once(request: Request, work: Work, *, session: AsyncSession) -> Answer:
    """The answer of the work, done at most once per key; the lock lasts as long as the transaction."""
    if not request.key:
        return await work(session)
    if len(request.key) > _LONGEST:
        raise invalid(f"Idempotency keys have at most {_LONGEST} characters.")
    await _lock(request.key, session=session)
    if kept := await _kept(request, session=session):
        return kept
    answer = await work(session)
    await _keep(request, answer, session=session)
    return Answer(answer.status, answer.body, {**answer.headers, "Idempotency-Key": request.key})


async def _lock(key: str, *, session: AsyncSession) -> None:
    number = lock_number(key)
    query = text("SELECT pg_try_advisory_xact_lock(:number)").bindparams(number=number)
    if not (await (await session.connection()).execute(query)).scalar_one():
        raise key_in_use(key)


def lock_number(key: str) -> int:
    """The advisory lock that stands for a key while its request runs."""
    return int.from_bytes(hashlib.sha256(f"sandbox:{key}".encode()).digest()[:8], signed=True)


async def _kept(request: Request, *, session: AsyncSession) -> Answer | None:
    row = await session.get(SandboxIdempotency, request.key)
    if row is None:
        return None
    if row.created_at < clock.now() - KEPT:
        await session.delete(row)
        await session.flush()
        return None
    if row.fingerprint != request.fingerprint:
        raise key_reused(request.key)
    headers = {
        "Idempotent-Replayed": "true",
        "Idempotency-Key": request.key,
        "Original-Request": row.request_id,
    }
    return Answer(row.status, row.body, headers)


async def _keep(request: Request, answer: Answer, *, session: AsyncSession) -> None:
    row = SandboxIdempotency(
        key=request.key,
        fingerprint=request.fingerprint,
        request_id=request.request_id,
        status=answer.status,
        body=answer.body,
        created_at=clock.now(),
    )
    session.add(row)
    await session.flush()
