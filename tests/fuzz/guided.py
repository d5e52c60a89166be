"""One target under the coverage-guided fuzzer, in a process of its own: `python -m tests.fuzz.guided <target> …`.

What follows the target goes to libFuzzer. An error does not end the run: the first input of each kind is kept
in `tests/fuzz/kept/<target>`, where `test_kept.py` finds it. A hang or too much memory ends it, and is kept by
libFuzzer itself.
"""

import hashlib
import sys
import traceback
from pathlib import Path

import atheris  # pyright: ignore[reportMissingImports]

KEPT = Path(__file__).parent / "kept"
PARTS = [
    *(
        f"cabinet.{name}"
        for name in ("exchange", "qr", "kit", "http", "keys", "meters", "providers", "reminders")
    ),
    *(
        f"cabinet.{name}"
        for name in ("residents", "support", "webhooks", "accounts", "portal.scan", "limits")
    ),
]
"""Whose branches are counted."""
FINDING = "FINDING"

with atheris.instrument_imports(include=PARTS):  # pyright: ignore[reportAttributeAccessIssue]
    from tests.fuzz.targets import TARGETS, Target


class Keeper:
    """Runs the target and keeps what fails, once for each place in the code."""

    def __init__(self, name: str, target: Target) -> None:
        self.name, self.target = name, target
        self._known: set[str] = set()

    def __call__(self, data: bytes) -> None:
        """Run once."""
        try:
            self.target(data)
        except Exception as error:
            self._keep(data, error)

    def _keep(self, data: bytes, error: Exception) -> None:
        frames = traceback.extract_tb(error.__traceback__)
        place = f"{type(error).__name__} {Path(frames[-1].filename).name}:{frames[-1].lineno}"
        if place in self._known:
            return
        self._known.add(place)
        path = KEPT / self.name / hashlib.sha256(data).hexdigest()[:12]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        said = "".join(traceback.format_exception(error, limit=-6))
        sys.stderr.write(f"{FINDING} {self.name} {place} {path.name}\n{said}\n")


def main(arguments: list[str]) -> None:
    """Fuzz until the time is over; does not return."""
    name = arguments[1]
    atheris.Setup(
        [arguments[0], f"-max_len={TARGETS[name].longest}", *arguments[2:]], Keeper(name, TARGETS[name])
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv)
