"""The launcher as a process of its own, without the pages and the demo data, which take their time."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil

from cabinet.settings import ROOT

_PROGRAM = """
from cabinet.launcher import run, serve
run.build_if_changed = run.load_demo_data = lambda: None
serve._FOR_WORKERS["__REFLEX_MOUNT_FRONTEND_COMPILED_APP"] = "false"
run.run()
"""
_PATIENCE_SECONDS = 60


def free_port() -> int:
    """A port that nobody has now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(data: Path, port: int) -> dict[str, str]:
    """What the program reads: nothing of this machine's own settings."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("CABINET_", "__REFLEX"))}
    return {**own, "CABINET_DATA_DIR": str(data), "CABINET_PORT": str(port), "PYTHONUNBUFFERED": "1"}


class Program:
    """One start of the program, in a process group of its own, as a terminal gives it."""

    def __init__(self, data: Path, port: int) -> None:
        self.data, self.log = data, data.parent / f"{data.name}-{time.monotonic_ns()}.log"
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-c", _PROGRAM],
                cwd=ROOT,
                env=environment(data, port),
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_until_ready(self) -> float:
        """Seconds until it says that it is ready."""
        return self.wait_until_said("Cabinet is ready")

    def wait_until_said(self, words: str) -> float:
        """Seconds until it has said that."""
        began = time.monotonic()
        while words not in self.said():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() - began < _PATIENCE_SECONDS, self.said()
            time.sleep(0.05)
        return time.monotonic() - began

    def said(self) -> str:
        """All that it has printed."""
        return self.log.read_text("utf-8", errors="replace")

    def signal_all(self, number: int) -> None:
        """Signal the whole group, as Ctrl-C and a closed terminal do."""
        os.killpg(self.process.pid, number)

    def ends(self) -> int:
        """Its exit code, when it has ended."""
        return self.process.wait(_PATIENCE_SECONDS)

    def family(self) -> list[psutil.Process]:
        """Everything that was started: the launcher, its workers, the database."""
        found = [psutil.Process(self.process.pid)]
        found += found[0].children(recursive=True)
        postmaster = self.data / "postgres" / "postmaster.pid"
        if postmaster.exists():
            database = psutil.Process(int(postmaster.read_text().split()[0]))
            found += [database, *database.children()]
        return found

    def kill_group(self) -> None:
        """Leave nothing behind, whatever the test came to."""
        family = self.family() if self.process.poll() is None else []
        for one in family:
            if one.is_running():
                one.send_signal(signal.SIGKILL)
        self.process.wait()


def still_running(family: list[psutil.Process], seconds: float = 10) -> list[str]:
    """Who of them is left after some patience."""
    _gone, alive = psutil.wait_procs(family, timeout=seconds)
    return [" ".join(one.cmdline())[:120] for one in alive if one.status() != psutil.STATUS_ZOMBIE]
