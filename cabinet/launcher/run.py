"""`make run`: from an empty folder to a page that answers, and back to nothing running."""

import errno
import os
import signal
import socket
import sys
import time
from typing import NoReturn

from cabinet.launcher.announce import announce_when_ready
from cabinet.launcher.build import build_if_changed
from cabinet.launcher.console import CannotStart, say
from cabinet.launcher.demo import load_demo_data
from cabinet.launcher.locking import DataFolderLock
from cabinet.launcher.migrations import migrate
from cabinet.launcher.postgres import owned_database
from cabinet.launcher.serve import serve
from cabinet.settings import PREFIX, ROOT, settings

_SECONDS_TO_LEAVE = 15


def run() -> None:
    """Start everything, serve until a signal comes, stop everything."""
    os.chdir(ROOT)
    end_on_signals()
    lock = DataFolderLock(settings.data_dir)
    if not lock.take():
        raise CannotStart(f"Cabinet already runs with the data in {settings.data_dir}: stop it first.")
    try:
        refuse_several_workers_without_redis()
        check_port(patient=lock.previous_was_killed)
        _run_with_database()
    finally:
        ignore_signals()
        lock.release()


def _run_with_database() -> None:
    with owned_database() as url:
        say("Preparing the database…")
        migrate(url)
        load_demo_data()
        build_if_changed()
        say("Starting the server…")
        announce_when_ready()
        try:
            serve()
        finally:
            ignore_signals()
            say("Stopping…")
    say("Stopped.")


def end_on_signals() -> None:
    """Turn every request to stop into an exception, so that what was started is stopped."""

    def end(number: int, _frame: object) -> NoReturn:
        raise SystemExit(128 + number)

    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), end)


def ignore_signals() -> None:
    """A second Ctrl-C must not leave the database running."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)


def refuse_several_workers_without_redis() -> None:
    """Raise CannotStart: without Redis each worker would know its own visitors only."""
    if settings.workers > 1 and not settings.redis_url:
        raise CannotStart(
            f"{PREFIX}WORKERS above 1 needs {PREFIX}REDIS_URL: workers share their state there."
        )


def check_port(*, patient: bool = False) -> None:
    """Refuse a busy port; after a killed start, wait until its worker has noticed and left."""
    deadline = time.monotonic() + (_SECONDS_TO_LEAVE if patient else 0)
    while problem := _port_problem():
        if time.monotonic() >= deadline:
            raise CannotStart(problem)
        time.sleep(0.5)


def _port_problem() -> str:
    with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as probe:
        if sys.platform != "win32":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            return _explain(error)
    return ""


def _explain(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {settings.port} is busy: stop what uses it, or choose another, as in {PREFIX}PORT=8080."
    where = f"{settings.host}:{settings.port}"
    return f"Cannot listen on {where} ({error.strerror}): see {PREFIX}HOST and {PREFIX}PORT."
