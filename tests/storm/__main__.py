"""`make storm`: residents at work while everything that can break is broken, in a loop; then the books are examined.

Not part of `make test`: it lasts half an hour. `python -m tests.storm --minutes 5` is a short one.
"""

import argparse
import asyncio
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import async_playwright

from cabinet.launcher.chromium import chromium_path
from cabinet.launcher.console import say
from tests.storm import harm
from tests.storm.backups import Backups
from tests.storm.clock import Clock
from tests.storm.cluster import Cluster
from tests.storm.proof import Books, Findings
from tests.storm.resident import Actor, Told
from tests.storm.screen import Screen
from tests.town.neighbours import Neighbour
from tests.town.ports import ports_for_a_cluster

_SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
_BETWEEN_SECONDS = (8, 15)
_SETTLING_SECONDS = 900
_DISK_MIB = 1200
_HOMES = 10
"""Residents for each client."""

Harms = dict[str, Callable[[Cluster], None]]


class Storm:
    """One run of it."""

    def __init__(
        self,
        cluster: Cluster,
        harms: Harms,
        backups: Backups,
        clock: Clock | None,
        wanted: argparse.Namespace,
    ) -> None:
        self._cluster, self._harms, self._backups, self._clock = cluster, harms, backups, clock
        self._seconds, self._count = wanted.minutes * 60, wanted.clients
        self._picture = wanted.log.with_suffix(".png")
        self._chromium = chromium_path()  # Playwright looks for it, which it does outside a loop only
        self.done: Counter[str] = Counter()
        self.ready_after: dict[str, float] = {}

    async def blow(self) -> bool:
        """Let it happen; whether everything held."""
        people = self._move_in()
        *homes, watched = people
        actors = [Actor(self._cluster.url, homes[number :: self._count]) for number in range(self._count)]
        calm = asyncio.Event()
        tasks = [asyncio.create_task(actor.live(calm)) for actor in actors]
        async with _browser_tab(self._chromium, self._cluster.url, watched) as screen:
            try:
                await self._harm_in_turn(screen, tasks)
            except BaseException:
                await screen.picture(self._picture)
                raise
            calm.set()
            await asyncio.gather(*tasks)
        books = self._cluster.books()
        await self._settle(books)
        told = {who: what for actor in actors for who, what in actor.told.items()}
        found = books.examine(told)
        found.wrong["lacking in the backup"] = await self._lacking_in_backup()
        holds = self._ledger_holds()
        self._tell(actors, list(told.values()), screen, found, holds)
        kept = screen.kept
        return found.are_none and holds and kept.typed == kept.found == kept.sent

    async def _harm_in_turn(self, screen: Screen, tasks: list[asyncio.Task[None]]) -> None:
        until = time.monotonic() + self._seconds
        order: list[str] = []
        while time.monotonic() < until:
            order = order or random.sample(list(self._harms), len(self._harms))
            name = order.pop()
            await screen.type()
            say(f"{self.done.total() + 1:4d}  {name}")
            await asyncio.to_thread(self._harms[name], self._cluster)
            took = await asyncio.to_thread(self._cluster.wait_until_ready)
            self.done[name] += 1
            self.ready_after[name] = max(self.ready_after.get(name, 0), took)
            await screen.send()
            for task in tasks:
                if task.done():
                    await task  # it raises what went wrong
            await asyncio.sleep(random.uniform(*_BETWEEN_SECONDS))

    def _move_in(self) -> list[Neighbour]:
        done = self._cluster.run("tests.town.neighbours", str(self._count * _HOMES + 1))
        if done.returncode:
            raise AssertionError(done.stdout)
        return [Neighbour(**one) for one in json.loads(done.stdout.splitlines()[-1])]

    async def _settle(self, books: Books) -> None:
        say("Calm. Waiting until money and letters have arrived…")
        if self._clock:
            self._clock.set(harm.HOUR_SECONDS)  # what was put off while it was ahead is due now
        until = time.monotonic() + _SETTLING_SECONDS
        while time.monotonic() < until and not books.is_settled():  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(2)

    async def _lacking_in_backup(self) -> list[str]:
        try:
            return await asyncio.to_thread(self._backups.lacking, self._cluster)
        except (AssertionError, OSError) as problem:
            return [f"everything, as it cannot be restored: {problem}"]

    def _ledger_holds(self) -> bool:
        done = self._cluster.run("cabinet", "ledger", "verify")
        say(done.stdout.strip())
        return done.returncode == 0

    def _tell(
        self, actors: list[Actor], told: list[Told], screen: Screen, found: Findings, holds: bool
    ) -> None:
        for name, count in sorted(self.done.items()):
            say(f"{count:5d} × {name}; ready again after {self.ready_after[name]:.1f} s at the latest")
        say(f"{sum(one.opened for one in told):5d} times the cabinet was opened")
        say(f"{sum(one.lost for one in actors):5d} times the connection was lost")
        say(f"{max(one.longest_away_s for one in actors):5.1f} s without an answer, at the longest")
        for name, count in found.counts.items():
            say(f"{count:5d} {name}")
        kept = screen.kept
        say(
            f"{kept.typed:5d} readings typed in the browser, {kept.found} still there afterwards, {kept.sent} sent"
        )
        refusals = Counter(said for one in told for said in one.refusals)
        for said, count in refusals.most_common(5):
            say(f"{count:5d} × refused: {said}")
        for name, wrong in found.wrong.items():
            say(f"{len(wrong):5d} {name}{': ' + ', '.join(wrong[:5]) if wrong else ''}")
        say("The ledger holds." if holds else "THE LEDGER DOES NOT HOLD.")


@asynccontextmanager
async def _browser_tab(chromium: str, url: str, who: Neighbour) -> AsyncGenerator[Screen]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=_SWITCHES)
        yield await Screen.open(browser, url, who)
        await browser.close()


def main() -> None:
    """Start the cluster, let the storm blow, stop the cluster."""
    wanted = _arguments()
    with tempfile.TemporaryDirectory(prefix="cabinet-storm-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        backups = Backups(folder)
        harms = {**harm.KILLS, "a backup": backups.take}
        clock = Clock(folder / "clock") if wanted.clock else None
        cluster = Cluster(folder, ports_for_a_cluster(), clock.surroundings if clock else {})
        if clock:
            harms["a clock that jumps"] = harm.jump_clock(clock)
        if wanted.disk:
            _mount(cluster.data)
            harms["a full disk"] = harm.fill_disk(cluster.data)
        chosen = {name: do for name, do in harms.items() if wanted.only in name}
        try:
            cluster.start()
            holds = asyncio.run(Storm(cluster, chosen, backups, clock, wanted).blow())
        finally:
            cluster.stop()
            _keep_logs(cluster, wanted.log)
            if wanted.disk:
                subprocess.run(["umount", cluster.data], check=False)
    say("Everything held." if holds else f"Something did not hold; {wanted.log} is the cluster's log.")
    sys.exit(not holds)


def _keep_logs(cluster: Cluster, place: Path) -> None:
    logs = [cluster.log, *sorted((cluster.data / "cluster" / "logs").glob("*.log"))]
    with place.open("w", encoding="utf-8") as out:
        for log in logs:
            out.write(f"===== {log.name}\n{log.read_text('utf-8', errors='replace')}\n")


def _mount(folder: Path) -> None:
    """A small disk for the data, so that it can be filled; wants root."""
    folder.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={_DISK_MIB}m", "tmpfs", folder], check=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.storm", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--clients", type=int, default=11, help="each acts for ten residents")
    parser.add_argument("--only", default="", help="only what has these words in its name")
    parser.add_argument(
        "--disk", action="store_true", help="fill the disk, too: a small one is mounted, as root"
    )
    parser.add_argument("--clock", action="store_true", help="let the clock jump, too: wants a C compiler")
    parser.add_argument(
        "--log",
        type=Path,
        default=Path("storm.log"),
        help="where the cluster's log goes, and a picture of the browser beside it",
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
