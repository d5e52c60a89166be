"""The job queue as staff see it: which jobs wait, run and failed, when the periodic ones run, and acts on them.

Read from procrastinate's own tables; arguments are ids and not shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from croniter import croniter
from sqlalchemy import text
from sqlalchemy.sql import literal_column
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.audit.service import record
from cabinet.errors import NotFound
from cabinet.jobs import jobs
from cabinet.kit.dates import now
from cabinet.queue.errors import JobNotFailed, JobNotWaiting, SameJobWaits
from cabinet.residents.person import Permission, Person

PAGE = 25
_LARGEST_ID = 2**63


class JobState(StrEnum):
    """What a job is doing, in procrastinate's words."""

    TODO = "todo"
    DOING = "doing"
    FAILED = "failed"
    SUCCEEDED = "succeeded"
    CANCELLED = "cancelled"
    ABORTED = "aborted"


OPEN_STATES = (JobState.TODO, JobState.DOING, JobState.FAILED)
"""What somebody may have to look at; the rest is history."""


@dataclass(frozen=True, slots=True)
class JobRow:
    """One job. `scheduled_at` None: as soon as there is a worker. `at` is its last event."""

    id: int
    task: str
    state: JobState
    attempts: int
    scheduled_at: datetime | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class PeriodicRow:
    """A job that comes by the clock (UTC), with its last run and the next."""

    task: str
    cron: str
    last: datetime | None
    next: datetime


_FIND = text("""
SELECT j.id, j.task_name, j.status::text, j.attempts, j.scheduled_at,
       (SELECT max(e.at) FROM procrastinate_events e WHERE e.job_id = j.id)
FROM procrastinate_jobs j
WHERE (CAST(:state AS text) = '' OR j.status = CAST(nullif(:state, '') AS procrastinate_job_status))
  AND (CAST(:task AS text) = '' OR j.task_name = :task)
  AND (CAST(:before AS bigint) IS NULL OR j.id < :before)
ORDER BY j.id DESC LIMIT :limit
""")
_COUNT = text("""
SELECT status::text, count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing', 'failed') GROUP BY status
""")
_LOCK = text(
    "SELECT task_name, status::text, queueing_lock FROM procrastinate_jobs WHERE id = :id FOR UPDATE"
)
_SAME = text("SELECT 1 FROM procrastinate_jobs WHERE status = 'todo' AND queueing_lock = :lock")
_RETRY = text("SELECT procrastinate_retry_job_v2(:id, now(), NULL, NULL, NULL)")
_CANCEL = text("SELECT procrastinate_cancel_job_v1(:id, false, false)")
_LAST = text("""
SELECT task_name, max(defer_timestamp) FROM procrastinate_periodic_defers GROUP BY task_name
""")


def count_failed() -> Any:
    """The number of failed jobs, as an expression that an index answers."""
    return literal_column("(SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed')")


async def find_jobs(
    *,
    session: AsyncSession,
    state: JobState | None = None,
    task: str = "",
    before: int | None = None,
    limit: int = PAGE,
) -> tuple[list[JobRow], bool]:
    """The newest jobs below the id `before`, of that state and task; and whether there are more."""
    asked: dict[str, Any] = {"state": state.value if state else "", "task": task, "before": before}
    connection = await session.connection()
    rows = (await connection.execute(_FIND, {**asked, "limit": limit + 1})).all()
    return [_row(row) for row in rows[:limit]], len(rows) > limit


async def count_jobs(*, session: AsyncSession) -> Mapping[JobState, int]:
    """How many jobs wait, run and failed."""
    connection = await session.connection()
    found: dict[str, int] = dict(tuple(row) for row in (await connection.execute(_COUNT)).all())
    return {state: found.get(state.value, 0) for state in OPEN_STATES}


async def periodic_jobs(*, session: AsyncSession) -> list[PeriodicRow]:
    """The jobs that come by the clock, the next one first."""
    connection = await session.connection()
    last = dict(tuple(row) for row in (await connection.execute(_LAST)).all())
    jobs.perform_import_paths()
    found = (
        PeriodicRow(one.task.name, one.cron, _moment(last.get(one.task.name)), _next(one.cron))
        for one in jobs.periodic_registry.periodic_tasks.values()
    )
    return sorted(found, key=lambda row: (row.next, row.task))


async def retry_job(job_id: int, *, by: Person | None, address: str = "", session: AsyncSession) -> None:
    """Let a failed job begin again as soon as there is a worker; `by` None: the command line.

    Raises Forbidden, NotFound, JobNotFailed, SameJobWaits.
    """
    task, state, lock = await _locked(job_id, by, session)
    if state is not JobState.FAILED:
        raise JobNotFailed
    connection = await session.connection()
    if lock and (await connection.execute(_SAME, {"lock": lock})).first():
        raise SameJobWaits
    await connection.execute(_RETRY, {"id": job_id})
    await _note("retry", job_id, task, by, address, session)


async def cancel_job(job_id: int, *, by: Person | None, address: str = "", session: AsyncSession) -> None:
    """Take back a job that has not begun. Raises Forbidden, NotFound, JobNotWaiting."""
    task, state, _lock = await _locked(job_id, by, session)
    if state is not JobState.TODO:
        raise JobNotWaiting
    await (await session.connection()).execute(_CANCEL, {"id": job_id})
    await _note("cancel", job_id, task, by, address, session)


async def _locked(job_id: int, by: Person | None, session: AsyncSession) -> tuple[str, JobState, str | None]:
    if by is not None:
        by.require(Permission.MANAGE_JOBS)
    if not 0 < job_id < _LARGEST_ID:
        raise NotFound
    row = (await (await session.connection()).execute(_LOCK, {"id": job_id})).first()
    if row is None:
        raise NotFound
    return row[0], JobState(row[1]), row[2]


async def _note(
    action: str, job_id: int, task: str, by: Person | None, address: str, session: AsyncSession
) -> None:
    actor = by.id if by else None
    await record(actor, action, "job", job_id, None, {"task": task}, address, session=session)


def task_names() -> list[str]:
    """Every task that a job can be of."""
    jobs.perform_import_paths()
    return sorted(name for name in {task.name for task in jobs.tasks.values()} if ":" not in name)


def _row(row: Sequence[Any]) -> JobRow:
    return JobRow(row[0], row[1], JobState(row[2]), row[3], row[4], row[5])


def _moment(timestamp: int | None) -> datetime | None:
    return datetime.fromtimestamp(timestamp, UTC) if timestamp else None


def _next(cron: str) -> datetime:
    return croniter(cron, now()).get_next(datetime)
