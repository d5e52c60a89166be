"""`work`: one process that runs jobs and nothing else; as many as needed may run beside each other."""

import asyncio
import signal

from cabinet.jobs import run_jobs
from cabinet.launcher.console import say
from cabinet.launcher.migrations import refuse_older_schema
from cabinet.launcher.program import connected
from cabinet.launcher.web import refuse_without_server
from cabinet.logs import hide_secrets
from cabinet.settings import settings


def work() -> None:
    """Run jobs until a signal comes; a started job may finish. Raises CannotStart."""
    refuse_without_server()
    refuse_older_schema(settings.database_url)
    hide_secrets()
    asyncio.run(_work())


async def _work() -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with connected(), run_jobs():
        say("Jobs are being done.")
        await stopped.wait()
    say("Stopped.")
