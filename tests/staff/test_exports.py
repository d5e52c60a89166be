"""The pages of registries for providers: who may see, make, fetch and confirm, and what is written down."""

import hashlib
from uuid import UUID

import pytest
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.exchange.exports import service
from cabinet.exchange.exports.models import (
    ExportChoice,
    ExportSchedule,
    ExportState,
    ReadingsChoice,
    RegistryExport,
)
from cabinet.kit.dates import now
from cabinet.payments.models import Payment
from cabinet.residents.models import Resident, Role
from tests.staff.conftest import Browser, Browsers, Office, audited, person

PAYMENTS = {"kind": "payments", "format": "csv", "encoding": ""}


@pytest.fixture
async def settled(office: Office, session: AsyncSession) -> Office:
    """An office whose payments have arrived."""
    for payment in await session.exec(select(Payment)):
        payment.settled_at = now()
    await session.commit()
    return office


async def someone(role: Role, session: AsyncSession) -> Resident:
    made = person(f"another-{role.value}", role)
    session.add(made)
    await session.commit()
    return made


async def made(browser: Browser, provider_id: UUID, session: AsyncSession, **form: str) -> RegistryExport:
    answer = await browser.send(
        "/admin/exports/make", {"provider_id": str(provider_id), "do": "make", **PAYMENTS, **form}
    )
    assert answer.status_code == 303, answer.text[:500]
    newest = select(RegistryExport).order_by(col(RegistryExport.made_at).desc()).limit(1)
    return (await session.exec(newest)).one()


async def test_a_clerk_makes_fetches_and_confirms(
    settled: Office, browsers: Browsers, session: AsyncSession
) -> None:
    clerk = await browsers.of(settled.clerk)
    assert "400,00" in await clerk.page("/admin/exports/waiting")
    export = await made(clerk, settled.gas.id, session)
    assert (export.rows, export.total_minor, export.made_by) == (2, 400_00, settled.clerk.id)
    page = await clerk.page(f"/admin/exports/{export.id}")
    assert "100 200 300" in page and "555777" not in page
    file = await clerk.get(f"/admin/exports/{export.id}/file")
    assert hashlib.sha256(file.content).hexdigest() == export.sha256
    assert export.file_name in file.headers["content-disposition"]
    await session.refresh(export)
    assert export.state is ExportState.DELIVERED
    assert (await clerk.send(f"/admin/exports/{export.id}/confirm")).status_code == 303
    await session.refresh(export)
    assert (export.state, export.confirmed_by) == (ExportState.CONFIRMED, settled.clerk.id)
    for act in ("make_export", "download_export", "deliver_export", "confirm_export"):
        (note,) = await audited(session, act)
        assert (note.actor_id, note.subject_id) == (settled.clerk.id, str(export.id))


async def test_the_preview_hands_nothing_over(
    settled: Office, browsers: Browsers, session: AsyncSession
) -> None:
    clerk = await browsers.of(settled.clerk, "en")
    form = {"provider_id": str(settled.gas.id), "do": "preview", **PAYMENTS}
    answer = await clerk.send("/admin/exports/make", form)
    assert answer.status_code == 200
    assert "This will be handed over" in answer.text and "₽400.00" in answer.text
    assert not (await session.exec(select(RegistryExport))).all()


async def test_the_list_opens_before_anything_is_counted(
    settled: Office, browsers: Browsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    boss = await browsers.of(settled.boss)
    of_water = await boss.page("/admin/exports/waiting", provider=str(settled.water.id))
    rows = await boss.page("/admin/exports/waiting", provider=str(settled.water.id), rows="")
    assert "600,00" in of_water and "600,00" in rows and "<html" in of_water and "<html" not in rows
    monkeypatch.delattr(service, "look_at")
    page = await boss.page("/admin/exports")
    for provider in (settled.gas, settled.water):
        assert f'href="/admin/exports/waiting?provider={provider.id}"' in page, "for browsers without scripts"


async def test_every_format_is_on_offer_again(
    settled: Office, browsers: Browsers, session: AsyncSession
) -> None:
    clerk = await browsers.of(settled.clerk)
    export = await made(clerk, settled.gas.id, session)
    for format in ("xlsx", "sber_debts", "sber_debts_old", "gorod", "json", "dbf"):
        file = await clerk.get(f"/admin/exports/{export.id}/file", format=format)
        assert (file.status_code, len(file.content) > 50) == (200, True), format
    wrong = await clerk.get(f"/admin/exports/{export.id}/file", format="sber_readings")
    assert wrong.status_code == 422


async def test_nothing_new_is_said_and_loses_nothing_typed(
    settled: Office, browsers: Browsers, session: AsyncSession
) -> None:
    clerk = await browsers.of(settled.clerk, "en")
    await made(clerk, settled.gas.id, session)
    form = {"provider_id": str(settled.gas.id), "do": "make", "kind": "payments", "format": "gorod"}
    answer = await clerk.send("/admin/exports/make", form | {"last_day": "2026-11-01"})
    assert answer.status_code == 422
    assert 'value="2026-11-01"' in answer.text and 'value="gorod" selected' in answer.text


async def test_another_providers_registries_do_not_exist_for_a_clerk(
    settled: Office, browsers: Browsers, session: AsyncSession
) -> None:
    boss, clerk = await browsers.of(settled.boss), await browsers.of(settled.clerk)
    foreign = await made(boss, settled.water.id, session)
    for path in ("/admin/exports", "/admin/exports/waiting"):
        assert "Водоканал" not in await clerk.page(path)
        assert (await clerk.get(path, provider=str(settled.water.id))).status_code == 404
    for path in (f"/admin/exports/{foreign.id}", f"/admin/exports/{foreign.id}/file"):
        assert (await clerk.get(path)).status_code == 404
    assert (await clerk.send(f"/admin/exports/{foreign.id}/confirm")).status_code == 404
    form = {"provider_id": str(settled.water.id), "do": "make", **PAYMENTS}
    assert (await clerk.send("/admin/exports/make", form)).status_code == 404


async def test_an_auditor_reads_and_makes_nothing(
    settled: Office, browsers: Browsers, session: AsyncSession
) -> None:
    export = await made(await browsers.of(settled.boss), settled.gas.id, session)
    auditor = await browsers.of(await someone(Role.AUDITOR, session))
    page = await auditor.page("/admin/exports")
    assert 'action="/admin/exports/make"' not in page
    assert (await auditor.get(f"/admin/exports/{export.id}/file")).status_code == 200
    await session.refresh(export)
    assert export.state is ExportState.MADE, "whom he hands it to is nobody's registry"
    form = {"provider_id": str(settled.gas.id), "do": "make", **PAYMENTS, "even_empty": "on"}
    assert (await auditor.send("/admin/exports/make", form)).status_code == 403
    assert (await auditor.send(f"/admin/exports/{export.id}/confirm")).status_code == 403
    assert (await auditor.get("/admin/export-schedules/new")).status_code == 403
    await auditor.page("/admin/export-schedules")


async def test_support_has_no_registries(settled: Office, browsers: Browsers, session: AsyncSession) -> None:
    support = await browsers.of(await someone(Role.SUPPORT, session))
    for path in ("/admin/exports", "/admin/exports/waiting", "/admin/export-schedules"):
        assert (await support.get(path)).status_code == 403


async def test_a_payment_is_found_in_its_registry(
    settled: Office, browsers: Browsers, session: AsyncSession
) -> None:
    clerk = await browsers.of(settled.clerk)
    export = await made(clerk, settled.gas.id, session)
    link = f"/admin/exports/{export.id}"
    assert link in await clerk.page("/admin/exports", q=str(settled.gas_payment.number))
    assert link not in await clerk.page("/admin/exports", q=str(settled.water_payment.number))


async def test_schedules_are_added_changed_and_switched_off(
    settled: Office, browsers: Browsers, session: AsyncSession
) -> None:
    clerk = await browsers.of(settled.clerk)
    form = {
        "provider_id": str(settled.gas.id),
        **PAYMENTS,
        "rhythm": "weekly",
        "day": "1",
        "hour": "7",
        "way": "folder",
    }
    assert (await clerk.send("/admin/export-schedules/new", form | {"day": "9"})).status_code == 422
    assert (await clerk.send("/admin/export-schedules/new", form)).status_code == 303
    (schedule,) = await session.exec(select(ExportSchedule))
    assert "по понедельникам в 07:00" in await clerk.page("/admin/export-schedules")
    path = f"/admin/export-schedules/{schedule.id}"
    assert 'value="7"' in await clerk.page(path)
    assert (await clerk.send(path, form | {"hour": "8"})).status_code == 303
    assert (await clerk.send(f"{path}/switch", {"active": ""})).status_code == 303
    await session.refresh(schedule)
    assert (schedule.hour, schedule.active) == (8, False)
    (note,) = await audited(session, "change_schedule")
    assert (note.before, note.after) == ({"hour": 7}, {"hour": 8})


async def test_a_foreign_schedule_does_not_exist(
    settled: Office, browsers: Browsers, session: AsyncSession
) -> None:
    boss, clerk = await browsers.of(settled.boss), await browsers.of(settled.clerk)
    form = {"provider_id": str(settled.water.id), **PAYMENTS, "rhythm": "daily", "hour": "7", "way": "api"}
    assert (await boss.send("/admin/export-schedules/new", form)).status_code == 303
    (schedule,) = await session.exec(select(ExportSchedule))
    path = f"/admin/export-schedules/{schedule.id}"
    assert (await clerk.get(path)).status_code == 404
    assert (await clerk.send(path, form)).status_code == 404
    assert (await clerk.send(f"{path}/switch", {"active": ""})).status_code == 404
    assert (await clerk.send("/admin/export-schedules/new", form)).status_code == 404


async def test_the_choice_of_readings(settled: Office, browsers: Browsers, session: AsyncSession) -> None:
    clerk = await browsers.of(settled.clerk)
    path = f"/admin/export-schedules/readings/{settled.gas.id}"
    assert (await clerk.send(path, {"readings": "accepted"})).status_code == 303
    (choice,) = await session.exec(select(ExportChoice))
    assert choice.readings is ReadingsChoice.ACCEPTED
    foreign = f"/admin/export-schedules/readings/{settled.water.id}"
    assert (await clerk.send(foreign, {"readings": "accepted"})).status_code == 404
