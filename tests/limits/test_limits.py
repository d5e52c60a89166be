"""Counting tries."""

from datetime import timedelta

import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.database import unit_of_work
from cabinet.i18n import use_locale
from cabinet.limits.errors import TooManyTries
from cabinet.limits.models import Attempt
from cabinet.limits.service import count_guess, count_try

HOUR = timedelta(hours=1)


async def test_the_limit_holds_within_its_time_only(session: AsyncSession):
    for _ in range(3):
        await count_try("link", "alice", limit=3, within=HOUR)
    with pytest.raises(TooManyTries) as caught:
        await count_try("link", "alice", limit=3, within=HOUR)
    assert 3590 <= caught.value.seconds <= 3600
    for attempt in await session.exec(select(Attempt)):
        attempt.at -= HOUR
    await session.flush()
    await count_try("link", "alice", limit=3, within=HOUR)


async def test_kinds_and_subjects_are_counted_apart(session: AsyncSession):
    await count_try("link", "alice", limit=1, within=HOUR)
    await count_try("link", "bob", limit=1, within=HOUR)
    await count_try("sign_up", "alice", limit=1, within=HOUR)


async def test_a_refused_try_does_not_prolong_the_wait(session: AsyncSession):
    await count_try("link", "alice", limit=1, within=HOUR)
    for _ in range(3):
        with pytest.raises(TooManyTries):
            await count_try("link", "alice", limit=1, within=HOUR)
    assert len((await session.exec(select(Attempt))).all()) == 1


async def test_a_try_outlives_the_rollback_of_its_caller(committed: str):
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            await _try_and_fail()
    with pytest.raises(TooManyTries):
        await count_try("link", "alice", limit=2, within=HOUR)


async def test_subjects_are_not_kept_in_the_clear(session: AsyncSession):
    await count_try("link", "alice@mail.example", limit=1, within=HOUR)
    kept = (await session.exec(select(Attempt))).one().subject_hash
    assert len(kept) == 32
    assert b"alice" not in kept


async def test_one_ipv6_household_is_one_subject(session: AsyncSession):
    await count_try("sign_up", "2001:db8::1", limit=1, within=HOUR)
    with pytest.raises(TooManyTries):
        await count_try("sign_up", "2001:db8::ffff:2", limit=1, within=HOUR)
    await count_try("sign_up", "2001:db8:0:1::1", limit=1, within=HOUR)


async def test_patience_grows_with_wrong_guesses(session: AsyncSession):
    waits = ((1, timedelta(seconds=30)), (2, timedelta(minutes=5)))
    await count_guess("guess", "alice", waits)
    with pytest.raises(TooManyTries) as caught:
        await count_guess("guess", "alice", waits)
    assert caught.value.seconds <= 30


@pytest.mark.parametrize(
    ("seconds", "english"),
    [(0.2, "1 second"), (59, "59 seconds"), (61, "2 minutes"), (3599, "1 hour"), (7201, "3 hours")],
)
def test_the_wait_is_said_in_words(seconds: float, english: str):
    with use_locale("en"):
        assert english in TooManyTries(timedelta(seconds=seconds)).message()


async def _try_and_fail() -> None:
    async with unit_of_work() as session:
        await count_try("link", "alice", limit=2, within=HOUR, session=session)
        raise ZeroDivisionError
