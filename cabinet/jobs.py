"""Jobs: work that follows an action, kept in the same database and written in the same transaction.

Every job may run twice without harm. Arguments are ids and numbers, never personal data or secrets.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.jobs import Job, Status
from procrastinate.tasks import Task
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.settings import settings
from cabinet.watching.jobs import watch_job

_GRACE_SECONDS = 5
_RESTART_SECONDS = 5
_HEARTBEAT_SECONDS, _SILENT_SECONDS = 10, 60

_DELETE_ENDED = text("""
DELETE FROM procrastinate_jobs j
WHERE j.status IN ('succeeded', 'failed', 'cancelled', 'aborted')
  AND NOT EXISTS (SELECT 1 FROM procrastinate_events e WHERE e.job_id = j.id AND e.at >= :moment)
""")

logger = logging.getLogger(__name__)


async def _address() -> str:
    return settings.database_url.replace("postgresql+psycopg://", "postgresql://", 1)


jobs = App(
    connector=PsycopgConnector(conninfo=_address, min_size=1, max_size=4, name="jobs"),
    import_paths=[
        "cabinet.access.jobs",
        "cabinet.autopay.detaching",
        "cabinet.autopay.jobs",
        "cabinet.billing.letters",
        "cabinet.exchange.exports.jobs",
        "cabinet.exchange.imports.jobs",
        "cabinet.keys.jobs",
        "cabinet.mail.sending",
        "cabinet.notices.jobs",
        "cabinet.payments.jobs",
        "cabinet.reminders.jobs",
        "cabinet.retention",
        "cabinet.support.jobs",
        "cabinet.webhooks.sending",
    ],
    periodic_defaults={"max_delay": 86400},
    worker_defaults={"worker_middleware": [watch_job]},
)


async def defer(task: Task[Any, Any, Any], *, session: AsyncSession, **arguments: Any) -> None:
    """Let `task` run after the session's transaction commits; a rollback takes it back."""
    await session.flush()
    raw = (await (await session.connection()).get_raw_connection()).driver_connection
    options: dict[str, Any] = {"connection": raw}
    if task.lock:
        options["lock"] = task.lock.format(**arguments)
    await task.configure(**options).defer_async(**arguments)


@asynccontextmanager
async def run_jobs() -> AsyncGenerator[None]:
    """Run a worker inside this process as long as the block lasts; a started job may finish in 5 s."""
    async with jobs.open_async():
        worker = asyncio.create_task(_work(), name="jobs")
        try:
            yield
        finally:
            worker.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await worker


async def run_jobs_once() -> None:
    """Run what is due and return: for the command line and tests."""
    async with jobs.open_async():
        await jobs.run_worker_async(wait=False, install_signal_handlers=False, listen_notify=False)


async def _work() -> None:
    while True:
        try:
            await jobs.run_worker_async(
                concurrency=4,
                install_signal_handlers=False,
                shutdown_graceful_timeout=_GRACE_SECONDS,
                update_heartbeat_interval=_HEARTBEAT_SECONDS,
            )
        except Exception:
            logger.exception("The worker of jobs stopped; it starts again in %s s", _RESTART_SECONDS)
        await asyncio.sleep(_RESTART_SECONDS)


@jobs.periodic(cron="*/5 * * * *")
@jobs.task(queueing_lock="revive_jobs", name="revive_jobs")
async def revive_jobs(timestamp: int) -> None:
    """Queue again what a killed worker left half done.

    A clock that was set makes every worker look silent: who lives says so before the second look.
    """
    if silent := {job.id for job in await _left_behind()}:
        await asyncio.sleep(_HEARTBEAT_SECONDS * 1.5)
        for job in await _left_behind():
            if job.id in silent:
                await _revive(job)


async def _left_behind() -> Iterable[Job]:
    return await jobs.job_manager.get_stalled_jobs(seconds_since_heartbeat=_SILENT_SECONDS)


async def _revive(job: Job) -> None:
    try:
        await jobs.job_manager.retry_job(job)
    except UniqueViolation:  # another one of its kind waits already and will do the same
        await jobs.job_manager.finish_job(job, Status.ABORTED, delete_job=False)
    except ConnectorException:
        logger.info("job %s ended just now", job.id)


async def delete_jobs_before(moment: datetime, *, session: AsyncSession) -> None:
    """Delete the jobs that ended before `moment`, however they ended."""
    connection = await session.connection()
    await connection.execute(_DELETE_ENDED, {"moment": moment})
