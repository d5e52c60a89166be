"""The round of reminders: every hour, since the day begins at another hour in each time zone."""

from cabinet.jobs import jobs
from cabinet.reminders import sending


@jobs.periodic(cron="7 * * * *")
@jobs.task(queueing_lock="send_reminders", name="send_reminders")
async def send_reminders(timestamp: int) -> None:
    """Write the letters that are due."""
    await sending.send_reminders()
