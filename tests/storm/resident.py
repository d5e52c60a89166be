"""What residents do all day, and what each of them was told: the facts that the storm may not take away."""

import asyncio
import random
import time
from dataclasses import dataclass, field

import httpx

from tests.town import acts
from tests.town.neighbours import Neighbour
from tests.town.tab import Lost, Tab

_CHEAPEST_MINOR, _DEAREST_MINOR = 5_000, 90_000
_PAUSE_SECONDS = (0.2, 1.5)


@dataclass
class Told:
    """What the screens of one resident have confirmed, and what was tried."""

    tried: int = 0
    """The highest reading that was sent, answered or not; each is one above the last."""
    confirmed: int = 0
    """The highest reading that a page said was sent."""
    paid: set[str] = field(default_factory=set[str])
    """Payments that the payment page took the money for."""
    opened: int = 0
    lost: int = 0
    """How often the connection was lost, or an answer did not come."""
    longest_away_s: float = 0
    refusals: list[str] = field(default_factory=list[str])


class Actor:
    """One resident who reads, sends and pays, and comes back whenever the connection is lost."""

    def __init__(self, url: str, who: Neighbour) -> None:
        self._url, self._who, self.told = url, who, Told()
        self._last_alive = time.monotonic()

    async def live(self, calm: asyncio.Event) -> None:
        """Until the calm is set: one thing after another."""
        while not calm.is_set():
            try:
                await self._do_something()
                self._note_alive()
            except (Lost, httpx.HTTPError, OSError):
                self.told.lost += 1
                await asyncio.sleep(0.5)
            await asyncio.sleep(random.uniform(*_PAUSE_SECONDS))

    def _note_alive(self) -> None:
        moment = time.monotonic()
        self.told.longest_away_s = max(self.told.longest_away_s, moment - self._last_alive)
        self._last_alive = moment

    async def _do_something(self) -> None:
        match random.choices(["look", "read", "pay"], [2, 4, 2])[0]:
            case "look":
                async with Tab(self._url, self._who.cookie, "/cabinet"):
                    self.told.opened += 1
            case "read":
                await self._send_reading()
            case _:
                await self._pay()

    async def _send_reading(self) -> None:
        async with Tab(self._url, self._who.cookie, "/readings") as tab:
            self.told.tried += 1
            value = self.told.tried
            if problem := await acts.send_reading(tab, self._who, value):
                self.told.refusals.append(f"reading {value}: {problem}")
            else:
                self.told.confirmed = value

    async def _pay(self) -> None:
        amount = random.randint(_CHEAPEST_MINOR, _DEAREST_MINOR)
        async with Tab(self._url, self._who.cookie, acts.path_to_pay(self._who)) as tab:
            said = await acts.leave_to_pay(tab, self._who, amount)
        if said.startswith("http"):
            self.told.paid.add(await acts.give_card(self._url, self._who, said))
        else:
            self.told.refusals.append(f"payment: {said}")
