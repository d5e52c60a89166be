"""Whether a known weakness is in what we are made of: `python -m cabinet.launcher.audit`, a part of `make check`.

Asks pip-audit about the pinned Python packages and npm about the locked ones. A source of advisories that
cannot be reached, or that knows none of the packages, is no good news: it is said that nothing was audited.
What was looked at and may stay a while stands in pyproject.toml, with the reason and the last day.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from cabinet.launcher.console import say
from cabinet.launcher.node import prepare_reflex
from cabinet.settings import ROOT

_REQUIREMENTS = ("requirements.txt", "requirements-dev.txt")
_LOCK = ROOT / "reflex.lock"
_PATIENCE_SECONDS = 180
_SPEAKS_NO_JSON: dict[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Weakness:
    """A known weakness of a package that we use."""

    package: str
    names: frozenset[str]
    """Its numbers: one weakness is known under several."""
    advice: str

    def __str__(self) -> str:
        return f"{self.package}: {', '.join(sorted(self.names))}. {self.advice}"


@dataclass(slots=True)
class Audit:
    """What one source said."""

    of: str
    looked_up: int = 0
    unknown: list[str] = field(default_factory=list[str])
    """Packages that the source has not heard of."""
    found: list[Weakness] = field(default_factory=list[Weakness])

    @property
    def is_done(self) -> bool:
        """Whether every package was looked up."""
        return self.looked_up > 0 and not self.unknown


def audit_python(osv_url: str = "") -> Audit:
    """Ask about the pinned Python packages: the index, or if it keeps no advisories, the database of OSV."""
    ways = [["-s", "osv", "--osv-url", osv_url]] if osv_url else [["-s", "pypi"], ["-s", "osv"]]
    audit = Audit("Python")
    for way in ways:
        audit = _read_python(_answer([sys.executable, "-m", "pip_audit", *_options(), *way], ROOT))
        if audit.is_done or audit.found:
            break
    return audit


def audit_npm(registry: str = "") -> Audit:
    """Ask about the npm packages that the pages are built with."""
    prepare_reflex()
    with tempfile.TemporaryDirectory() as folder:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(_LOCK / name, folder)
        where = ["--registry", registry] if registry else []
        command = ["npm", "audit", "--package-lock-only", "--json", "--fetch-retries=0", *where]
        return _read_npm(_answer(command, Path(folder)))


def accepted(today: date) -> frozenset[str]:
    """The numbers of the weaknesses that may stay today."""
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]
    entries: list[dict[str, Any]] = tools.get("cabinet", {}).get("accepted_weaknesses", [])
    return frozenset(str(one["id"]) for one in entries if one["why"] and one["until"] >= today)


def report(audits: Sequence[Audit], may_stay: frozenset[str], *, strict: bool) -> int:
    """Say what came of it; the exit code: 1 for a weakness, and for an audit that was not made if it must be."""
    bad = [one for audit in audits for one in audit.found if not one.names & may_stay]
    for audit in audits:
        say(_sentence(audit))
    for one in bad:
        say(f"  {one}")
    return int(bool(bad) or (strict and not all(audit.is_done for audit in audits)))


def main(
    strict: Annotated[bool, typer.Option(help="Fail when something could not be looked up.")] = False,
    osv_url: Annotated[str, typer.Option(help="Another database that answers as OSV does.")] = "",
    registry: Annotated[str, typer.Option(help="Another npm registry that keeps advisories.")] = "",
) -> None:
    """Look for known weaknesses in the packages that are pinned."""
    today = datetime.now(UTC).date()
    audits = [audit_python(osv_url), audit_npm(registry)]
    raise typer.Exit(report(audits, accepted(today), strict=strict))


def _sentence(audit: Audit) -> str:
    if not audit.looked_up:
        return f"{audit.of} packages: NOT AUDITED, no source of advisories could be reached."
    known = f"{len(audit.found)} known weaknesses" if audit.found else "no known weakness"
    said = f"{audit.of} packages: {audit.looked_up} looked up, {known}."
    return f"{said} NOT AUDITED: {', '.join(audit.unknown)}." if audit.unknown else said


def _options() -> list[str]:
    files = [part for name in _REQUIREMENTS for part in ("-r", name)]
    return ["--format", "json", "--progress-spinner", "off", "--no-deps", "--disable-pip", *files]


def _answer(command: list[str], folder: Path) -> dict[str, Any]:
    """What the tool said in JSON; nothing when it could not do its work."""
    try:
        ran = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=_PATIENCE_SECONDS, env=os.environ
        )
        answer = json.loads(ran.stdout)
    except (OSError, subprocess.TimeoutExpired, ValueError):
        return _SPEAKS_NO_JSON
    return answer if isinstance(answer, dict) else _SPEAKS_NO_JSON


def _read_python(answer: dict[str, Any]) -> Audit:
    audit = Audit("Python")
    for one in answer.get("dependencies", []):
        if "skip_reason" in one:
            audit.unknown.append(one["name"])
            continue
        audit.looked_up += 1
        for known in one["vulns"]:
            fixed = ", ".join(known.get("fix_versions", [])) or "nothing yet"
            names = frozenset([known["id"], *known.get("aliases", [])])
            audit.found.append(Weakness(f"{one['name']} {one['version']}", names, f"Fixed in: {fixed}."))
    return audit


def _read_npm(answer: dict[str, Any]) -> Audit:
    """What npm says of each package: advisories of its own, or the names of packages that it brings."""
    audit = Audit("npm")
    if "auditReportVersion" not in answer:
        return audit
    audit.looked_up = int(answer["metadata"]["dependencies"]["total"])
    for name, one in answer["vulnerabilities"].items():
        for via in one["via"]:
            if isinstance(via, dict):
                number = str(via["url"]).rpartition("/")[2]
                advice = f"{via['severity']}, in {via['range']}: {via['title']}."
                audit.found.append(Weakness(name, frozenset([number]), advice))
    return audit


if __name__ == "__main__":
    typer.run(main)
