"""All payments of the resident, with a filter by account."""

import reflex as rx

from cabinet.database import read_only
from cabinet.payments import service as payments
from cabinet.ui.accounts import as_id
from cabinet.ui.gate import person
from cabinet.ui.payment import PaymentCard, card_of


class HistoryState(rx.State):
    """The newest payments; the filter stands in the address, so that back and reload keep it."""

    cards: rx.Field[list[PaymentCard]] = rx.field(default_factory=list)
    account: rx.Field[str] = rx.field("")
    loaded: rx.Field[bool] = rx.field(False)

    @rx.event
    async def load(self) -> None:
        """Read the payments, of one account if the address names it."""
        self.account = self.router.url.query_parameters.get("account", "")
        async with read_only() as session:
            found = await payments.payments_of(person().id, account_id=as_id(self.account), session=session)
        self.cards = [card_of(payment) for payment in found]
        self.loaded = True
