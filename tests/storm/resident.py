"""What residents do all day, and what each of them was told: the facts that the storm may not take away."""

import asyncio
import random
import time
from collections.abc import Sequence
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
    confirmations: int = 0
    paid: set[str] = field(default_factory=set[str])
    """Payments that the payment page took the money for."""
    opened: int = 0
    refusals: list[str] = field(default_factory=list[str])


class Actor:
    """One client that acts for several residents in turn, and comes back whenever the connection is lost.

    For several, as one mailbox gets no more than sixty letters about payments within an hour.
    """

    def __init__(self, url: str, people: Sequence[Neighbour]) -> None:
        self._url, self.told = url, {who: Told() for who in people}
        self._last_alive = time.monotonic()
        self.lost = 0
        """How often the connection was lost, or an answer did not come."""
        self.longest_away_s: float = 0

    async def live(self, calm: asyncio.Event) -> None:
        """Until the calm is set: one thing after another."""
        while not calm.is_set():
            try:
                await self._do_something()
                self._note_alive()
            except (Lost, httpx.HTTPError, OSError):
                self.lost += 1
                await asyncio.sleep(0.5)
            await asyncio.sleep(random.uniform(*_PAUSE_SECONDS))

    def _note_alive(self) -> None:
        moment = time.monotonic()
        self.longest_away_s = max(self.longest_away_s, moment - self._last_alive)
        self._last_alive = moment

    async def _do_something(self) -> None:
        who, told = random.choice(list(self.told.items()))
        match random.choices(["look", "read", "pay"], [2, 4, 2])[0]:
            case "look":
                async with Tab(self._url, who.cookie, "/cabinet"):
                    told.opened += 1
            case "read":
                await self._send_reading(who, told)
            case _:
                await self._pay(who, told)

    async def _send_reading(self, who: Neighbour, told: Told) -> None:
        async with Tab(self._url, who.cookie, "/readings") as tab:
            told.tried += 1
            value = told.tried
            if problem := await acts.send_reading(tab, who, value):
                told.refusals.append(f"reading {value}: {problem}")
            else:
                told.confirmed = value
                told.confirmations += 1

    async def _pay(self, who: Neighbour, told: Told) -> None:
        amount = random.randint(_CHEAPEST_MINOR, _DEAREST_MINOR)
        async with Tab(self._url, who.cookie, acts.path_to_pay(who)) as tab:
            said = await acts.leave_to_pay(tab, who, amount)
        if said.startswith("http"):
            told.paid.add(await acts.give_card(self._url, who, said))
        else:
            told.refusals.append(f"payment: {said}")
