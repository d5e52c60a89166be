"""Acts on jobs: a failed one begins again, a waiting one is taken back, each written down."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.audit.models import AuditRecord
from cabinet.errors import Forbidden, NotFound
from cabinet.kit.dates import now
from cabinet.queue.errors import JobNotFailed, JobNotWaiting, SameJobWaits
from cabinet.queue.service import JobState, cancel_job, count_jobs, find_jobs, periodic_jobs, retry_job
from cabinet.residents.models import Resident, Role
from cabinet.residents.person import Person


@pytest.fixture
async def boss(session: AsyncSession) -> Resident:
    return await colleague(session, Role.ADMINISTRATOR)


async def colleague(session: AsyncSession, role: Role) -> Resident:
    email = f"{role}@mail.example"
    row = Resident(email=email, email_key=email, password_hash="x", role=role)
    session.add(row)
    await session.flush()
    return row


def as_person(row: Resident) -> Person:
    return Person(row.id, uuid4(), row.email, "", row.role, None, "ru")


async def job(session: AsyncSession, status: str, task: str = "send_letter", lock: str | None = None) -> int:
    statement = text(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, status, queueing_lock)"
        " VALUES ('default', :task, CAST(:status AS procrastinate_job_status), :lock) RETURNING id"
    )
    values: dict[str, Any] = {"task": task, "status": status, "lock": lock}
    return (await (await session.connection()).execute(statement, values)).scalar_one()


async def state_of(session: AsyncSession, job_id: int) -> JobState:
    rows, _more = await find_jobs(session=session, before=job_id + 1, limit=1)
    return rows[0].state


async def test_a_failed_job_begins_again_and_it_is_written_down(
    session: AsyncSession, boss: Resident
) -> None:
    failed = await job(session, "failed")
    await retry_job(failed, by=as_person(boss), address="192.0.2.1", session=session)
    assert await state_of(session, failed) is JobState.TODO
    (record,) = (await session.exec(select(AuditRecord))).all()
    assert (record.action, record.subject, record.subject_id) == ("retry", "job", str(failed))
    with pytest.raises(JobNotFailed):
        await retry_job(failed, by=as_person(boss), session=session)


async def test_only_a_job_that_waits_is_taken_back(session: AsyncSession, boss: Resident) -> None:
    waits, runs = await job(session, "todo"), await job(session, "doing")
    await cancel_job(waits, by=as_person(boss), session=session)
    assert await state_of(session, waits) is JobState.CANCELLED
    for other in (waits, runs):
        with pytest.raises(JobNotWaiting):
            await cancel_job(other, by=as_person(boss), session=session)


async def test_a_job_that_waits_already_is_not_doubled(session: AsyncSession, boss: Resident) -> None:
    failed = await job(session, "failed", "sweep_payments", "sweep")
    await job(session, "todo", "sweep_payments", "sweep")
    with pytest.raises(SameJobWaits):
        await retry_job(failed, by=as_person(boss), session=session)


async def test_an_auditor_looks_only(session: AsyncSession) -> None:
    auditor = as_person(await colleague(session, Role.AUDITOR))
    failed, waits = await job(session, "failed"), await job(session, "todo")
    with pytest.raises(Forbidden):
        await retry_job(failed, by=auditor, session=session)
    with pytest.raises(Forbidden):
        await cancel_job(waits, by=auditor, session=session)


@pytest.mark.parametrize("job_id", [0, -1, 2**63, 2**70, 999_999_999])
async def test_a_job_that_is_not_there(job_id: int, session: AsyncSession, boss: Resident) -> None:
    with pytest.raises(NotFound):
        await retry_job(job_id, by=as_person(boss), session=session)


async def test_pages_follow_each_other_without_gaps(session: AsyncSession) -> None:
    ids = [await job(session, "failed") for _ in range(7)]
    await job(session, "todo")
    seen: list[int] = []
    before, more = None, True
    while more:
        rows, more = await find_jobs(session=session, state=JobState.FAILED, before=before, limit=3)
        seen += [row.id for row in rows]
        before = rows[-1].id
    assert seen == sorted(ids, reverse=True)
    assert (await count_jobs(session=session))[JobState.FAILED] == 7


async def test_jobs_are_found_by_task(session: AsyncSession) -> None:
    await job(session, "todo", "send_letter")
    other = await job(session, "todo", "recount")
    rows, more = await find_jobs(session=session, task="recount")
    assert ([row.id for row in rows], more) == ([other], False)


async def test_the_clock_says_when_each_periodic_job_runs_next(session: AsyncSession) -> None:
    found = {one.task: one for one in await periodic_jobs(session=session)}
    assert timedelta() < found["sweep_payments"].next - now() <= timedelta(minutes=1)
    assert {"send_reminders", "reconcile_nightly", "delete_what_is_old"} <= set(found)
