"""Registries on time: once each, by the provider's clock, and after a standstill without gaps."""

import asyncio
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from itertools import islice
from uuid import UUID

import pytest
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.database import read_only, unit_of_work
from cabinet.errors import Forbidden, NotFound
from cabinet.exchange.exports import jobs as export_jobs
from cabinet.exchange.exports import schedules
from cabinet.exchange.exports.errors import CannotRepeat, WrongFormat
from cabinet.exchange.exports.models import ExportKind, ExportSchedule, ExportWay, RegistryExport, Rhythm
from cabinet.exchange.exports.schedules import ScheduleWish, moments
from cabinet.exchange.rows import RegistryFormat
from cabinet.kit.dates import now, run_ahead
from cabinet.residents.models import Role
from cabinet.residents.person import Person
from tests.exchange.exports.conftest import FORMAT, amounts_of, clerk_of, paid
from tests.payments.conftest import Till
from tests.staff.conftest import audited

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def clock_at_rest() -> Generator[None]:
    yield
    run_ahead(timedelta())


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def first(count: int, rhythm: Rhythm, day: int, hour: int, zone: str, after: str) -> list[str]:
    found = islice(moments(rhythm, day, hour, zone, at(after)), count)
    return [f"{one:%Y-%m-%d %H:%M}" for one in found]


def test_the_hour_is_that_of_the_provider() -> None:
    assert first(2, Rhythm.DAILY, 1, 6, "Europe/Kaliningrad", "2026-11-28 00:00") == [
        "2026-11-28 04:00",
        "2026-11-29 04:00",
    ]
    assert first(1, Rhythm.DAILY, 1, 6, "Asia/Kamchatka", "2026-11-28 00:00") == ["2026-11-28 18:00"]


def test_a_moment_that_was_served_does_not_come_again() -> None:
    assert first(1, Rhythm.DAILY, 1, 6, "Europe/Moscow", "2026-11-28 03:00") == ["2026-11-29 03:00"]


def test_each_day_has_one_moment_when_the_clocks_change() -> None:
    """In Berlin 02:00 does not exist on 29 March 2026, and exists twice on 25 October."""
    assert first(3, Rhythm.DAILY, 1, 2, "Europe/Berlin", "2026-03-28 00:00") == [
        "2026-03-28 01:00",
        "2026-03-29 01:00",
        "2026-03-30 00:00",
    ]
    assert first(3, Rhythm.DAILY, 1, 2, "Europe/Berlin", "2026-10-23 22:00") == [
        "2026-10-24 00:00",
        "2026-10-25 00:00",
        "2026-10-26 01:00",
    ]


def test_weeks_and_months() -> None:
    assert first(2, Rhythm.WEEKLY, 1, 0, "Europe/Moscow", "2026-11-28 00:00") == [
        "2026-11-29 21:00",
        "2026-12-06 21:00",
    ]
    assert first(2, Rhythm.MONTHLY, 28, 23, "Europe/Moscow", "2026-01-29 00:00") == [
        "2026-02-28 20:00",
        "2026-03-28 20:00",
    ]


def daily(**differently: object) -> ScheduleWish:
    usual: dict[str, object] = {"kind": ExportKind.PAYMENTS, "format": FORMAT, "hour": 6}
    return ScheduleWish(**(usual | differently))  # pyright: ignore[reportArgumentType]


async def overdue(
    till: Till, days: int, session: AsyncSession, **differently: object
) -> tuple[ExportSchedule, Person]:
    """A schedule of which so many moments have been missed."""
    provider_id = till.people.gas_company.id
    clerk = await clerk_of(provider_id, session)
    schedule = await schedules.add_schedule(provider_id, daily(**differently), by=clerk, session=session)
    schedule.done_until = now() - days * DAY
    await session.flush()
    return schedule, clerk


async def made(session: AsyncSession) -> list[RegistryExport]:
    rows = await session.exec(select(RegistryExport).order_by(col(RegistryExport.number)))
    return list(rows)


async def test_after_a_standstill_each_day_gets_its_registry(till: Till, session: AsyncSession) -> None:
    people = till.people
    await overdue(till, 4, session)
    for back, amount in ((2.5, 100_00), (1.5, 300_00)):
        one = await paid(people.gas, people.alice.id, amount, session)
        one.settled_at = now() - back * DAY
    await session.flush()
    await export_jobs.make_due_exports(0)
    found = await made(session)
    assert [await amounts_of(one, session) for one in found] == [[100_00], [300_00]]
    assert all(one.schedule_id and one.late_rows == 0 for one in found)


async def test_empty_ones_are_made_for_each_day_if_asked_for(till: Till, session: AsyncSession) -> None:
    await overdue(till, 3, session, even_empty=True)
    await export_jobs.make_due_exports(0)
    found = await made(session)
    assert len(found) == 3
    assert [one.since for one in found[1:]] == [one.until for one in found[:-1]], "no gaps, no overlaps"


async def test_the_job_twice_makes_nothing_twice(till: Till, session: AsyncSession) -> None:
    schedule, _clerk = await overdue(till, 2, session, even_empty=True)
    await export_jobs.make_due_exports(0)
    count = len(await made(session))
    await export_jobs.make_due_exports(0)
    assert len(await made(session)) == count == 2
    await session.refresh(schedule)
    assert schedule.done_until == (await made(session))[-1].until


async def test_two_workers_at_once_make_each_registry_once(real_till: Till) -> None:
    async with unit_of_work() as session:
        await overdue(real_till, 4, session, even_empty=True)
    await asyncio.gather(*(export_jobs.make_due_exports(0) for _ in range(4)))
    async with read_only() as session:
        found = await made(session)
    assert len({one.until for one in found}) == len(found) == 4


async def test_a_long_standstill_does_not_flood(till: Till, session: AsyncSession) -> None:
    await overdue(till, 400, session, even_empty=True)
    await export_jobs.make_due_exports(0)
    assert len(await made(session)) == schedules.MOST_AT_ONCE


async def test_one_broken_schedule_does_not_hold_up_the_others(
    till: Till, session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, _clerk = await overdue(till, 1, session, even_empty=True)
    good, _clerk = await overdue(till, 1, session, even_empty=True)
    whole = schedules.make_next

    async def breaks(schedule_id: UUID, *, session: AsyncSession):
        if schedule_id == broken.id:
            raise RuntimeError("broken")
        return await whole(schedule_id, session=session)

    monkeypatch.setattr(schedules, "make_next", breaks)
    with pytest.raises(RuntimeError, match=str(broken.id)):
        await export_jobs.make_due_exports(0)
    assert [one.schedule_id for one in await made(session)] == [good.id]


async def test_switched_off_it_makes_nothing_and_on_again_it_does_not_catch_up(
    till: Till, session: AsyncSession
) -> None:
    schedule, clerk = await overdue(till, 2, session, even_empty=True)
    await schedules.switch_schedule(schedule.id, False, by=clerk, session=session)
    await export_jobs.make_due_exports(0)
    assert not await made(session)
    await schedules.switch_schedule(schedule.id, True, by=clerk, session=session)
    await export_jobs.make_due_exports(0)
    assert not await made(session)
    assert len(await audited(session, "switch_schedule")) == 2


async def test_only_who_may_and_of_the_own_provider(till: Till, session: AsyncSession) -> None:
    provider_id = till.people.gas_company.id
    schedule, _clerk = await overdue(till, 0, session)
    foreign = await clerk_of(till.people.water_company.id, session)
    auditor = await clerk_of(provider_id, session, Role.AUDITOR)
    for by, refusal in ((foreign, NotFound), (auditor, Forbidden)):
        with pytest.raises(refusal):
            await schedules.add_schedule(provider_id, daily(), by=by, session=session)
        with pytest.raises(refusal):
            await schedules.change_schedule(schedule.id, daily(hour=7), by=by, session=session)
        with pytest.raises(refusal):
            await schedules.switch_schedule(schedule.id, False, by=by, session=session)


async def test_a_schedule_that_cannot_be_is_refused(till: Till, session: AsyncSession) -> None:
    clerk = await clerk_of(till.people.gas_company.id, session)
    for wrong, refusal in (
        (daily(rhythm=Rhythm.WEEKLY, day=8), CannotRepeat),
        (daily(rhythm=Rhythm.MONTHLY, day=29), CannotRepeat),
        (daily(hour=24), CannotRepeat),
        (daily(format=RegistryFormat.SBER_READINGS), WrongFormat),
    ):
        with pytest.raises(refusal):
            await schedules.add_schedule(clerk.provider_id or clerk.id, wrong, by=clerk, session=session)


async def test_one_for_the_folder_asks_for_its_delivery(till: Till, session: AsyncSession) -> None:
    await overdue(till, 1, session, even_empty=True, way=ExportWay.FOLDER)
    await export_jobs.make_due_exports(0)
    connection = await session.connection()
    jobs = await connection.exec_driver_sql(
        "SELECT args FROM procrastinate_jobs WHERE task_name = 'deliver_export'"
    )
    (export,) = await made(session)
    assert [row[0] for row in jobs] == [{"export_id": str(export.id)}]
