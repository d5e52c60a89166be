"""`python -m benchmarks lighthouse`: Lighthouse with its phone settings on the front page, sign-in and a resident's cabinet."""

import argparse
import json
import os
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import Any, NoReturn

from benchmarks.apps import App, ours
from benchmarks.report import machine
from cabinet.launcher.chromium import chromium_path
from cabinet.launcher.console import CannotStart, say
from cabinet.launcher.node import prepare_reflex
from cabinet.ui import routes

_VERSION = "13.5.0"
_AIM = 95
_FLAGS = "--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage"
_PAGES = (routes.FRONT, routes.SIGN_IN, routes.CABINET)
_CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
_TIMES = {
    "first-contentful-paint": "first picture",
    "largest-contentful-paint": "largest part",
    "total-blocking-time": "blocked",
    "cumulative-layout-shift": "shift",
}
_PATIENCE_SECONDS = 180


def main(arguments: list[str]) -> None:
    """Start Cabinet, look at each page `--runs` times, print the medians."""
    wanted = _arguments(arguments)
    _stop_in_order()
    prepare_reflex()
    place = tempfile.TemporaryDirectory(prefix="cabinet-lighthouse-", ignore_cleanup_errors=True)
    with place as folder, ours(Path(folder) / "cabinet") as app:
        seen = {path: _look(app, path, wanted.runs, Path(folder)) for path in _PAGES}
    say("\n" + " · ".join(f"{name} {value}" for name, value in machine().items()) + "\n")
    for path, reports in seen.items():
        say(_line(path, reports))
    for path, reports in seen.items():
        say(_said(path, reports[-1]))


def _look(app: App, path: str, runs: int, folder: Path) -> list[dict[str, Any]]:
    say(f"{path}: {runs} looks…")
    return [_run(app, path, folder / "report.json") for _ in range(runs)]


def _run(app: App, path: str, report: Path) -> dict[str, Any]:
    """One report. Only the cabinet is looked at as its resident: the others are for guests."""
    cookie = {"Cookie": app.cookies[0]} if path == routes.CABINET else {}
    npx = shutil.which("npx")
    if npx is None:
        raise CannotStart("npx was not found: it comes with Node, which `make run` installs.")
    command = [npx, "--yes", f"lighthouse@{_VERSION}", app.url + path, "--quiet"]
    options = {
        "output": "json",
        "output-path": str(report),
        "chrome-flags": _FLAGS,
        "extra-headers": json.dumps(cookie),
        "only-categories": ",".join(_CATEGORIES),
    }
    whole = [*command, *(f"--{name}={value}" for name, value in options.items())]
    try:
        _wait_for(whole, path)
    except CannotStart:  # A busy machine loses a trace now and then.
        _wait_for(whole, path)
    return json.loads(report.read_text("utf-8"))


def _wait_for(command: list[str], path: str) -> None:
    """Run it in a group of its own. Its browser stands in another: only Lighthouse, asked to stop, ends that."""
    env = {**os.environ, "CHROME_PATH": chromium_path()}
    process = subprocess.Popen(
        command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )
    try:
        said, _ = process.communicate(timeout=_PATIENCE_SECONDS)
    finally:
        _end(process)
    if process.returncode:
        raise CannotStart(f"Lighthouse could not look at {path} (npm needs the network once):\n{said}")


def _end(process: "subprocess.Popen[str]") -> None:
    for request in (signal.SIGINT, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, request)
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)


def _stop_in_order() -> None:
    """On a request to stop, stop what was started, too."""

    def stop(number: int, _frame: object) -> NoReturn:
        raise SystemExit(128 + number)

    for wanted in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(wanted, stop)


def _line(path: str, reports: list[dict[str, Any]]) -> str:
    scores = {
        name: median(round(100 * one["categories"][name]["score"]) for one in reports) for name in _CATEGORIES
    }
    verdict = "met" if min(scores.values()) >= _AIM else "missed"
    said = " · ".join(f"{name} {score:.0f}" for name, score in scores.items())
    times = " · ".join(
        f"{word} {_middle(reports, name):,.0f}" for name, word in _TIMES.items() if "shift" not in name
    )
    return f"{path}: {said} · {verdict} (aim {_AIM})\n  ms: {times} · shift {_middle(reports, 'cumulative-layout-shift'):.3f}"


def _middle(reports: list[dict[str, Any]], audit: str) -> float:
    return median(one["audits"][audit]["numericValue"] for one in reports)


def _said(path: str, report: dict[str, Any]) -> str:
    """What the last report complains about and counts."""
    weighed = [
        part for name in _CATEGORIES for part in report["categories"][name]["auditRefs"] if part["weight"]
    ]
    failed = [report["audits"][part["id"]] for part in weighed]
    said = [
        f"  {one['id']}: {one.get('displayValue', one['title'])}"
        for one in failed
        if (one["score"] or 1) < 0.9
    ]
    said += [f"  {one['id']}: {one['title']}" for one in failed if one["score"] == 0]
    return "\n".join([f"{path}, what is left:", *(said or ["  nothing"])])


def _arguments(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks lighthouse", description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="looks at each page; the median counts")
    return parser.parse_args(arguments)
