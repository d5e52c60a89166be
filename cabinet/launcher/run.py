"""`make run`: from an empty folder to a page that answers, and back to nothing running."""

import errno
import json
import os
import signal
import socket
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NoReturn

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
    _end_on_signals()
    lock = DataFolderLock(settings.data_dir)
    if not lock.take():
        raise CannotStart(f"Cabinet already runs with the data in {settings.data_dir}: stop it first.")
    try:
        _refuse_several_workers_without_redis()
        _check_port(patient=lock.previous_was_killed)
        _run_with_database()
    finally:
        _ignore_signals()
        lock.release()


def _run_with_database() -> None:
    with owned_database() as url:
        say("Preparing the database…")
        migrate(url)
        load_demo_data()
        build_if_changed()
        say("Starting the server…")
        _when_ready(announce)
        try:
            serve()
        finally:
            _ignore_signals()
            say("Stopping…")
    say("Stopped.")


def announce() -> None:
    """Say where the program is and, with demo data, how to try it."""
    say(f"\nCabinet is ready: {settings.public_url}")
    facts = settings.data_dir / "demo.json"
    if settings.is_development and facts.exists():
        _announce_demo(json.loads(facts.read_text()))
    say("Ctrl-C stops it.\n")


def _announce_demo(facts: dict[str, Any]) -> None:
    say("Accounts to link:")
    for account in facts.get("accounts", [])[:3]:
        say(f"  {account['provider']}  {account['number']}  (debt {account['debt_minor'] / 100:.2f} ₽)")
    for role in ("staff", "clerk"):
        if person := facts.get(role):
            say(f"{role.capitalize()}: {person['email']}  {person['password']}  at {settings.public_url}/admin")
    say(f"Letters: {facts.get('mailbox', '')}")
    say(f"Test cards: {_in_one_line(facts.get('cards', {}))}")


def _in_one_line(cards: Any) -> str:
    if isinstance(cards, dict):
        return ", ".join(f"{number} ({meaning})" for meaning, number in cards.items())
    return ", ".join(" ".join(map(str, card.values())) if isinstance(card, dict) else str(card) for card in cards)


def _end_on_signals() -> None:
    """Turn every request to stop into an exception, so that what was started is stopped."""

    def end(number: int, _frame: object) -> NoReturn:
        raise SystemExit(128 + number)

    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), end)


def _ignore_signals() -> None:
    """A second Ctrl-C must not leave the database running."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)


def _refuse_several_workers_without_redis() -> None:
    if settings.workers > 1 and not settings.redis_url:
        raise CannotStart(f"{PREFIX}WORKERS above 1 needs {PREFIX}REDIS_URL: workers share sessions through Redis.")


def _check_port(*, patient: bool) -> None:
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
        return f"Port {settings.port} is taken by another program: stop it, or choose a port with {PREFIX}PORT=8080."
    return f"Cannot listen on {settings.host}:{settings.port} ({error.strerror}): see {PREFIX}HOST and {PREFIX}PORT."


def _when_ready(tell: Callable[[], None]) -> None:
    threading.Thread(target=_wait_and_tell, args=[tell], daemon=True).start()


def _wait_and_tell(tell: Callable[[], None]) -> None:
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)
    for _ in range(300):
        with suppress(OSError), urllib.request.urlopen(f"http://{host}:{settings.port}/ping", timeout=2):
            return tell()
        time.sleep(0.2)
    return None
