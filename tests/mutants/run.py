"""`make mutants`: is there a test for every guard? Each patch breaks one in a copy; its tests must fail.

A patch begins with what it breaks and with a line `Tests:` of arguments for pytest, chosen to be quick.
"""

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
COPIED = ("cabinet", "alembic", "tests", "assets", "alembic.ini", "pyproject.toml", "rxconfig.py")
TIMEOUT_SECONDS = 600
_FAILED, _PASSED = 1, 0


@dataclass(frozen=True)
class Mutant:
    """One broken guard."""

    name: str
    what: str
    tests: tuple[str, ...]
    patch: Path


@dataclass(frozen=True)
class Verdict:
    """What the tests said about it."""

    mutant: Mutant
    outcome: str
    by: str
    seconds: float

    @property
    def killed(self) -> bool:
        return self.outcome == "killed"


def read_mutants(chosen: Iterable[str]) -> list[Mutant]:
    """The patches whose names contain one of these words; all when there are none."""
    words = list(chosen)
    found: list[Mutant] = []
    for patch in sorted(HERE.glob("*.patch")):
        if words and not any(word in patch.stem for word in words):
            continue
        what, tests = patch.read_text().splitlines()[:2]
        found.append(Mutant(patch.stem, what, tuple(shlex.split(tests.removeprefix("Tests:"))), patch))
    return found


def copy_tree(folder: Path) -> Path:
    """A copy of what the tests need; the tree itself is never touched."""
    tree = folder / "tree"
    tree.mkdir()
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tree / name, ignore=shutil.ignore_patterns("__pycache__", "*.patch"))
        elif source.exists():
            shutil.copy(source, tree / name)
    return tree


def run_tests(tree: Path, tests: Iterable[str]) -> tuple[int, str]:
    """The exit code of pytest, and the first test that failed."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
    command += [f"--basetemp={tree.parent / 'temporary'}", *tests]
    environment = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            command, cwd=tree, env=environment, capture_output=True, text=True, timeout=TIMEOUT_SECONDS
        )
    except subprocess.TimeoutExpired:
        return _FAILED, "time is up"
    first = re.search(r"^(?:FAILED|ERROR) \S*?([^/\s]+\.py\S*)", done.stdout, re.MULTILINE)
    return done.returncode, first[1] if first else done.stdout[-300:]


def apply(patch: Path, tree: Path) -> bool:
    """Break the copy; lines may have moved."""
    command = ["git", "apply", "-C1", str(patch)]
    return subprocess.run(command, cwd=tree, capture_output=True).returncode == 0


def judge(mutant: Mutant) -> Verdict:
    """Break a fresh copy and run the tests that must notice."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="cabinet-mutant-") as folder:
        tree = copy_tree(Path(folder))
        if not apply(mutant.patch, tree):
            return Verdict(mutant, "patch does not apply", "", 0)
        code, by = run_tests(tree, mutant.tests)
    outcome = {_FAILED: "killed", _PASSED: "SURVIVED"}.get(code, f"pytest ended with {code}")
    return Verdict(mutant, outcome, by if code else "", time.monotonic() - began)


def sound(mutants: list[Mutant]) -> str:
    """The first test that fails without any mutant; empty when the suite is sound."""
    files = sorted({word for mutant in mutants for word in mutant.tests if word.startswith("tests/")})
    with tempfile.TemporaryDirectory(prefix="cabinet-mutant-") as folder:
        code, by = run_tests(copy_tree(Path(folder)), files)
    return by if code else ""


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    """Judge all or the named mutants; exit 1 when one survives."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants.run", description=__doc__)
    parser.add_argument("names", nargs="*", help="parts of names; all mutants when there are none")
    parser.add_argument("--jobs", type=int, default=2, help="how many at a time")
    wanted = parser.parse_args()
    mutants = read_mutants(wanted.names)
    if problem := sound(mutants):
        sys.exit(f"The tests fail without any mutant: {problem}")
    width = max(len(mutant.name) for mutant in mutants)
    with ThreadPoolExecutor(wanted.jobs) as pool:
        verdicts: list[Verdict] = []
        for verdict in pool.map(judge, mutants):
            verdicts.append(verdict)
            say(
                f"{verdict.mutant.name:<{width}}  {verdict.outcome:<10} {verdict.seconds:5.0f} s  {verdict.by}"
            )
    left = [verdict for verdict in verdicts if not verdict.killed]
    say(f"\n{len(verdicts) - len(left)} of {len(verdicts)} mutants killed.")
    for verdict in left:
        say(f"{verdict.outcome}: {verdict.mutant.name}: {verdict.mutant.what}")
    sys.exit(1 if left else 0)


if __name__ == "__main__":
    main()
