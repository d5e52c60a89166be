"""All payments of the resident, with a filter by account."""

import reflex as rx

from cabinet.database import read_only
from cabinet.payments import service as payments
from cabinet.ui.accounts import as_id
from cabinet.ui.gate import person
from cabinet.ui.payment import PaymentCard, card_of

SHOWN = 20
"""How many payments the page shows at first, and how many more at each press."""


class HistoryState(rx.State):
    """The newest payments, and earlier ones on request; the filter stands in the address, so that back keeps it."""

    cards: rx.Field[list[PaymentCard]] = rx.field(default_factory=list)
    account: rx.Field[str] = rx.field("")
    has_earlier: rx.Field[bool] = rx.field(False)
    loaded: rx.Field[bool] = rx.field(False)

    @rx.event
    async def load(self) -> None:
        """Read the payments, of one account if the address names it."""
        self.account = self.router.url.query_parameters.get("account", "")
        await self._read(SHOWN)
        self.loaded = True

    @rx.event
    async def show_earlier(self) -> None:
        """Read so many more."""
        await self._read(len(self.cards) + SHOWN)

    async def _read(self, count: int) -> None:
        async with read_only() as session:
            found = await payments.payments_of(
                person().id, account_id=as_id(self.account), limit=count + 1, session=session
            )
        self.cards = [card_of(payment) for payment in found[:count]]
        self.has_earlier = len(found) > count
