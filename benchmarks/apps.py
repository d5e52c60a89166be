"""The two programs under comparison: built and started for this run, stopped with it."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.request import urlopen

from cabinet.launcher.console import CannotStart, say
from cabinet.launcher.node import prepare_reflex
from cabinet.settings import PREFIX, ROOT, settings
from tests.town.ports import ports_for_a_cluster

_BLANK = Path(__file__).parent / "blank"
_BLANK_EVENT = "reflex___state____state.blank___blank____value_state.load"
OUR_EVENT = "reflex___state____state.cabinet___ui___session____session_state.load"
CLIENTS = 20
_BUILD_SECONDS = 150
_START_SECONDS = 120
_STOP_SECONDS = 30


@dataclass(frozen=True)
class App:
    """A program that answers. Each of `cookies` is a signed-in browser; `shown` proves a page alive."""

    name: str
    url: str
    cookies: list[str]
    shown: str
    event: str
    """The full name of a cheap handler without arguments."""


@contextmanager
def both(folder: Path) -> Generator[tuple[App, App]]:
    """The blank app and Cabinet, each on a port and with data of its own under `folder`."""
    refuse_other_databases()
    prepare_reflex()
    with ExitStack() as stack:
        ours = stack.enter_context(started(module("cabinet", "run"), ROOT, surroundings(folder / "cabinet")))
        env = build_blank(folder / "blank")
        theirs = stack.enter_context(started(module("benchmarks.serve_blank"), folder / "blank", env))
        yield blank_app(theirs), _cabinet(ours)


@contextmanager
def ours(folder: Path) -> Generator[App]:
    """Cabinet alone, with data of its own in `folder`."""
    refuse_other_databases()
    prepare_reflex()
    with started(module("cabinet", "run"), ROOT, surroundings(folder)) as process:
        yield _cabinet(process)


def blank_app(process: "Started") -> App:
    """The blank app behind that process, when it answers."""
    process.wait_until_ready()
    return App("blank", process.url, [], "HYDRATED", _BLANK_EVENT)


def _cabinet(process: "Started") -> App:
    process.wait_until_ready()
    found = subprocess.run(
        module("benchmarks.resident", str(CLIENTS)),
        cwd=ROOT,
        env=process.env,
        stdout=subprocess.PIPE,
        timeout=60,
        check=True,
    )
    resident = json.loads(found.stdout.splitlines()[-1])
    return App("cabinet", process.url, resident["cookies"], resident["debt"], OUR_EVENT)


def build_blank(folder: Path) -> dict[str, str]:
    """Copy the blank app, with our npm lock so that both have the same libraries, and build it; its surroundings."""
    say("Building a blank app to compare with…")
    shutil.copytree(_BLANK, folder)
    shutil.copytree(ROOT / "reflex.lock", folder / "reflex.lock")
    env = surroundings(folder / "data")
    env["REFLEX_API_URL"] = f"http://127.0.0.1:{env[f'{PREFIX}PORT']}"
    command = module("reflex", "export", "--frontend-only", "--no-zip")
    with started(command, folder, env) as build:
        build.wait_until_built()
    return env


class Started:
    """A child process in a group of its own, with its port and what it said."""

    def __init__(self, command: Sequence[str], folder: Path, env: dict[str, str], log: IO[bytes]) -> None:
        self.env = env
        self.url = f"http://127.0.0.1:{env[f'{PREFIX}PORT']}"
        self._log = log
        self.process = subprocess.Popen(
            command, cwd=folder, env=env, stdout=log, stderr=log, start_new_session=True
        )

    def wait_until_built(self) -> None:
        """Until it has ended well. Raises CannotStart."""
        if self.process.wait(_BUILD_SECONDS):
            raise CannotStart(f"The blank app could not be built:\n{self._said()}")

    def wait_until_ready(self, seconds: float = _START_SECONDS) -> None:
        """Until it answers. Raises CannotStart."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.process.poll() is None:
            with suppress(OSError), urlopen(f"{self.url}/ping", timeout=2):
                return
            time.sleep(0.2)
        raise CannotStart(f"{self.url} does not answer:\n{self._said()}")

    def stop(self) -> None:
        """Ask it to stop what it started, and end what is left of its group."""
        self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(_STOP_SECONDS)
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def _said(self) -> str:
        self._log.seek(0)
        return self._log.read().decode(errors="replace")[-2000:]


@contextmanager
def started(command: Sequence[str], folder: Path, env: dict[str, str]) -> Generator[Started]:
    """That command, from that folder, until the end of the block."""
    data_dir = Path(env[f"{PREFIX}DATA_DIR"])
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / f"{command[2]}.log").open("wb+") as log:
        process = Started(command, folder, env, log)
        try:
            yield process
        finally:
            process.stop()


def module(*arguments: str) -> list[str]:
    """The command that runs a module with our Python."""
    return [sys.executable, "-m", *arguments]


def surroundings(data_dir: Path) -> dict[str, str]:
    """Where a child finds its port, its data and our modules."""
    port = ports_for_a_cluster()
    own = {
        f"{PREFIX}PORT": str(port),
        f"{PREFIX}PUBLIC_URL": f"http://127.0.0.1:{port}",
        f"{PREFIX}HOST": "127.0.0.1",
        f"{PREFIX}DATA_DIR": str(data_dir),
        "PYTHONPATH": str(ROOT),
    }
    return {**os.environ, **own}


def refuse_other_databases() -> None:
    """The comparison adds a resident: only to a database of its own."""
    if settings.database_url or settings.redis_url or not settings.is_development:
        raise CannotStart(
            f"make bench needs a database of its own: unset {PREFIX}DATABASE_URL, {PREFIX}REDIS_URL and {PREFIX}ENV."
        )
