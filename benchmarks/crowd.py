"""A crowd of residents, a process of its own: each does one thing, waits for its end, and does it again.

`python -m benchmarks.crowd` reads what is wanted as JSON (the fields of Wanted) and prints figures as JSON.
"""

import asyncio
import json
import random
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from itertools import count, cycle
from typing import Any, LiteralString

import httpx
import psycopg

from benchmarks.report import summary
from cabinet.launcher.postgres import libpq_address
from tests.town import acts
from tests.town.neighbours import Neighbour
from tests.town.tab import Lost, Tab

_SETTLED: LiteralString = "SELECT id::text FROM payment WHERE state = 'succeeded' AND id = ANY(%s::uuid[])"
_LOOK_SECONDS = 0.02
_SETTLE_SECONDS = 30
_PAUSE_SECONDS = 0.2
"""After an act that failed: a server that refuses everything is not to be counted by its refusals."""
_AT_ONCE = 20
_CHEAPEST_MINOR, _DEAREST_MINOR = 5_000, 90_000
_NOBODY = Neighbour("", "", "", "")


@dataclass(frozen=True)
class Wanted:
    """Who does what, and for how long."""

    url: str
    act: str
    """`arrive`, `open`, `read`, `pay`, or `rest`: sit there until a line comes."""
    clients: int
    seconds: float = 0
    path: str = "/"
    people: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    database_url: str = ""
    first_reading: int = 1


class Crowd:
    """Everybody who does it, each with people of their own: nobody is two at once."""

    def __init__(self, wanted: Wanted, settled: "Settled") -> None:
        self._wanted, self._settled = wanted, settled
        self._people = [Neighbour(**one) for one in wanted.people] or [_NOBODY]
        self._readings = count(wanted.first_reading)
        self._acts: dict[str, Callable[[Neighbour], Awaitable[float]]] = {
            "arrive": self._arrive,
            "open": self._open,
            "read": self._read,
            "pay": self._pay,
        }
        self.milliseconds: list[float] = []
        self.failed: list[str] = []

    async def work(self) -> dict[str, Any]:
        """One act after another until the time is over; how many a second, how long one took, how many failed."""
        began = time.monotonic()
        until = began + self._wanted.seconds
        await asyncio.gather(*(self._client(number, until) for number in range(self._wanted.clients)))
        took = time.monotonic() - began
        figures = summary(self.milliseconds) if self.milliseconds else {"p50": 0.0, "p95": 0.0}
        failed = {"failed": len(self.failed), "said": sorted(set(self.failed))[:3]}
        return {
            "per_second": len(self.milliseconds) / took,
            "acts": len(self.milliseconds),
            **figures,
            **failed,
        }

    async def rest(self) -> None:
        """Open the page for everybody, say so, and stay until a line comes."""
        queue = iter(list(zip(range(self._wanted.clients), cycle(self._people), strict=False)))
        tabs: list[Tab] = []
        await asyncio.gather(*(self._seat(queue, tabs) for _ in range(_AT_ONCE)))
        resting = [asyncio.create_task(tab.rest()) for tab in tabs]
        _say({"open": len(tabs)})
        await asyncio.to_thread(sys.stdin.readline)
        gone = sum(task.done() for task in resting)
        for task in resting:
            task.cancel()
        await asyncio.gather(*resting, return_exceptions=True)
        await asyncio.gather(*(tab.__aexit__() for tab in tabs))
        _say({"cut_off": gone})

    async def _seat(self, queue: Any, tabs: list[Tab]) -> None:
        for _number, who in queue:
            tab = Tab(self._wanted.url, who.cookie, self._wanted.path)
            await tab.__aenter__()
            tabs.append(tab)

    async def _client(self, number: int, until: float) -> None:
        mine = cycle(self._people[number :: self._wanted.clients] or self._people)
        while time.monotonic() < until:
            try:
                self.milliseconds.append(await self._acts[self._wanted.act](next(mine)))
            except (Lost, httpx.HTTPError, TimeoutError) as problem:
                self.failed.append(repr(problem)[:200])
                await asyncio.sleep(_PAUSE_SECONDS)

    async def _arrive(self, who: Neighbour) -> float:
        began = time.perf_counter()
        async with acts.browser_of(who) as http:
            (await http.get(self._wanted.url + self._wanted.path)).raise_for_status()
        async with Tab(self._wanted.url, who.cookie, self._wanted.path):
            return _since(began)

    async def _open(self, who: Neighbour) -> float:
        began = time.perf_counter()
        async with Tab(self._wanted.url, who.cookie, self._wanted.path):
            return _since(began)

    async def _read(self, who: Neighbour) -> float:
        async with Tab(self._wanted.url, who.cookie, "/readings") as tab:
            began = time.perf_counter()
            if problem := await acts.send_reading(tab, who, next(self._readings)):
                raise Lost(problem)
            return _since(began)

    async def _pay(self, who: Neighbour) -> float:
        async with Tab(self._wanted.url, who.cookie, acts.path_to_pay(who)) as tab:
            began = time.perf_counter()
            said = await acts.leave_to_pay(tab, who, random.randint(_CHEAPEST_MINOR, _DEAREST_MINOR))
        if not said.startswith("http"):
            raise Lost(said)
        await self._settled.wait(await acts.give_card(self._wanted.url, who, said))
        return _since(began)


class Settled:
    """Tells when payments have arrived in the books: one query for all who wait."""

    def __init__(self, database_url: str) -> None:
        self._url = libpq_address(database_url)
        self._waiting: dict[str, asyncio.Event] = {}

    async def wait(self, payment_id: str) -> None:
        """Until it is settled. Raises TimeoutError."""
        event = self._waiting.setdefault(payment_id, asyncio.Event())
        try:
            async with asyncio.timeout(_SETTLE_SECONDS):
                await event.wait()
        finally:
            self._waiting.pop(payment_id, None)

    async def look(self) -> None:
        """Ask again and again, until cancelled. Raises psycopg.Error."""
        async with await psycopg.AsyncConnection.connect(self._url, autocommit=True) as connection:
            while True:
                if self._waiting:
                    rows = await (await connection.execute(_SETTLED, [list(self._waiting)])).fetchall()
                    self._tell([ident for (ident,) in rows])
                await asyncio.sleep(_LOOK_SECONDS)

    def _tell(self, payments: Sequence[str]) -> None:
        for ident in payments:
            if waiting := self._waiting.get(ident):
                waiting.set()


def _since(began: float) -> float:
    return (time.perf_counter() - began) * 1000


def _say(facts: dict[str, Any]) -> None:
    print(json.dumps(facts), flush=True)


async def _main(wanted: Wanted) -> None:
    settled = Settled(wanted.database_url)
    crowd = Crowd(wanted, settled)
    async with asyncio.TaskGroup() as group:
        looking = group.create_task(settled.look()) if wanted.database_url else None
        if wanted.act == "rest":
            await crowd.rest()
        else:
            _say(await crowd.work())
        if looking:
            looking.cancel()


if __name__ == "__main__":
    asyncio.run(_main(Wanted(**json.loads(sys.stdin.readline()))))
