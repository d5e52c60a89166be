"""The rounds of autopay."""

from cabinet.autopay.charging import announce_turns, charge_turns, follow_turns
from cabinet.jobs import jobs


@jobs.periodic(cron="*/15 * * * *")
@jobs.task(queueing_lock="announce_autopay", name="announce_autopay")
async def announce_autopay(timestamp: int) -> None:
    """Write the letters of the charges that are two days ahead."""
    await announce_turns()


@jobs.periodic(cron="5-59/15 * * * *")
@jobs.task(queueing_lock="charge_autopay", name="charge_autopay")
async def charge_autopay(timestamp: int) -> None:
    """Make the charges of the day."""
    await charge_turns()


@jobs.periodic(cron="*/2 * * * *")
@jobs.task(queueing_lock="follow_autopay", name="follow_autopay")
async def follow_autopay(timestamp: int) -> None:
    """Look after the charges that were begun."""
    await follow_turns()
