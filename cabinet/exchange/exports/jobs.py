"""Making the registries that are due, and putting them into the folder."""

import logging
from uuid import UUID

from procrastinate import RetryStrategy
from sqlmodel import col, select

from cabinet.database import read_only, unit_of_work
from cabinet.exchange.exports import schedules
from cabinet.exchange.exports.folder import deliver
from cabinet.exchange.exports.models import ExportState, ExportWay, RegistryExport
from cabinet.exchange.exports.proof import verify_exports
from cabinet.jobs import defer, jobs

logger = logging.getLogger(__name__)


class NotInTheFolder(RuntimeError):
    """A registry could not be put into the folder; it is tried again."""


@jobs.periodic(cron="*/5 * * * *")
@jobs.task(queueing_lock="make_due_exports", name="make_due_exports")
async def make_due_exports(timestamp: int) -> None:
    """Make what the schedules ask for; one that fails does not hold up the others, and fails the job."""
    async with read_only() as session:
        due = await schedules.due_schedules(session=session)
    failed = [schedule_id for schedule_id in due if not await _serve(schedule_id)]
    if failed:
        raise RuntimeError(f"no registries for the schedules {', '.join(map(str, failed))}")


async def _serve(schedule_id: UUID) -> bool:
    """Make every registry of one schedule that is due, each in a transaction of its own."""
    try:
        more = True
        while more:
            async with unit_of_work() as session:
                more, made = await schedules.make_next(schedule_id, session=session)
                if made is not None and made.way is ExportWay.FOLDER:
                    await defer(deliver_export, session=session, export_id=str(made.id))
    except Exception:
        logger.exception("schedule %s of registries could not be served", schedule_id)
        return False
    return True


@jobs.task(
    name="deliver_export",
    retry=RetryStrategy(max_attempts=10, exponential_wait=4),
    lock="deliver_export:{export_id}",
)
async def deliver_export(export_id: str) -> None:
    """Put one registry into the folder."""
    if not await deliver(UUID(export_id)):
        raise NotInTheFolder(export_id)


@jobs.periodic(cron="17 * * * *")
@jobs.task(queueing_lock="deliver_waiting_exports", name="deliver_waiting_exports")
async def deliver_waiting_exports(timestamp: int) -> None:
    """Try again what is not in the folder yet, whatever became of its own job."""
    async with read_only() as session:
        rows = await session.exec(
            select(RegistryExport.id).where(
                RegistryExport.way == ExportWay.FOLDER,
                col(RegistryExport.state).in_([ExportState.MADE, ExportState.FAILED]),
            )
        )
        waiting = list(rows)
    left = [export_id for export_id in waiting if not await deliver(export_id)]
    if left:
        raise NotInTheFolder(", ".join(map(str, left)))


@jobs.periodic(cron="50 0 * * *")
@jobs.task(queueing_lock="verify_registries", name="verify_registries")
async def verify_registries(timestamp: int) -> None:
    """Compare all registries with the ledger; what does not hold is an error in the log, and the job fails."""
    async with read_only() as session:
        broken = [one for one in await verify_exports(session=session) if not one.holds]
    if broken:
        logger.critical("registries do not hold: %s", broken)
        raise RuntimeError("registries do not hold")
