"""The real program, started as a newcomer starts it, in a data folder of the tests' own."""

import json
import os
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from cabinet.settings import PREFIX, ROOT

_SECONDS_TO_START = 180
"""With a build, if there is none yet."""
_SECONDS_TO_STOP = 30


@dataclass(frozen=True)
class DemoAccount:
    """An account that can be linked, as demo.json offers it."""

    provider: str
    number: str
    debt_minor: int
    proof: dict[str, Any] = field(default_factory=dict[str, Any], compare=False)
    """What the provider asks for (`kind`), and the answer."""


class App:
    """`python -m cabinet run` on a free port; can be stopped and started again with the same data."""

    def __init__(self, data_dir: Path, smtp_url: str) -> None:
        self.port = self._find_port()
        self.url = f"http://localhost:{self.port}"
        self.data_dir = data_dir
        self._log = data_dir.parent / f"{data_dir.name}.log"
        self._settings = {
            "ENV": "development",
            "PORT": str(self.port),
            "DATA_DIR": str(data_dir),
            "SMTP_URL": smtp_url,
            "PUBLIC_URL": self.url,
        }
        self._process: subprocess.Popen[bytes] | None = None

    _command = "run"

    def _find_port(self) -> int:
        return free_port()

    @property
    def home(self) -> Path:
        """Where its database and demo.json are."""
        return self.data_dir

    def start(self) -> None:
        """Start it and wait until it and its database answer."""
        ours = {f"{PREFIX}{name}": value for name, value in self._settings.items()}
        others = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "cabinet", self._command],
                cwd=ROOT,
                env=others | ours,
                stdout=log,
                stderr=log,
            )
        self._wait_until_ready()

    def stop(self) -> None:
        """End it as Ctrl-C does, and wait until it has gone with all that it started."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise AssertionError(f"It did not stop:\n{self.log()}") from None
        finally:
            self._process = None

    def demo(self) -> dict[str, Any]:
        """What a newcomer is told."""
        return json.loads((self.home / "demo.json").read_text("utf-8"))

    def log(self) -> str:
        """The last lines that it said."""
        return "\n".join(self._log.read_text("utf-8", errors="replace").splitlines()[-40:])

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _SECONDS_TO_START
        while not self._answers():
            if self._process is None or self._process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"It did not start:\n{self.log()}")
            time.sleep(0.1)

    def _answers(self) -> bool:
        with suppress(OSError), urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=2) as answer:
            return answer.status == 200
        return False


class Cluster(App):
    """`python -m cabinet cluster`: the same program as staging, in several processes behind a proxy."""

    _command = "cluster"

    def _find_port(self) -> int:
        """A port with free ones above it, for the other processes."""
        port = free_port()
        while not all(is_free(one) for one in range(port, port + 13)):
            port = free_port()
        return port

    @property
    def home(self) -> Path:
        """The cluster keeps its data apart."""
        return self.data_dir / "cluster"

    def pid_of(self, name: str) -> int:
        """The process of that name, which leads a group of its own."""
        return json.loads((self.home / "processes.json").read_text())[name]["pid"]


def is_free(port: int) -> bool:
    """Whether nobody listens on it."""
    with socket.socket() as probe, suppress(OSError):
        probe.bind(("127.0.0.1", port))
        return True
    return False


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
