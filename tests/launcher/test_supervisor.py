"""The supervisor of a cluster starts again what dies, also while the disk is full."""

import errno
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from cabinet.launcher.cluster import supervisor as module
from cabinet.launcher.cluster.part import Part
from cabinet.launcher.cluster.supervisor import Supervisor


class EnoughError(Exception):
    """The test has seen what it waited for."""


@pytest.fixture
def supervisor(tmp_path: Path) -> Generator[Supervisor]:
    made = Supervisor(tmp_path)
    made.start(Part("sleeper", [sys.executable, "-c", "import time; time.sleep(60)"], ready=lambda: True))
    yield made
    made.stop()


def told(supervisor: Supervisor) -> int:
    return json.loads((supervisor.folder / "processes.json").read_text())["sleeper"]["pid"]


def watch_until(supervisor: Supervisor, seen: Callable[[], bool], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let it look after its parts until `seen()`."""
    deadline, wait = time.monotonic() + 20, time.sleep

    def look(seconds: float) -> None:
        assert time.monotonic() < deadline
        if seen():
            raise EnoughError
        wait(min(seconds, 0.05))

    with monkeypatch.context() as patched, pytest.raises(EnoughError):
        patched.setattr(module.time, "sleep", look)
        supervisor.watch()


def test_what_is_killed_starts_again_and_is_told(supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch):
    first = told(supervisor)
    os.kill(first, signal.SIGKILL)
    watch_until(supervisor, lambda: told(supervisor) != first, monkeypatch)


def test_a_full_disk_ends_nothing_and_it_is_told_afterwards(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
):
    first = told(supervisor)

    def refuse(*_arguments: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    def runs_again() -> bool:
        process = supervisor.parts[0].process
        return process is not None and process.pid != first and process.poll() is None

    with monkeypatch.context() as full:
        full.setattr(Path, "write_text", refuse)
        os.kill(first, signal.SIGKILL)
        watch_until(supervisor, runs_again, monkeypatch)
        assert told(supervisor) == first
    watch_until(supervisor, lambda: told(supervisor) != first, monkeypatch)
