"""Every command knows every table: rows of one feature name those of another."""

import subprocess
import sys

import pytest

COMMANDS = ("demo", "exporting", "jobs", "money", "registries", "simulate", "staffing")
_RESOLVE = "[key.column for table in SQLModel.metadata.tables.values() for key in table.foreign_keys]"


@pytest.mark.parametrize("command", COMMANDS)
def test_what_a_command_loads_is_whole(command: str) -> None:
    program = f"import cabinet.launcher.{command}; from sqlmodel import SQLModel; {_RESOLVE}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-500:]
