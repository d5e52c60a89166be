"""Counting tries.

A try is written in a transaction of its own: a refusal that rolls the caller back keeps it.
Call these before the first query of the caller's session, so that no request holds two connections.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Network
from typing import TypeAlias

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.database import unit_of_work
from cabinet.kit.dates import now
from cabinet.limits.errors import TooManyTries
from cabinet.limits.models import Attempt
from cabinet.settings import settings

__all__ = [
    "BY_ADDRESS",
    "BY_LOGIN",
    "Guess",
    "TooManyTries",
    "count_guess",
    "count_try",
    "delete_attempts_before",
]
__all__ += ["forgive_guess", "forgive_subject", "hash_subject", "network_of"]

Waits: TypeAlias = tuple[tuple[int, timedelta], ...]
"""After so many wrong guesses (ascending), the next one has to wait so long."""

BY_LOGIN: Waits = (
    (5, timedelta(seconds=30)),
    (8, timedelta(minutes=2)),
    (12, timedelta(minutes=15)),
    (20, timedelta(hours=1)),
)
BY_ADDRESS: Waits = (
    (50, timedelta(seconds=30)),
    (100, timedelta(minutes=5)),
    (300, timedelta(hours=1)),
)
_REMEMBERED = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Guess:
    """A counted guess, which is forgiven when it turns out right."""

    kind: str
    subject_hash: bytes
    attempt_id: int


async def count_try(
    kind: str, subject: str, *, limit: int, within: timedelta, session: AsyncSession | None = None
) -> None:
    """Count one try; raise TooManyTries if `limit` of them were made `within` the time already.

    A refused try is not counted itself, so impatience does not prolong the wait. `session` is accepted
    because services hand theirs on; the try is kept apart from it.
    """
    guess = await _write(kind, subject)
    earlier = await _earlier(guess, since=now() - within)
    if len(earlier) >= limit:
        await forgive_guess(guess)
        raise TooManyTries(earlier[-limit] + within - now())


async def count_guess(kind: str, subject: str, waits: Waits) -> Guess:
    """Count one guess of a secret; raise TooManyTries while earlier ones ask for patience.

    It is counted before it is checked: of many sent at once, no more pass than of many sent in turn.
    """
    guess = await _write(kind, subject)
    earlier = await _earlier(guess, since=now() - _REMEMBERED)
    patience = _patience(len(earlier), waits)
    if earlier and (left := earlier[-1] + patience - now()) > timedelta(0):
        await forgive_guess(guess)
        raise TooManyTries(left)
    return guess


async def forgive_guess(guess: Guess) -> None:
    """Take one try back."""
    async with unit_of_work() as session:
        await session.exec(delete(Attempt).where(col(Attempt.id) == guess.attempt_id))


async def forgive_subject(kind: str, subject: str, *, session: AsyncSession) -> None:
    """Forget all tries of the subject: it has proved who it is."""
    await session.exec(
        delete(Attempt).where(col(Attempt.kind) == kind, col(Attempt.subject_hash) == hash_subject(subject))
    )


async def delete_attempts_before(moment: datetime, *, session: AsyncSession) -> None:
    """Forget all tries older than `moment`."""
    await session.exec(delete(Attempt).where(col(Attempt.at) < moment))


async def _write(kind: str, subject: str) -> Guess:
    async with unit_of_work() as session:
        attempt = Attempt(kind=kind, subject_hash=hash_subject(subject))
        session.add(attempt)
        await session.flush()
        return Guess(kind, attempt.subject_hash, attempt.id or 0)


async def _earlier(guess: Guess, *, since: datetime) -> list[datetime]:
    async with unit_of_work() as session:
        found = await session.exec(
            select(Attempt.at)
            .where(
                Attempt.kind == guess.kind,
                Attempt.subject_hash == guess.subject_hash,
                Attempt.at > since,
                Attempt.id != guess.attempt_id,
            )
            .order_by(col(Attempt.at))
        )
        return list(found)


def _patience(wrong: int, waits: Waits) -> timedelta:
    return max((wait for count, wait in waits if wrong >= count), default=timedelta(0))


def hash_subject(subject: str) -> bytes:
    """What is kept of a login, an address or a key: nobody can tell it back."""
    key = settings.secret_key.get_secret_value().encode()
    return hmac.digest(key, network_of(subject).encode(), "sha256")


def network_of(subject: str) -> str:
    """An IPv6 address counts as its /64, which is what one household has; anything else as it is."""
    if ":" not in subject:
        return subject
    try:
        return str(IPv6Network((subject, 64), strict=False))
    except ValueError:
        return subject
