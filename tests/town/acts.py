"""What residents do, over the network and without a browser: each act ends when the page has said what came of it."""

import re
import ssl
from typing import Any

import httpx

from tests.town.neighbours import Neighbour
from tests.town.tab import ROOT, Lost, Tab

_SEND = f"{ROOT}.cabinet___portal___readings___state____readings_state.send"
_PAY = f"{ROOT}.cabinet___portal___pay___state____pay_state.pay"
_LEAVES = re.compile(r"\w+ https?://")
_PAY_SAYS = ("pay_state.leaving_to", "pay_state.problem")
_TLS = ssl.create_default_context()
"""One for all clients: making it takes longer than what they ask for."""
_CARD = {"number": "4242 4242 4242 4242", "expiry": "12/34", "cvc": "123"}


def browser_of(who: Neighbour) -> httpx.AsyncClient:
    """What fetches pages for them."""
    headers = {"Cookie": who.cookie} if who.cookie else {}
    return httpx.AsyncClient(timeout=20, headers=headers, verify=_TLS)


async def send_reading(tab: Tab, who: Neighbour, value: int) -> str:
    """Send a reading from an open `/readings`; "" when it was taken, else what the page says. Raises Lost."""
    form = {"account": who.account_id, f"reading-{who.zone_id}": str(value)}
    cards = await tab.call(_SEND, "readings_state.cards", form=form)
    if not cards:
        raise Lost("the state was lost on the way")
    return "" if cards[0]["done"] else _said(cards[0])


def path_to_pay(who: Neighbour) -> str:
    """Where a tab must be open for `leave_to_pay`."""
    return f"/pay?account={who.account_id}"


async def leave_to_pay(tab: Tab, who: Neighbour, amount_minor: int) -> str:
    """Agree to pay so much; the address of the payment page, else what the page says. Raises Lost."""
    account, amount = who.account_id, f"{amount_minor // 100},{amount_minor % 100:02d}"
    form = {f"choice-{account}": "own", f"own-{account}": amount}
    said = await tab.call(_PAY, *_PAY_SAYS, form=form)
    while not said:
        said = await tab.next(*_PAY_SAYS)
    return said.partition(" ")[2] if _LEAVES.match(said) else said


async def give_card(url: str, who: Neighbour, page: str) -> str:
    """Pay on the payment page; the id of the payment that the money was taken for. Raises Lost."""
    async with browser_of(who) as http:
        answer = await http.post(page, data=_CARD, headers={"Origin": url})
    if answer.status_code != 303:
        raise Lost(f"the payment page answered {answer.status_code}")
    return answer.headers["location"].partition("?")[0].rpartition("/")[2]


def _said(card: dict[str, Any]) -> str:
    zones = [zone for meter in card["meters"] for zone in meter["zones"]]
    return (
        " ".join([card["problem"], card["day_error"], *(zone["error"] for zone in zones)]).strip()
        or "refused"
    )
