"""The daily round over requests that wait for the resident."""

from cabinet.jobs import jobs
from cabinet.support.silence import close_silent, warn_of_closing


@jobs.periodic(cron="37 6 * * *")
@jobs.task(queueing_lock="close_silent_requests", name="close_silent_requests")
async def close_silent_requests(timestamp: int) -> None:
    """Close what nobody answers any more, and write to those whose turn comes next."""
    await close_silent()
    await warn_of_closing()
