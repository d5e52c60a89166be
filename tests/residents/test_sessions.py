"""Signing in and out, and who stands behind a token."""

from datetime import timedelta

import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.kit.dates import now
from cabinet.kit.tokens import hash_token
from cabinet.limits.errors import TooManyTries
from cabinet.limits.models import Attempt
from cabinet.residents import service as residents
from cabinet.residents.errors import AccessClosed, WrongLogin
from cabinet.residents.models import LoginSession, Resident, Role
from cabinet.settings import settings

from .people import ADDRESS, ALICE, PASSWORD, confirmed, letters_to, newest_token, resident, signed_in


async def login(token: str, *, session: AsyncSession) -> LoginSession:
    query = select(LoginSession).where(LoginSession.token_hash == hash_token(token))
    return (await session.exec(query.execution_options(populate_existing=True))).one()


async def test_the_token_names_the_person_and_only_its_hash_is_kept(session: AsyncSession):
    alice = await confirmed(session=session)
    token = await signed_in(session=session)
    person = await residents.person_behind(token)
    assert person
    assert (person.id, person.email, person.role) == (alice, ALICE, Role.RESIDENT)
    row = await login(token, session=session)
    assert token.encode() not in row.token_hash
    assert row.device == "Firefox"
    assert await residents.person_behind("another") is None


async def test_ending_bites_at_once(session: AsyncSession):
    alice = await confirmed(session=session)
    phone, laptop, tablet = [await signed_in(session=session) for _ in range(3)]
    await residents.end_session(phone, session=session)
    assert await residents.person_behind(phone) is None
    assert await residents.person_behind(laptop)
    await residents.end_all_sessions(alice, session=session)
    assert await residents.person_behind(laptop) is None
    assert await residents.person_behind(tablet) is None


async def test_signing_in_ends_the_former_session_of_this_browser(session: AsyncSession):
    await confirmed(session=session)
    first = await signed_in(session=session)
    second = await residents.sign_in(ALICE, PASSWORD, session=session, previous=first)
    assert second != first
    assert await residents.person_behind(first) is None
    assert await residents.person_behind(second)


async def test_a_session_ends_when_idle_and_at_its_limit(session: AsyncSession):
    await confirmed(session=session)
    idle, old = await signed_in(session=session), await signed_in(session=session)
    (await login(idle, session=session)).last_seen_at = now() - timedelta(days=settings.resident_idle_days)
    (await login(old, session=session)).expires_at = now()
    await session.flush()
    assert await residents.person_behind(idle) is None
    assert await residents.person_behind(old) is None


async def test_staff_are_signed_out_after_half_an_hour(session: AsyncSession):
    await residents.create_staff("boss@mail.example", PASSWORD, Role.ADMINISTRATOR, session=session)
    token = await signed_in("boss@mail.example", session=session)
    row = await login(token, session=session)
    assert row.expires_at - row.created_at <= timedelta(hours=settings.staff_session_hours, seconds=1)
    row.last_seen_at = now() - timedelta(minutes=29)
    await session.flush()
    assert await residents.person_behind(token)
    (await login(token, session=session)).last_seen_at = now() - timedelta(minutes=31)
    await session.flush()
    assert await residents.person_behind(token) is None


async def test_being_seen_is_written_once_a_minute(session: AsyncSession):
    await confirmed(session=session)
    token = await signed_in(session=session)
    began = (await login(token, session=session)).last_seen_at
    await residents.person_behind(token)
    assert (await login(token, session=session)).last_seen_at == began
    (await login(token, session=session)).last_seen_at = now() - timedelta(minutes=2)
    await session.flush()
    await residents.person_behind(token)
    assert now() - (await login(token, session=session)).last_seen_at < timedelta(seconds=10)


async def test_the_pool_of_the_served_app_answers_like_the_unit_of_work(committed: str):
    from cabinet.database import unit_of_work

    async with unit_of_work() as session:
        await confirmed(session=session)
    async with unit_of_work() as session:
        token = await signed_in(session=session)
    async with residents.open_lookup():
        person = await residents.person_behind(token)
        async with unit_of_work() as session:
            await residents.end_session(token, session=session)
        assert person
        assert person.email == ALICE
        assert await residents.person_behind(token) is None


async def test_the_pool_survives_a_restart_of_the_server(committed: str):
    from sqlalchemy import text

    from cabinet.database import unit_of_work

    async with unit_of_work() as session:
        await confirmed(session=session)
    async with unit_of_work() as session:
        token = await signed_in(session=session)
    async with residents.open_lookup():
        assert await residents.person_behind(token)
        async with unit_of_work() as session:
            kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            await (await session.connection()).execute(text(f"{kill} AND datname = current_database()"))
        assert await residents.person_behind(token)


async def test_wrong_pairs_read_the_same(session: AsyncSession):
    await confirmed(session=session)
    said: set[str] = set()
    for email, password in [(ALICE, "wrong77"), ("nobody@mail.example", PASSWORD), ("not an address", "x")]:
        with pytest.raises(WrongLogin) as caught:
            await signed_in(email, password, session=session)
        said.add(caught.value.message())
    assert len(said) == 1


@pytest.mark.parametrize("email", [ALICE, "nobody@mail.example"])
async def test_guessing_is_locked_out_for_longer_and_longer(session: AsyncSession, email: str):
    await confirmed(session=session)
    for _ in range(5):
        with pytest.raises(WrongLogin):
            await signed_in(email, "wrong77", session=session)
    with pytest.raises(TooManyTries) as caught:
        await signed_in(email, PASSWORD, session=session)
    assert 25 <= caught.value.seconds <= 30
    await _let_time_pass(timedelta(seconds=31), session)
    for _ in range(3):
        with pytest.raises(WrongLogin):
            await signed_in(email, "wrong77", session=session)
        await _let_time_pass(timedelta(seconds=31), session)
    with pytest.raises(TooManyTries) as caught:
        await signed_in(email, PASSWORD, session=session)
    assert 60 < caught.value.seconds <= 120


async def test_the_right_password_wipes_the_slate(session: AsyncSession):
    await confirmed(session=session)
    for _ in range(4):
        with pytest.raises(WrongLogin):
            await signed_in(password="wrong77", session=session)
    await signed_in(session=session)
    kept = await session.exec(select(Attempt).where(Attempt.kind == "sign_in"))
    assert list(kept) == []


async def test_an_address_that_guesses_many_logins_is_locked_out(session: AsyncSession):
    from cabinet.limits import service as limits

    for _ in range(50):
        await limits.count_guess("sign_in_from", ADDRESS, limits.BY_ADDRESS)
    with pytest.raises(TooManyTries):
        await signed_in(session=session)


async def test_closed_access_is_closed(session: AsyncSession):
    alice = await confirmed(session=session)
    token = await signed_in(session=session)
    await residents.close_access(alice, session=session)
    assert await residents.person_behind(token) is None
    with pytest.raises(AccessClosed):
        await signed_in(session=session)
    await residents.open_access(alice, session=session)
    assert await signed_in(session=session)


async def test_an_old_hash_is_renewed(session: AsyncSession):
    from argon2 import PasswordHasher

    await confirmed(session=session)
    weak = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    (await resident(session=session)).password_hash = weak
    await session.flush()
    await signed_in(session=session)
    assert (await resident(session=session)).password_hash != weak


async def test_a_forgotten_password_is_replaced_by_letter(session: AsyncSession):
    await confirmed(session=session)
    token = await signed_in(session=session)
    await residents.ask_for_new_password(ALICE, session=session)
    await residents.ask_for_new_password("nobody@mail.example", session=session)
    assert await letters_to("nobody@mail.example", session=session) == []
    link = await newest_token(ALICE, session=session)
    await residents.set_new_password(link, "meadow8", session=session)
    assert await residents.person_behind(token) is None
    with pytest.raises(WrongLogin):
        await signed_in(session=session)
    assert await signed_in(password="meadow8", session=session)
    assert (await letters_to(ALICE, session=session))[-1].kind == "password_changed"


async def test_a_weak_new_password_does_not_spend_the_link(session: AsyncSession):
    from cabinet.residents.errors import CommonPassword, LinkUsed

    await confirmed(session=session)
    await residents.ask_for_new_password(ALICE, session=session)
    link = await newest_token(ALICE, session=session)
    with pytest.raises(CommonPassword):
        await residents.set_new_password(link, "qwerty123", session=session)
    await residents.set_new_password(link, "meadow8", session=session)
    with pytest.raises(LinkUsed):
        await residents.set_new_password(link, "forest9", session=session)


async def test_a_link_of_one_kind_does_not_serve_for_the_other(session: AsyncSession):
    from cabinet.residents.errors import LinkUnknown

    await confirmed(session=session)
    await residents.ask_for_new_password(ALICE, session=session)
    with pytest.raises(LinkUnknown):
        await residents.confirm_email(await newest_token(ALICE, session=session), session=session)


async def test_changing_the_password_asks_for_the_old_one_and_signs_out(session: AsyncSession):
    from cabinet.residents.errors import WrongCurrentPassword

    alice = await confirmed(session=session)
    token = await signed_in(session=session)
    with pytest.raises(WrongCurrentPassword):
        await residents.change_password(alice, "wrong77", "meadow8", session=session)
    await residents.change_password(alice, PASSWORD, "meadow8", session=session)
    assert await residents.person_behind(token) is None
    assert await signed_in(password="meadow8", session=session)


async def test_a_reset_lifts_the_lock(session: AsyncSession):
    await confirmed(session=session)
    for _ in range(5):
        with pytest.raises(WrongLogin):
            await signed_in(password="wrong77", session=session)
    await residents.ask_for_new_password(ALICE, session=session)
    await residents.set_new_password(await newest_token(ALICE, session=session), "meadow8", session=session)
    assert await signed_in(password="meadow8", session=session)


async def _let_time_pass(time: timedelta, session: AsyncSession) -> None:
    for attempt in await session.exec(select(Attempt)):
        attempt.at -= time
    await session.flush()


async def test_two_sign_ups_at_once_make_one_resident(committed: str):
    import asyncio

    from cabinet.database import unit_of_work

    from .people import sign_up

    async def one() -> None:
        async with unit_of_work() as session:
            await sign_up(session=session)

    await asyncio.gather(one(), one(), one())
    async with unit_of_work() as session:
        assert len((await session.exec(select(Resident))).all()) == 1


async def test_of_many_guesses_at_once_no_more_pass_than_in_turn(committed: str):
    import asyncio

    from cabinet.limits.service import BY_LOGIN, count_guess

    answers = await asyncio.gather(
        *(count_guess("t", "x", BY_LOGIN) for _ in range(15)), return_exceptions=True
    )
    assert sum(not isinstance(answer, TooManyTries) for answer in answers) <= 5
