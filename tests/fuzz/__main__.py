"""`make fuzz`: everything that takes input from outside, for so many minutes. Ends with 1 if anything was found."""

import argparse
import sys
from pathlib import Path

from cabinet.settings import ROOT
from tests.fuzz.parsers import fuzz_parsers


def main() -> int:
    """Fuzz, and print a line for each target."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--folder", type=Path, default=ROOT / "var" / "fuzz", help="corpora and logs")
    parser.add_argument("targets", nargs="*", help="these parsers only")
    wanted = parser.parse_args()
    runs = fuzz_parsers(wanted.minutes * 60, wanted.targets, wanted.folder)
    executions, found = sum(run.executions for run in runs), sum(len(run.findings) for run in runs)
    print(f"{executions:,} executions, {found} findings; corpora and logs: {wanted.folder}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
