"""One process of the cluster: started, looked after and stopped by the supervisor."""

import ctypes
import functools
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

_PR_SET_PDEATHSIG = 1


@dataclass
class Part:
    """What is run and how it is known to work; `port` 0: it listens on none."""

    name: str
    command: list[str]
    ready: Callable[[], bool]
    """Whether it does its work now."""
    port: int = 0
    environment: dict[str, str] = field(default_factory=dict[str, str])
    user: str | None = None
    """Who runs it, when we are root: the database refuses to."""
    stop_signal: signal.Signals = signal.SIGTERM
    before: Callable[[], None] = lambda: None
    """What must be done before each start, such as waiting for what a killed one has left."""
    process: subprocess.Popen[bytes] | None = None

    def start(self, log: Path) -> None:
        """Start it as the leader of a process group of its own, which ends when we end."""
        self.before()
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                self.command,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_end_with_parent(self.stop_signal),
                user=self.user,
                group=self.user,
                extra_groups=[] if self.user else None,
            )

    def ended(self) -> int | None:
        """Its exit code if it has ended, negative for a signal."""
        return self.process.poll() if self.process else None

    def ask_to_stop(self) -> None:
        """Send the signal at which it stops in order."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(self.stop_signal)

    def leave_nothing(self, seconds: float) -> None:
        """Wait for its end; then kill what is left of its group."""
        if self.process is None:
            return
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def _end_with_parent(number: signal.Signals) -> Callable[[], None] | None:
    """What lets the kernel send the signal to a child when the supervisor has gone, however it went (Linux)."""
    if sys.platform != "linux":
        return None
    return functools.partial(ctypes.CDLL(None).prctl, _PR_SET_PDEATHSIG, int(number))
