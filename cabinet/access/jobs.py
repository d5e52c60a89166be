"""Access that was given until a day ends with it. Reading an account looks at the day itself; this tidies up."""

from cabinet.access.ending import end_expired
from cabinet.database import unit_of_work
from cabinet.jobs import jobs


@jobs.periodic(cron="*/10 * * * *")
@jobs.task(queueing_lock="end_expired_access", name="end_expired_access")
async def end_expired_access(timestamp: int) -> None:
    """End what is over, with autopay, letters and the record."""
    async with unit_of_work() as session:
        await end_expired(session=session)
