"""The janitor's rounds."""

from cabinet.jobs import jobs
from cabinet.payments.janitor import sweep


@jobs.periodic(cron="* * * * *")
@jobs.task(queueing_lock="sweep_payments", name="sweep_payments")
async def sweep_payments(timestamp: int) -> None:
    """Look after payments that nobody came back to."""
    await sweep()
