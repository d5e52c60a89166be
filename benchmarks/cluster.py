"""`make bench-cluster`: the cluster at work beside a blank app in the same topology, in the same run, in turns.

Two web processes, Redis and the proxy for each; Cabinet has PostgreSQL, a worker of jobs and the sandbox besides.
"""

import argparse
import json
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import psutil
from redis import Redis

from benchmarks.apps import (
    CLIENTS,
    OUR_EVENT,
    App,
    Started,
    blank_app,
    build_blank,
    module,
    refuse_other_databases,
    started,
    surroundings,
)
from benchmarks.browser import browser, first_visit
from benchmarks.crowd import Wanted
from benchmarks.report import Row, machine, middle, table
from cabinet.kit.money import format_amount
from cabinet.launcher.console import CannotStart, say
from cabinet.launcher.node import prepare_reflex
from cabinet.settings import PREFIX, ROOT
from cabinet.ui import routes

_START_SECONDS = 400
_OWED_MINOR = 150_000
_PRESENT_BEFORE = 100
"""So many are there before the memory is looked at: what the first ones cost is not what one more costs."""

Figures = dict[str, float]


@dataclass(frozen=True)
class Side:
    """One of the two: how to reach it, who lives there, and where it says what runs."""

    app: App
    folder: Path
    people: list[dict[str, str]]

    @property
    def settings(self) -> dict[str, str]:
        """What its processes were started with."""
        return json.loads((self.folder / "settings.json").read_text())

    def memory(self) -> Figures:
        """Bytes that the web processes take, and what Redis keeps (the buffers of its connections come and go)."""
        running = json.loads((self.folder / "processes.json").read_text())
        web = [facts["pid"] for name, facts in running.items() if name.startswith("web")]
        redis: Any = Redis.from_url(self.settings[f"{PREFIX}REDIS_URL"])
        return {
            "web": float(sum(map(_tree, web))),
            "redis": float(redis.info("memory")["used_memory_dataset"]),
        }


def main(argv: list[str]) -> None:
    """Start both, measure in turns, print, stop both."""
    wanted = _arguments(argv)
    refuse_other_databases()
    prepare_reflex()
    before, rows = machine(), list[Row]()
    place = tempfile.TemporaryDirectory(prefix="cabinet-bench-", ignore_cleanup_errors=True)
    with place as folder, _sides(Path(folder), wanted.idle) as (blank, ours):
        for name, part in _PARTS.items():
            if name in wanted.only:
                rows += part(blank, ours, wanted)
                _tell(before, rows, wanted.json)


@contextmanager
def _sides(folder: Path, people: int) -> Generator[tuple[Side, Side]]:
    with ExitStack() as stack:
        env = build_blank(folder / "blank")
        theirs = stack.enter_context(started(module("benchmarks.blank_cluster"), folder / "blank", env))
        blank = Side(blank_app(theirs), folder / "blank" / "data" / "cluster", [])
        say("Starting the cluster…")
        command, env = module("cabinet", "cluster"), surroundings(folder / "cabinet")
        ours = stack.enter_context(started(command, ROOT, env))
        ours.wait_until_ready(_START_SECONDS)
        yield blank, _inhabited(ours, folder / "cabinet" / "cluster", people)


def _inhabited(process: Started, folder: Path, count: int) -> Side:
    say(f"{count} residents move in…")
    settings = json.loads((folder / "settings.json").read_text())
    done = subprocess.run(
        module("tests.town.neighbours", str(count)),
        cwd=ROOT,
        env=process.env | settings,
        stdout=subprocess.PIPE,
        timeout=300,
        check=True,
    )
    people = json.loads(done.stdout.splitlines()[-1])
    cookies = [one["cookie"] for one in people[:CLIENTS]]
    return Side(App("cabinet", process.url, cookies, format_amount(_OWED_MINOR), OUR_EVENT), folder, people)


def _weigh(blank: Side, ours: Side, _wanted: argparse.Namespace) -> list[Row]:
    say("First visits through the proxy…")
    guest = replace(ours.app, cookies=[])
    with browser() as chromium:
        base = first_visit(chromium, blank.app, "/", blank.app.shown).weight
        login = first_visit(chromium, guest, routes.SIGN_IN).weight
        cabinet = first_visit(chromium, ours.app, routes.CABINET, ours.app.shown).weight
    pages = [(routes.SIGN_IN, login), (routes.CABINET, cabinet)]
    return [Row(f"script and style, {path}", "bytes", base, weight, 1.15) for path, weight in pages]


def _sit(blank: Side, ours: Side, wanted: argparse.Namespace) -> list[Row]:
    count: int = wanted.idle
    say(f"{count} residents at an open page, after {_PRESENT_BEFORE} others…")
    theirs, mine = (_cost_of_one(side, path, count) for side, path in ((blank, "/"), (ours, routes.CABINET)))
    return [
        Row("memory of an idle resident", "bytes", sum(theirs.values()), sum(mine.values()), 1.5),
        Row("  of that in the web processes", "bytes", theirs["web"], mine["web"]),
        Row("  of that in Redis", "bytes", theirs["redis"], mine["redis"]),
    ]


def _cost_of_one(side: Side, path: str, count: int) -> Figures:
    with _resting(side, path, _PRESENT_BEFORE):
        before = side.memory()
        with _resting(side, path, count):
            after = side.memory()
    return {name: (after[name] - before[name]) / count for name in before}


@contextmanager
def _resting(side: Side, path: str, count: int) -> Generator[None]:
    wanted = Wanted(side.app.url, "rest", count, path=path, people=side.people)
    crowd = subprocess.Popen(
        module("benchmarks.crowd"), cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert crowd.stdin
    assert crowd.stdout
    try:
        crowd.stdin.write(json.dumps(asdict(wanted)) + "\n")
        crowd.stdin.flush()
        if json.loads(crowd.stdout.readline() or "{}").get("open") != count:
            raise CannotStart("Not everybody could open the page.")
        yield
        said, _ = crowd.communicate("\n", timeout=60)
        if json.loads(said)["cut_off"]:
            raise CannotStart(f"Idle residents were cut off: {said}")
    finally:
        crowd.kill()
        crowd.wait()


def _compare(blank: Side, ours: Side, wanted: argparse.Namespace) -> list[Row]:
    rounds: list[list[dict[str, Figures]]] = []
    for _ in range(wanted.rounds):
        say(f"A round of {wanted.seconds:.0f} s for each, {CLIENTS} clients: events, arrivals, pages opened…")
        rounds.append([_measure(side, wanted.seconds) for side in (blank, ours)])
        say(table(_event_rows(rounds[-1:])))
    return _event_rows(rounds)


def _measure(side: Side, seconds: float) -> dict[str, Figures]:
    paths = {"front": routes.FRONT, "login": routes.SIGN_IN} if side.people else {"front": "/", "login": "/"}
    opened = routes.CABINET if side.people else "/"
    acts = {name: Wanted(side.app.url, "arrive", CLIENTS, seconds, path) for name, path in paths.items()}
    acts["open"] = Wanted(side.app.url, "open", CLIENTS, seconds, opened, side.people)
    return {"events": _press(side.app, seconds)} | {name: _crowd(act) for name, act in acts.items()}


def _press(app: App, seconds: float) -> Figures:
    command = module("benchmarks.load", app.url, app.event, str(seconds), *app.cookies)
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, timeout=seconds + 60, check=True)
    figures = json.loads(done.stdout)
    return {"per_second": figures["events_per_second"], "p50": figures["p50"], "p95": figures["p95"]}


def _crowd(wanted: Wanted) -> Figures:
    done = subprocess.run(
        module("benchmarks.crowd"),
        cwd=ROOT,
        input=json.dumps(asdict(wanted)).encode() + b"\n",
        stdout=subprocess.PIPE,
        timeout=wanted.seconds + 120,
        check=True,
    )
    figures = json.loads(done.stdout.splitlines()[-1])
    if said := figures.pop("said"):
        say(f"  {wanted.act} {wanted.path}: {figures['failed']} failed: {said}")
    return figures


def _work(_blank: Side, ours: Side, wanted: argparse.Namespace) -> list[Row]:
    """What a blank app has nothing to set beside: readings and payments."""
    database = ours.settings[f"{PREFIX}DATABASE_URL"]
    read: list[Figures] = []
    paid: list[Figures] = []
    first = 1
    for _ in range(wanted.rounds):
        say(f"A round of {wanted.seconds:.0f} s, {CLIENTS} clients: readings, payments…")
        doing = Wanted(ours.app.url, "read", CLIENTS, wanted.seconds, people=ours.people, first_reading=first)
        read.append(_crowd(doing))
        first += int(read[-1]["acts"] + read[-1]["failed"]) + CLIENTS
        paid.append(_crowd(replace(doing, act="pay", database_url=database)))
        say(table(_work_rows(read[-1:], paid[-1:])))
    return _work_rows(read, paid)


def _work_rows(read: list[Figures], paid: list[Figures]) -> list[Row]:
    rows: list[Row] = []
    for name, rounds in (("readings sent", read), ("payments settled", paid)):
        one = middle(rounds)
        rows.append(Row(name, "a second", None, one["per_second"]))
        rows += [Row(f"  {which}", "ms", None, one[which]) for which in ("p50", "p95")]
        rows += [
            Row(f"  {which}", "in all", None, sum(each[which] for each in rounds))
            for which in ("acts", "failed")
        ]
    return rows


_NAMES = {
    "events": "events with the gate on",
    "front": "arriving at the front page",
    "login": "arriving at the sign-in page",
    "open": "opening the cabinet",
}


def _event_rows(rounds: list[list[dict[str, Figures]]]) -> list[Row]:
    rows: list[Row] = []
    for act, name in _NAMES.items():
        blank, ours = (middle([one[side][act] for one in rounds]) for side in (0, 1))
        aim = 0.7 if act == "events" else 0
        rows.append(Row(name, "a second", blank["per_second"], ours["per_second"], aim, at_least=True))
        rows += [Row(f"  {which}", "ms", blank[which], ours[which]) for which in ("p50", "p95")]
    return rows


_PARTS = {"weight": _weigh, "idle": _sit, "events": _compare, "work": _work}


def _tell(before: dict[str, Any], rows: list[Row], path: Path | None) -> None:
    """All figures so far: who ends it now loses none."""
    say("\n" + " · ".join(f"{name} {value}" for name, value in before.items()) + "\n")
    say(table(rows) + "\n")
    if path:
        facts = {"machine": before, "rows": [row.facts() for row in rows]}
        path.write_text(json.dumps(facts, indent=2, ensure_ascii=False))


def _tree(pid: int) -> int:
    """Resident bytes of a process and of those that it started."""
    process = psutil.Process(pid)
    return sum(one.memory_info().rss for one in (process, *process.children(recursive=True)))


def _arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks cluster", description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures here, too")
    parser.add_argument("--rounds", type=int, default=3, help="of everything, in turns")
    parser.add_argument("--seconds", type=float, default=5, help="of each act in a round")
    parser.add_argument("--idle", type=int, default=300, help="residents at an open page")
    parser.add_argument("--only", default=list(_PARTS), type=_parts, help=f"of {','.join(_PARTS)}")
    return parser.parse_args(argv)


def _parts(text: str) -> list[str]:
    """The names in `text`, between commas. Raises ValueError."""
    names = text.split(",")
    if not _PARTS.keys() >= set(names):
        raise ValueError(text)
    return names
