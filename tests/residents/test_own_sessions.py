"""«Мои входы»: the list, and ending one or all others."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlmodel import col, update
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.errors import NotFound
from cabinet.kit.dates import now
from cabinet.residents import service as residents
from cabinet.residents.models import LoginSession
from cabinet.residents.person import Person

from .people import confirmed, signed_in


async def behind(token: str) -> Person:
    person = await residents.person_behind(token)
    assert person
    return person


async def change(session_id: UUID, *, session: AsyncSession, **values: object) -> None:
    await session.exec(update(LoginSession).where(col(LoginSession.id) == session_id).values(values))


async def test_this_one_first_then_the_living_then_those_that_are_over(session: AsyncSession):
    await confirmed(session=session)
    tokens = [await signed_in(session=session) for _ in range(5)]
    here, living, ended, idle, old = [await behind(token) for token in tokens]
    await residents.end_session(tokens[2], session=session)
    await change(living.session_id, session=session, last_seen_at=now() - timedelta(days=2))
    await change(idle.session_id, session=session, expires_at=now() - timedelta(hours=1))
    await change(old.session_id, session=session, last_seen_at=now() - timedelta(days=31))
    found = await residents.own_sessions(here, session=session)
    assert [one.id for one in found[:2]] == [here.session_id, living.session_id]
    assert [one.is_current for one in found] == [True, False, False, False]
    assert {one.id for one in found if one.ended_at} == {ended.session_id, idle.session_id}


async def test_ending_one_bites_at_once_and_leaves_the_others(session: AsyncSession):
    await confirmed(session=session)
    here, there, third = [await signed_in(session=session) for _ in range(3)]
    me = await behind(here)
    await residents.end_own_session(me, (await behind(there)).session_id, session=session)
    assert await residents.person_behind(there) is None
    assert await residents.person_behind(here)
    await residents.end_other_sessions(me, session=session)
    assert await residents.person_behind(third) is None
    assert await residents.person_behind(here)


async def test_somebody_elses_session_is_not_found(session: AsyncSession):
    await confirmed(session=session)
    await confirmed("bob@mail.example", session=session)
    alice = await behind(await signed_in(session=session))
    hers = await signed_in("bob@mail.example", session=session)
    bob = await behind(hers)
    with pytest.raises(NotFound):
        await residents.end_own_session(alice, bob.session_id, session=session)
    await residents.end_other_sessions(alice, session=session)
    assert await residents.person_behind(hers)
