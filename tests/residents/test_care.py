"""What staff do for a person, and to one."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.audit.models import AuditRecord
from cabinet.database import unit_of_work
from cabinet.errors import CabinetError, Forbidden, NotFound
from cabinet.kit.dates import now
from cabinet.residents import service as residents
from cabinet.residents.errors import (
    AccessClosed,
    AlreadyStaff,
    ClerkWithoutProvider,
    LastAdministrator,
    LinkUsed,
    NotYourself,
    OpenAccessFirst,
    WhyClosed,
)
from cabinet.residents.models import Resident, Role
from cabinet.residents.person import Person
from tests.accounts.making import acting, make_provider
from tests.residents.people import ALICE, PASSWORD, confirmed, letters_to, newest_token, resident, sign_up

BOSS, CHIEF = "boss@mail.example", "chief@mail.example"


async def working(email: str, role: Role, session: AsyncSession) -> Person:
    staff_id = await residents.create_staff(email, PASSWORD, role, session=session)
    return acting(staff_id, role)


async def acts_on(row_id: UUID, session: AsyncSession) -> list[tuple[str, str, str]]:
    rows = await session.exec(select(AuditRecord).where(AuditRecord.subject_id == str(row_id)))
    return [(row.action, row.subject, row.address) for row in rows]


async def test_closed_access_has_a_reason_and_is_opened_again(session: AsyncSession) -> None:
    alice, agent = await confirmed(session=session), await working("a@mail.example", Role.SUPPORT, session)
    token = await residents.sign_in(ALICE, PASSWORD, session=session)
    for reason in ("", " \n\x00", "x" * 301):
        with pytest.raises(WhyClosed):
            await residents.close_access(alice, reason, by=agent, session=session)
    await residents.close_access(alice, " Мошенник \n ", by=agent, session=session, address="192.0.2.1")
    assert (await resident(session=session)).blocked_because == "Мошенник"
    assert await residents.person_behind(token) is None
    with pytest.raises(AccessClosed):
        await residents.sign_in(ALICE, PASSWORD, session=session)
    with pytest.raises(OpenAccessFirst):
        await residents.send_entry_letter(alice, by=agent, session=session)
    await residents.open_access(alice, by=agent, session=session)
    assert await residents.sign_in(ALICE, PASSWORD, session=session)
    assert await acts_on(alice, session) == [
        ("close_access", "resident", "192.0.2.1"),
        ("open_access", "resident", ""),
    ]


async def test_a_letter_lets_in_who_has_not_confirmed_or_forgot(session: AsyncSession) -> None:
    agent = await working("a@mail.example", Role.SUPPORT, session)
    await sign_up(session=session)
    alice = (await resident(session=session)).id
    assert await residents.send_entry_letter(alice, by=agent, session=session) == "confirm_email"
    await residents.confirm_email(await newest_token(ALICE, session=session), session=session)
    assert await residents.send_entry_letter(alice, by=agent, session=session) == "reset_password"
    await residents.set_new_password(await newest_token(ALICE, session=session), "meadow8", session=session)
    assert await residents.sign_in(ALICE, "meadow8", session=session)


async def test_one_session_is_ended_or_all(session: AsyncSession) -> None:
    alice, agent = await confirmed(session=session), await working("a@mail.example", Role.SUPPORT, session)
    first = await residents.sign_in(ALICE, PASSWORD, "Firefox/1", session=session)
    second = await residents.sign_in(ALICE, PASSWORD, "Chrome/2", session=session)
    known = await residents.open_sessions(alice, Role.RESIDENT, session=session)
    chrome = next(one for one in known if one.device == "Chrome/2")
    await residents.end_one_session(alice, chrome.id, by=agent, session=session)
    assert await residents.person_behind(second) is None
    assert await residents.person_behind(first)
    with pytest.raises(NotFound):
        await residents.end_one_session(alice, chrome.id, by=agent, session=session)
    await residents.end_sessions(alice, by=agent, session=session)
    assert await residents.person_behind(first) is None
    assert await residents.open_sessions(alice, Role.RESIDENT, session=session) == []


async def test_support_cares_for_residents_and_auditors_for_nobody(session: AsyncSession) -> None:
    alice = await confirmed(session=session)
    boss = await working(BOSS, Role.ADMINISTRATOR, session)
    await working(CHIEF, Role.ADMINISTRATOR, session)
    ways: list[Callable[[UUID, Person], Any]] = [
        lambda who, by: residents.close_access(who, "x", by=by, session=session),
        lambda who, by: residents.open_access(who, by=by, session=session),
        lambda who, by: residents.send_entry_letter(who, by=by, session=session),
        lambda who, by: residents.end_sessions(who, by=by, session=session),
        lambda who, by: residents.end_one_session(who, uuid4(), by=by, session=session),
    ]
    for way in ways:
        for role, who in ((Role.SUPPORT, boss.id), (Role.AUDITOR, alice), (Role.CLERK, alice)):
            with pytest.raises(Forbidden):
                await way(who, acting(uuid4(), role))
    support = acting(uuid4(), Role.SUPPORT)
    with pytest.raises(Forbidden):
        await residents.hire("new@mail.example", Role.AUDITOR, by=support, session=session)
    with pytest.raises(Forbidden):
        await residents.change_role(boss.id, Role.AUDITOR, by=support, session=session)


async def test_a_colleague_chooses_a_password_that_nobody_else_knows(session: AsyncSession) -> None:
    boss = await working(BOSS, Role.ADMINISTRATOR, session)
    staff_id, link = await residents.hire(
        "New@mail.example", Role.AUDITOR, None, " Анна  Юрьева ", by=boss, session=session
    )
    assert link == ""
    [letter] = await letters_to("new@mail.example", session=session)
    assert letter.kind == "staff_invited"
    token = await newest_token("new@mail.example", session=session)
    await residents.set_new_password(token, "meadow8", session=session)
    found = await residents.person_behind(
        await residents.sign_in("new@mail.example", "meadow8", session=session)
    )
    assert found
    assert (found.id, found.role, found.full_name) == (staff_id, Role.AUDITOR, "Анна Юрьева")
    with pytest.raises(LinkUsed):
        await residents.set_new_password(token, "meadow9", session=session)
    assert [act for act, *_ in await acts_on(staff_id, session)] == ["hire"]
    with pytest.raises(AlreadyStaff):
        await residents.hire("new@mail.example", Role.SUPPORT, by=boss, session=session)


async def test_who_signed_up_with_a_colleague_s_address_gets_no_role(session: AsyncSession) -> None:
    """A stranger signs up with the address before and after; only the owner of the mailbox decides."""
    boss = await working(BOSS, Role.ADMINISTRATOR, session)
    await sign_up("new@mail.example", "stranger1", session=session)
    before = await newest_token("new@mail.example", session=session)
    await residents.hire("new@mail.example", Role.SUPPORT, by=boss, session=session)
    await sign_up("new@mail.example", "stranger2", session=session)
    assert (await letters_to("new@mail.example", session=session))[-1].kind == "already_registered"
    with pytest.raises(CabinetError):
        await residents.confirm_email(before, session=session)
    for password in ("stranger1", "stranger2"):
        with pytest.raises(CabinetError):
            await residents.sign_in("new@mail.example", password, session=session)


async def test_a_clerk_has_a_provider_and_nobody_else_has(session: AsyncSession) -> None:
    provider = await make_provider(session)
    with pytest.raises(ClerkWithoutProvider):
        await residents.hire("c@mail.example", Role.CLERK, session=session)
    with pytest.raises(ClerkWithoutProvider):
        await residents.hire("c@mail.example", Role.SUPPORT, provider.id, session=session)
    staff_id, link = await residents.hire(
        "c@mail.example", Role.CLERK, provider.id, session=session, by_letter=False
    )
    assert "/password/reset?token=" in link
    await residents.change_role(staff_id, Role.AUDITOR, session=session)
    assert (await session.get_one(Resident, staff_id)).provider_id is None


async def test_the_last_administrator_stays(session: AsyncSession) -> None:
    boss = await working(BOSS, Role.ADMINISTRATOR, session)
    blocked = await working(CHIEF, Role.ADMINISTRATOR, session)
    await residents.close_access(blocked.id, session=session)
    await residents.hire("invited@mail.example", Role.ADMINISTRATOR, session=session)
    with pytest.raises(LastAdministrator):
        await residents.close_access(boss.id, session=session)
    with pytest.raises(LastAdministrator):
        await residents.change_role(boss.id, Role.SUPPORT, session=session)
    await residents.open_access(blocked.id, session=session)
    await residents.change_role(boss.id, Role.SUPPORT, session=session)


async def test_nobody_changes_the_own_role_or_closes_the_own_access(session: AsyncSession) -> None:
    boss = await working(BOSS, Role.ADMINISTRATOR, session)
    await working(CHIEF, Role.ADMINISTRATOR, session)
    with pytest.raises(NotYourself):
        await residents.change_role(boss.id, Role.SUPPORT, by=boss, session=session)
    with pytest.raises(NotYourself):
        await residents.close_access(boss.id, "x", by=boss, session=session)


async def test_a_new_role_ends_all_sessions_and_is_written_down(session: AsyncSession) -> None:
    boss = await working(BOSS, Role.ADMINISTRATOR, session)
    agent = await working("a@mail.example", Role.SUPPORT, session)
    token = await residents.sign_in("a@mail.example", PASSWORD, session=session)
    await residents.change_role(agent.id, Role.AUDITOR, by=boss, session=session)
    assert await residents.person_behind(token) is None
    [row] = await session.exec(select(AuditRecord).where(AuditRecord.action == "change_role"))
    assert (row.before["role"], row.after["role"], row.actor_id) == ("support", "auditor", boss.id)


@pytest.mark.usefixtures("committed")
async def test_two_administrators_cannot_remove_each_other_at_once() -> None:
    async with unit_of_work() as session:
        boss = await working(BOSS, Role.ADMINISTRATOR, session)
        chief = await working(CHIEF, Role.ADMINISTRATOR, session)

    async def remove(whom: Person, by: Person) -> str:
        try:
            async with unit_of_work() as session:
                await residents.close_access(whom.id, "x", by=by, session=session)
        except LastAdministrator as problem:
            return problem.code
        return "closed"

    assert sorted(await asyncio.gather(remove(boss, chief), remove(chief, boss))) == [
        "closed",
        "last_administrator",
    ]


async def test_an_administrator_who_has_not_chosen_a_password_manages_nobody(session: AsyncSession):
    assert not await residents.has_administrator(session=session)
    invited, _link = await residents.hire(
        "boss@mail.example", Role.ADMINISTRATOR, session=session, by_letter=False
    )
    assert not await residents.has_administrator(session=session)
    (await session.get_one(Resident, invited)).confirmed_at = now()
    await session.flush()
    assert await residents.has_administrator(session=session)
