"""What residents do all day, and what each of them was told: the facts that the storm may not take away."""

import asyncio
import random
import time
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.storm.tab import ROOT, Lost, Tab
from tests.storm.town import Neighbour

_SEND = f"{ROOT}.cabinet___portal___readings___state____readings_state.send"
_PAY = f"{ROOT}.cabinet___portal___pay___state____pay_state.pay"
_PAY_SAYS = ("pay_state.leaving_to", "pay_state.problem")
_CARD = {"number": "4242 4242 4242 4242", "expiry": "12/34", "cvc": "123"}
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
            form = {"account": self._who.account_id, f"reading-{self._who.zone_id}": str(value)}
            card = (await tab.call(_SEND, "readings_state.cards", form=form))[0]
            if card["done"]:
                self.told.confirmed = value
            else:
                self.told.refusals.append(f"reading {value}: {_said(card)}")

    async def _pay(self) -> None:
        amount = random.randint(_CHEAPEST_MINOR, _DEAREST_MINOR)
        account = self._who.account_id
        async with Tab(self._url, self._who.cookie, f"/pay?account={account}") as tab:
            form = {f"choice-{account}": "own", f"own-{account}": f"{amount // 100},{amount % 100:02d}"}
            said = await tab.call(_PAY, *_PAY_SAYS, form=form)
            while not said:
                said = await tab.next(*_PAY_SAYS)
        if said.startswith("http"):
            await self._give_card(said)
        else:
            self.told.refusals.append(f"payment: {said}")

    async def _give_card(self, page: str) -> None:
        async with httpx.AsyncClient(timeout=20, headers={"Cookie": self._who.cookie}) as http:
            answer = await http.post(page, data=_CARD, headers={"Origin": self._url})
            if answer.status_code != 303:
                raise Lost(f"the payment page answered {answer.status_code}")
            self.told.paid.add(answer.headers["location"].partition("?")[0].rpartition("/")[2])


def _said(card: dict[str, Any]) -> str:
    zones = [zone for meter in card["meters"] for zone in meter["zones"]]
    return " ".join([card["problem"], card["day_error"], *(zone["error"] for zone in zones)]).strip()
