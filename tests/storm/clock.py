"""A clock that can be set, for the processes of the cluster and for nobody else; wants a C compiler, on Linux."""

import shutil
import subprocess
from pathlib import Path

_SOURCE = Path(__file__).with_name("clock.c")


class Clock:
    """So many seconds beside the true time."""

    def __init__(self, folder: Path) -> None:
        compiler = shutil.which("cc") or shutil.which("gcc")
        if not compiler:
            raise SystemExit("--clock wants a C compiler (Debian, Ubuntu: apt install gcc).")
        folder.mkdir(parents=True)
        self._ahead, library = folder / "ahead", folder / "clock.so"
        self.set(0)
        subprocess.run([compiler, "-O2", "-shared", "-fPIC", "-o", library, _SOURCE], check=True)
        self.surroundings = {"LD_PRELOAD": str(library), "STORM_CLOCK": str(self._ahead)}
        """The environment of a process that shall go by this clock."""

    def set(self, seconds: int) -> None:
        """At once, for all of them."""
        with self._ahead.open("r+b" if self._ahead.exists() else "wb") as file:
            file.write(seconds.to_bytes(8, "little", signed=True))
