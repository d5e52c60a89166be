"""`work`: one process that runs jobs and nothing else; as many as needed may run beside each other."""

import asyncio
import os
import signal
import threading

from cabinet.jobs import run_jobs
from cabinet.launcher.console import say
from cabinet.launcher.migrations import refuse_older_schema
from cabinet.launcher.program import connected
from cabinet.launcher.web import refuse_without_server
from cabinet.settings import settings
from cabinet.watching.start import watched_work

_SECONDS_TO_LEAVE = 15


def work() -> None:
    """Run jobs until a signal comes; a started job may finish. Raises CannotStart."""
    refuse_without_server()
    refuse_older_schema(settings.database_url)
    asyncio.run(_work())


async def _work() -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with watched_work(), connected(), run_jobs():
        say("Jobs are being done.")
        await stopped.wait()
        _leave_in_any_case()
    say("Stopped.")


def _leave_in_any_case() -> None:
    """Without its database, the worker would wait for it: what was begun is begun again by others."""
    last_word = threading.Timer(_SECONDS_TO_LEAVE, os._exit, [1])
    last_word.daemon = True
    last_word.start()
