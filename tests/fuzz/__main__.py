"""`make fuzz`: everything that takes input from outside, for so many minutes. Ends with 1 if anything was found."""

import argparse
import subprocess
import sys
from pathlib import Path

from cabinet.settings import ROOT
from tests.fuzz.parsers import fuzz_parsers
from tests.fuzz.targets import TARGETS

PROPERTIES = {
    "tests/app/test_any_arguments.py": 0.15,
    "tests/app/test_any_request.py": 0.1,
    "tests/http/api/test_any_calls.py::test_single_calls": 0.1,
    "tests/http/api/test_any_calls.py::test_chains_of_calls": 0.05,
}
"""Properties of the running application, and their parts of the time; the parsers get the rest."""
PARSERS = "parsers"


def main() -> int:
    """Fuzz, and print a line for each target."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--folder", type=Path, default=ROOT / "var" / "fuzz", help="corpora and logs")
    parser.add_argument("targets", nargs="*", help=f"these alone: {PARSERS}, or some of {', '.join(TARGETS)}")
    wanted = parser.parse_args()
    alone = [name for name in wanted.targets if name != PARSERS]
    shares = {} if wanted.targets else PROPERTIES
    seconds = wanted.minutes * 60
    runs = fuzz_parsers(seconds * (1 - sum(shares.values())), alone, wanted.folder)
    executions, found = sum(run.executions for run in runs), sum(len(run.findings) for run in runs)
    print(
        f"parsers: {executions:,} executions, {found} findings; corpora and logs: {wanted.folder}", flush=True
    )
    failed = [
        name for name, share in shares.items() if not _property_holds(name, seconds * share, wanted.folder)
    ]
    return 1 if found or failed else 0


def _property_holds(name: str, seconds: float, folder: Path) -> bool:
    """Try the property for so long, and say what was done."""
    log = folder / f"{name.rpartition('/')[2].replace('::', '-')}.log"
    command = (sys.executable, "-m", "pytest", "-q", "-s", "-m", "slow or not slow", name)
    with log.open("wb") as output:
        done = subprocess.run(
            [*command, "--fuzz-seconds", str(seconds)], cwd=ROOT, stdout=output, stderr=output, check=False
        )
    said = [line for line in log.read_text("utf-8", "replace").splitlines() if line.startswith("FUZZED")]
    print(
        *said, *([] if done.returncode == 0 else [f"FINDING {name}: {log} says more"]), sep="\n", flush=True
    )
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
