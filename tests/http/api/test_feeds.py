"""What a provider's program pulls: readings and registries of its own, page by page."""

import hashlib
from datetime import timedelta

import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.applications import Starlette

from cabinet.accounts.models import Account
from cabinet.audit.models import AuditRecord
from cabinet.exchange.exports.models import ExportKind, ExportState, RegistryExport
from cabinet.exchange.exports.service import ExportWish, make_export
from cabinet.exchange.rows import RegistryFormat
from cabinet.kit.dates import month_of, now, today_in
from cabinet.meters.models import Meter, MeterKind, Reading, ReadingSource, TariffZone
from tests.http.api.conftest import Program, Town, client, make_key


@pytest.fixture
async def readings(town: Town, session: AsyncSession) -> list[Reading]:
    """Three readings of one meter of the gas company."""
    account = Account(provider_id=town.gas.id, number="100200300")
    session.add(account)
    await session.flush()
    meter = Meter(account_id=account.id, kind=MeterKind.GAS, serial="G-1", unit="м³")
    session.add(meter)
    await session.flush()
    zone = TariffZone(meter_id=meter.id)
    session.add(zone)
    await session.flush()
    day = today_in("Europe/Moscow")
    made = [
        Reading(
            zone_id=zone.id,
            value=100 + place,  # pyright: ignore[reportArgumentType]
            taken_on=day,
            period=month_of(day),
            source=ReadingSource.RESIDENT,
            created_at=now() - timedelta(minutes=10 - place),
        )
        for place in range(3)
    ]
    session.add_all(made)
    await session.commit()
    return made


async def test_readings_are_pulled_once_each(
    program: Program, readings: list[Reading], session: AsyncSession
):
    first = (await program.get("/readings", limit=2)).json()
    rest = (await program.get("/readings", limit=2, after=first["cursor"])).json()
    end = (await program.get("/readings", limit=2, after=rest["cursor"])).json()
    pulled = [one["reading_id"] for one in first["readings"] + rest["readings"]]
    assert sorted(pulled) == sorted(str(one.id) for one in readings)
    assert (first["has_more"], rest["has_more"], end["readings"]) == (True, False, [])
    assert end["cursor"] == rest["cursor"]
    notes = (await session.exec(select(AuditRecord).where(AuditRecord.action == "pull"))).all()
    assert [one.after["rows"] for one in notes] == [2, 1]
    assert all(one.key_id for one in notes)


async def test_another_provider_pulls_nothing(
    app: Starlette, town: Town, readings: list[Reading], session: AsyncSession
):
    async with client(app, await make_key(session, town.water.id, town.clerk)) as opened:
        assert (await Program(opened).get("/readings")).json()["readings"] == []
        assert (await Program(opened).get("/payments")).json()["payments"] == []


async def test_an_unknown_parameter_is_a_mistake(program: Program):
    answer = await program.get("/payments", limt=5)
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, "limt")


async def test_a_registry_is_fetched_to_the_byte_by_its_own_provider(
    program: Program, app: Starlette, town: Town, readings: list[Reading], session: AsyncSession
):
    wish = ExportWish(kind=ExportKind.READINGS, format=RegistryFormat.CSV, until=now())
    export = await make_export(town.gas.id, wish, session=session)
    await session.commit()
    listed = (await program.get("/registries")).json()["registries"]
    assert [(one["id"], one["rows"], one["state"]) for one in listed] == [(str(export.id), 3, "made")]
    answer = await program.get(f"/registries/{export.id}/file")
    assert hashlib.sha256(answer.content).hexdigest() == listed[0]["sha256"]
    fresh = await session.get_one(RegistryExport, export.id, populate_existing=True)
    assert fresh.state is ExportState.DELIVERED
    async with client(app, await make_key(session, town.water.id, town.clerk)) as opened:
        assert (await Program(opened).get(f"/registries/{export.id}/file")).status_code == 404
        assert (await Program(opened).get("/registries")).json()["registries"] == []
