"""Staff who must have a second factor: without one, no page opens and no act is done."""

import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.audit.models import AuditRecord
from cabinet.kit.dates import now
from cabinet.settings import StaffSecondFactor, settings
from cabinet.staff.admin import StaffAdmin
from tests.staff.conftest import Browsers, Office
from tests.staff.test_roles import every_door, knock, rows_of


async def test_without_it_every_door_leads_to_the_enrolment(
    admin: StaffAdmin,
    browsers: Browsers,
    office: Office,
    session: AsyncSession,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ids = await rows_of(office, session)
    boss = await browsers.of(office.boss)
    monkeypatch.setattr(settings, "staff_second_factor", StaffSecondFactor.REQUIRED)
    for door in every_door(admin):
        answer = await knock(boss, door, ids)
        assert answer.status_code == 303, door
        assert answer.headers["location"].startswith("/settings/security?required=1&next=%2Fadmin"), door
    assert list(await session.exec(select(AuditRecord).where(AuditRecord.actor_id == office.boss.id))) == []


async def test_with_it_the_pages_open(
    browsers: Browsers, office: Office, session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "staff_second_factor", StaffSecondFactor.REQUIRED)
    office.boss.second_factor_at = now()
    session.add(office.boss)
    await session.commit()
    boss = await browsers.of(office.boss)
    assert (await boss.get("/admin/")).status_code == 200


async def test_the_button_stands_where_there_is_something_to_take_off(
    browsers: Browsers, office: Office, session: AsyncSession
) -> None:
    office.alice.second_factor_at = office.clerk.second_factor_at = now()
    session.add_all([office.alice, office.clerk])
    await session.commit()
    boss, agent = await browsers.of(office.boss), await browsers.of(office.agent)
    of_alice = f"/admin/residents/detail?pk={office.alice.id}"
    assert "/reset-factor" in (await boss.get(of_alice)).text
    assert "/reset-factor" not in (await agent.get(of_alice)).text
    assert "/reset-factor" in (await boss.get(f"/admin/staff/{office.clerk.id}")).text
    assert "/reset-factor" not in (await boss.get(f"/admin/staff/{office.auditor.id}")).text
    refused = await boss.send(f"/admin/staff/{office.clerk.id}/reset-factor", {"reason": " "})
    assert refused.status_code == 422
    done = await boss.send(f"/admin/residents/{office.alice.id}/reset-factor", {"reason": "Паспорт"})
    assert done.status_code == 303
    await session.refresh(office.alice)
    assert office.alice.second_factor_at is None
