"""Staff take a second factor off; what a person has is shown without secrets."""

from uuid import UUID, uuid4

import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.audit.models import AuditRecord
from cabinet.errors import Forbidden
from cabinet.factors import service as factors
from cabinet.factors.errors import NoFactor, WhyReset
from cabinet.factors.models import AppFactor, RecoveryCode
from cabinet.residents import service as residents
from cabinet.residents.errors import NotYourself
from cabinet.residents.models import Role
from cabinet.residents.person import GRANTED, Permission, Person
from tests.factors.people import DEVICE, connect, with_app
from tests.residents.people import ADDRESS, ALICE, PASSWORD, letters_to, resident


def somebody(role: Role, id: UUID | None = None) -> Person:
    return Person(id or uuid4(), uuid4(), "boss@mail.example", "", role, None, "ru")


async def hired(*, session: AsyncSession) -> Person:
    boss = await residents.create_staff("boss@mail.example", PASSWORD, Role.ADMINISTRATOR, session=session)
    return somebody(Role.ADMINISTRATOR, boss)


async def test_only_administrators_may(session: AsyncSession):
    alice, _app, _codes = await with_app(session=session)
    assert [role for role in Role if Permission.RESET_FACTORS in GRANTED[role]] == [Role.ADMINISTRATOR]
    for role in set(Role) - {Role.ADMINISTRATOR}:
        with pytest.raises(Forbidden):
            await factors.reset(alice, "Called back", by=somebody(role), session=session)
    assert (await factors.factors_of(alice, session=session)).any


async def test_it_leaves_nothing_ends_sessions_and_is_told_and_written_down(session: AsyncSession):
    alice, _app, _codes = await with_app(session=session)
    boss = await hired(session=session)
    await factors.reset(alice, "  Called\n back ", by=boss, session=session, address=ADDRESS)
    assert list(await session.exec(select(AppFactor))) == list(await session.exec(select(RecoveryCode))) == []
    assert (await resident(session=session)).second_factor_at is None
    entrance = await factors.enter(ALICE, PASSWORD, DEVICE, ADDRESS, session=session)
    assert await residents.person_behind(entrance.session)
    letter = (await letters_to(ALICE, session=session))[-1]
    assert letter.subject == "Второй шаг входа отключён"
    assert ADDRESS not in letter.text, "where the staff sit is not the resident's to know"
    [row] = await session.exec(select(AuditRecord).where(AuditRecord.action == "reset_factor"))
    assert (row.actor_id, row.subject, row.after) == (boss.id, "resident", {"reason": "Called back"})


async def test_a_reason_is_wanted_a_factor_too_and_another_person(session: AsyncSession):
    alice, _app, _codes = await with_app(session=session)
    boss = await hired(session=session)
    for reason in ("", "  ", "x" * 301):
        with pytest.raises(WhyReset):
            await factors.reset(alice, reason, by=boss, session=session)
    with pytest.raises(NotYourself):
        await factors.reset(boss.id, "Lost it", by=boss, session=session)
    await factors.reset(alice, "", by=None, session=session)
    with pytest.raises(NoFactor):
        await factors.reset(alice, "Again", by=boss, session=session)


async def test_what_staff_change_of_their_own_is_written_down(session: AsyncSession):
    boss = await hired(session=session)
    await connect(boss.id, session=session)
    await factors.renew_codes(boss.id, PASSWORD, session=session, address=ADDRESS)
    await factors.apps.remove(boss.id, PASSWORD, session=session)
    rows = await session.exec(select(AuditRecord).where(AuditRecord.actor_id == boss.id))
    assert [row.action for row in rows] == ["factor_app_on", "factor_codes_made", "factor_app_off"]
