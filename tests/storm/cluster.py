"""The cluster under the storm: a copy of this program, so that a new version of it can be rolled out."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from cabinet.settings import PREFIX, ROOT
from tests.storm.proof import Books

_LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", "var", "node_modules", "__pycache__", ".pytest_cache", ".hypothesis"
)
_START_SECONDS = 300
_STOP_SECONDS = 60
_MIGRATION = '''"""What the next version would bring: a column that old processes do not know."""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{down}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("letter", sa.Column("storm_{number}", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("letter", "storm_{number}")
'''


class Cluster:
    """`python -m cabinet cluster` with data and code in a folder of its own."""

    def __init__(self, folder: Path, port: int, surroundings: dict[str, str]) -> None:
        self.url = f"http://localhost:{port}"
        self.code, self.data = folder / "code", folder / "data"
        self.log = folder / "cluster.log"
        ours = {
            f"{PREFIX}PORT": str(port),
            f"{PREFIX}DATA_DIR": str(self.data),
            f"{PREFIX}PUBLIC_URL": self.url,
        }
        others = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        self.env = others | ours | surroundings
        self._versions = 0
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Copy the program, start it, and wait until it can work."""
        shutil.copytree(ROOT, self.code, ignore=_LEFT_OUT, symlinks=True)
        (self.code / ".web" / "node_modules").symlink_to(ROOT / ".web" / "node_modules")
        self.data.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "cabinet", "cluster", "--sandbox"],
                cwd=self.code,
                env=self.env,
                stdout=log,
                stderr=log,
            )
        self.wait_until_ready(_START_SECONDS)

    def stop(self) -> None:
        """As Ctrl-C does."""
        if self._process:
            self._process.terminate()
            self._process.wait(_STOP_SECONDS)

    def run(self, *command: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """A command of the program beside the running cluster, with the settings that its processes have."""
        return subprocess.run(
            [sys.executable, "-m", *command],
            cwd=self.code,
            env=self.env | self.settings(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
        )

    def processes(self) -> dict[str, dict[str, Any]]:
        """Who runs, by name."""
        return json.loads((self.data / "cluster" / "processes.json").read_text())

    def settings(self) -> dict[str, str]:
        """The settings that its processes were started with."""
        return json.loads((self.data / "cluster" / "settings.json").read_text())

    def books(self) -> Books:
        """Its database and its letters."""
        return Books(self.settings()[f"{PREFIX}DATABASE_URL"], self.letters)

    @property
    def letters(self) -> Path:
        """Where its mail server keeps the letters."""
        return self.data / "cluster" / "letters"

    def pids(self, name: str) -> list[int]:
        """The processes whose names begin so."""
        return [one["pid"] for key, one in self.processes().items() if key.startswith(name)]

    def wait_until_ready(self, seconds: float = 120) -> float:
        """Until it can work again, as the proxy sees it; how many seconds that took."""
        began = time.monotonic()
        while not self.is_ready():
            gone = self._process is None or self._process.poll() is not None
            if gone or time.monotonic() - began > seconds:
                raise AssertionError(f"not ready after {time.monotonic() - began:.0f} s:\n{self.said()}")
            time.sleep(0.2)
        return time.monotonic() - began

    def is_ready(self) -> bool:
        """Whether somebody behind the proxy can work now."""
        with suppress(OSError), urlopen(f"{self.url}/readyz", timeout=5) as answer:
            return answer.status == 200
        return False

    def roll_out(self) -> None:
        """A new version with a migration, while everybody works: the schema first, then one process after another."""
        self._versions += 1
        self._write_migration()
        done = self.run("cabinet", "migrate")
        if done.returncode:
            raise AssertionError(done.stdout)
        for name in sorted(self.processes()):
            if name.startswith(("web", "jobs")):
                self._restart(name)

    def _restart(self, name: str) -> None:
        before = self.processes()[name]["pid"]
        os.kill(before, signal.SIGTERM)
        deadline = time.monotonic() + 60
        while self.processes()[name]["pid"] == before or not self._answers(name):
            if time.monotonic() > deadline:
                raise AssertionError(f"{name} did not come back:\n{self.said()}")
            time.sleep(0.2)

    def _answers(self, name: str) -> bool:
        port = self.processes()[name].get("port")
        if not port:
            return True
        with suppress(OSError), urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return answer.status == 200
        return False

    def _write_migration(self) -> None:
        versions = self.code / "alembic" / "versions"
        newest = max(path.stem for path in versions.glob("[0-9]*.py"))
        number = f"{9000 + self._versions}"
        text = _MIGRATION.format(revision=number, down=newest.partition("_")[0], number=self._versions)
        (versions / f"{number}_storm.py").write_text(text)

    def said(self) -> str:
        """The last lines of its log."""
        return "\n".join(self.log.read_text("utf-8", errors="replace").splitlines()[-40:])
