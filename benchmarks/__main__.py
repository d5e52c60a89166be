"""`make bench`: Cabinet beside a blank Reflex app, in ratios."""

import argparse
import json
import signal
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

from playwright.sync_api import Browser

from benchmarks.apps import CLIENTS, App, both
from benchmarks.browser import Visit, browser, first_visit, reloads
from benchmarks.report import Row, machine, middle, summary, table
from cabinet.launcher.console import CannotStart, say
from cabinet.settings import ROOT
from cabinet.ui import routes

_ALL_SECONDS = 350
_ROUNDS = 3
_FONTS = "fonts of the cabinet (no aim)"


def main() -> None:
    """Start both, measure in turns, print, stop both."""
    wanted = _arguments()
    _end_in_time()
    place = tempfile.TemporaryDirectory(prefix="cabinet-bench-", ignore_cleanup_errors=True)
    with place as folder, both(Path(folder)) as (blank, ours):
        with browser() as chromium:
            visits = _visit(chromium, blank, ours)
            times = _reload(chromium, blank, ours, wanted.runs)
        events = _press(blank, ours, wanted.seconds)
    rows = [*_weight_rows(visits), *_time_rows(times), *_event_rows(events)]
    _say_all(rows, visits)
    if wanted.json:
        wanted.json.write_text(json.dumps(_facts(rows, visits, times, events), indent=2, ensure_ascii=False))


def _visit(chromium: Browser, blank: App, ours: App) -> dict[str, Visit]:
    say("First visits…")
    guest = replace(ours, cookies=[])
    return {
        "blank": first_visit(chromium, blank, "/", blank.shown),
        "login": first_visit(chromium, guest, routes.SIGN_IN),
        "cabinet": first_visit(chromium, ours, routes.CABINET, ours.shown),
    }


def _reload(chromium: Browser, blank: App, ours: App, runs: int) -> list[list[float]]:
    say(f"{runs} reloads of each, in turns…")
    return reloads(chromium, [(blank, "/"), (ours, routes.CABINET)], runs)


def _press(blank: App, ours: App, seconds: float) -> list[dict[str, float]]:
    say(f"{CLIENTS} clients sending events, {_ROUNDS} rounds of {seconds:.0f} s each, in turns…")
    rounds = [[_load(app, seconds) for app in (blank, ours)] for _ in range(_ROUNDS)]
    return [middle(of_app) for of_app in zip(*rounds, strict=True)]


def _load(app: App, seconds: float) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.load", app.url, app.event, str(seconds), *app.cookies]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, timeout=seconds + 60, check=True)
    return json.loads(done.stdout)


def _weight_rows(visits: dict[str, Visit]) -> list[Row]:
    blank = visits["blank"].weight
    pages = [(routes.SIGN_IN, visits["login"]), (routes.CABINET, visits["cabinet"])]
    return [Row(f"script and style, {path}", "bytes", blank, visit.weight, 1.15) for path, visit in pages]


def _time_rows(times: list[list[float]]) -> list[Row]:
    blank, ours = map(summary, times)
    return [
        Row("reload to the debt, median", "ms", blank["p50"], ours["p50"], 1.3),
        Row("reload to the debt, p95", "ms", blank["p95"], ours["p95"]),
    ]


def _event_rows(events: list[dict[str, float]]) -> list[Row]:
    blank, ours = events
    rate = "events_per_second"
    return [
        Row("events with the gate on", "a second", blank[rate], ours[rate], 0.7, at_least=True),
        Row("an event, median", "ms", blank["p50"], ours["p50"]),
        Row("an event, p95", "ms", blank["p95"], ours["p95"]),
    ]


def _say_all(rows: list[Row], visits: dict[str, Visit]) -> None:
    say("\n" + " · ".join(f"{name} {value}" for name, value in machine().items()) + "\n")
    say(table(rows))
    fonts = [one for one in visits["cabinet"].transfers if one.kind == "font"]
    say(f"\n{_FONTS}: {', '.join(f'{one.path} {one.total:,}' for one in fonts) or 'none'}")


def _facts(
    rows: list[Row], visits: dict[str, Visit], times: list[list[float]], events: list[dict[str, float]]
) -> dict[str, Any]:
    return {
        "machine": machine(),
        "rows": [row.facts() for row in rows],
        "visits": {name: visit.facts() for name, visit in visits.items()},
        "reloads_ms": dict(zip(("blank", "cabinet"), times, strict=True)),
        "events": dict(zip(("blank", "cabinet"), events, strict=True)),
    }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures and the files here, too")
    parser.add_argument("--runs", type=int, default=15, help="reloads of each app")
    parser.add_argument("--seconds", type=float, default=5, help="of load in each round")
    return parser.parse_args()


def _end_in_time() -> None:
    """End in order, stopping what was started, on a request to stop and after six minutes at the latest."""

    def stop(number: int, _frame: object) -> NoReturn:
        raise SystemExit("The comparison took too long." if number == signal.SIGALRM else 128 + number)

    for wanted in (signal.SIGTERM, signal.SIGHUP, signal.SIGALRM):
        signal.signal(wanted, stop)
    signal.alarm(_ALL_SECONDS)


if __name__ == "__main__":
    try:
        if sys.argv[1:2] == ["money"]:
            from benchmarks import money

            money.main(sys.argv[2:])
        elif sys.argv[1:2] == ["history"]:
            from benchmarks import history

            history.main(sys.argv[2:])
        elif sys.argv[1:2] == ["growth"]:
            from benchmarks import growth

            growth.main(sys.argv[2:])
        elif sys.argv[1:2] == ["registries"]:
            from benchmarks import registries

            registries.main(sys.argv[2:])
        elif sys.argv[1:2] == ["lighthouse"]:
            from benchmarks import lighthouse

            lighthouse.main(sys.argv[2:])
        elif sys.argv[1:2] == ["cluster"]:
            from benchmarks import cluster

            cluster.main(sys.argv[2:])
        else:
            main()
    except CannotStart as problem:
        sys.exit(str(problem))
