"""Runs the coverage-guided targets one after another and says what became of each."""

import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cabinet.settings import ROOT
from tests.fuzz.targets import TARGETS

WEIGHTS = {"registries": 4, "layouts": 4, "workbooks": 2, "values": 2, "codes": 2}
"""Of the time; the others get one part."""
MOST_MEMORY_MB = 1024
MOST_GROWTH_MB = 256
"""From the end of the first look at the corpus to the end of the run: corpus and caches grow a little."""
_HANG_SECONDS = 60
_ROUND_SECONDS = 600
"""So that each target has had its turn soon."""
_LINE = re.compile(r"^#(\d+)\s+\w+ +cov: (\d+) .*rss: (\d+)Mb", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Run:
    """What a target did in its time."""

    target: str
    executions: int
    branches: int
    findings: tuple[str, ...]
    rss_before_mb: int
    rss_after_mb: int

    def __str__(self) -> str:
        """One line of the table."""
        return (
            f"{self.target:<12}{self.executions:>12,} executions {self.branches:>7,} branches "
            f"{self.rss_before_mb:>6} → {self.rss_after_mb} MB {len(self.findings):>3} findings"
        )


def fuzz_parsers(seconds: float, wanted: Iterable[str], folder: Path) -> list[Run]:
    """Give each target its part of the time, in rounds; corpora live in the folder from round to round."""
    names = list(wanted) or list(TARGETS)
    parts = {name: WEIGHTS.get(name, 1) for name in names}
    rounds = max(1, round(seconds / _ROUND_SECONDS))
    shares = {name: seconds / rounds * parts[name] / sum(parts.values()) for name in names}
    return [_fuzz(name, shares[name], folder) for _number in range(rounds) for name in names]


def _fuzz(name: str, seconds: float, folder: Path) -> Run:
    corpus, lost = folder / "corpus" / name, folder / "lost" / name
    for path in (corpus, lost):
        path.mkdir(parents=True, exist_ok=True)
    for seed, data in TARGETS[name].seeds().items():
        (corpus / seed.replace("/", "_")).write_bytes(data)
    limits = (
        f"-max_total_time={max(1, round(seconds))}",
        f"-timeout={_HANG_SECONDS}",
        f"-rss_limit_mb={MOST_MEMORY_MB}",
    )
    command = (sys.executable, "-m", "tests.fuzz.guided", name, *limits, f"-artifact_prefix={lost}/", corpus)
    log = folder / f"{name}.log"
    with log.open("wb") as output:
        done = subprocess.run(command, cwd=ROOT, stdout=output, stderr=output, check=False)
    run = _run_of(name, log.read_text("utf-8", "replace"), done.returncode)
    print(run, *run.findings, sep="\n  ", flush=True)
    return run


def _run_of(name: str, said: str, status: int) -> Run:
    lines = [(int(executed), int(seen), int(rss)) for executed, seen, rss in _LINE.findall(said)]
    findings = re.findall(r"^FINDING .*", said, re.MULTILINE)
    if status:
        findings.append(f"ended with {status}: " + " ".join(re.findall(r"^SUMMARY: .*", said, re.MULTILINE)))
    if not lines:
        return Run(name, 0, 0, tuple(findings or ["did not start"]), 0, 0)
    first, last = lines[0], lines[-1]
    if last[2] - first[2] > MOST_GROWTH_MB:
        findings.append(f"memory grew from {first[2]} to {last[2]} MB")
    return Run(name, last[0], last[1], tuple(findings), first[2], last[2])
