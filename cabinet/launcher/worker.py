"""What a worker process does for the launcher: it never outlives it."""

import asyncio
import multiprocessing
import os
import signal
import sys

_GRACE_SECONDS = 10


async def watch_parent() -> None:
    """End this process soon after the launcher is gone; a lifespan task of the app.

    A closed terminal signals the whole group: the launcher decides, so workers do not listen.
    """
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    if sys.platform != "win32":
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    while parent.is_alive():  # noqa: ASYNC110 - no event tells of another process's end
        await asyncio.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.sleep(_GRACE_SECONDS)
    os._exit(1)
