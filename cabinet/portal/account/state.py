"""One linked account: what it owes, its meters, the resident's own payments; name and unlink."""

from uuid import UUID

import reflex as rx

from cabinet.access import service as access
from cabinet.accounts import service as accounts
from cabinet.accounts.rights import Right
from cabinet.billing import service as billing
from cabinet.database import read_only, unit_of_work
from cabinet.errors import CabinetError, NotFound
from cabinet.meters import service as meters
from cabinet.payments import service as payments
from cabinet.ui import routes
from cabinet.ui.accounts import AccountCard, as_id, card_of
from cabinet.ui.departure import leave_for
from cabinet.ui.gate import person
from cabinet.ui.meters import MeterLine, meter_line
from cabinet.ui.payment import PaymentCard
from cabinet.ui.payment import card_of as payment_card
from cabinet.ui.payment_earlier import Earlier, earlier_of
from cabinet.ui.submitted import Form, text_in


class AccountState(rx.State):
    """The account of the page's address."""

    card: rx.Field[AccountCard] = rx.field(
        default_factory=lambda: AccountCard("", "", "", "", "", "", "", "", "", "fine", "", "", "")
    )
    own_name: rx.Field[str] = rx.field("")
    meters: rx.Field[list[MeterLine]] = rx.field(default_factory=list)
    payments: rx.Field[list[PaymentCard]] = rx.field(default_factory=list)
    earlier: rx.Field[Earlier] = rx.field(default_factory=Earlier)
    """What is told at the pay button, so that a debt is not paid twice unawares."""
    leaving_to: rx.Field[str] = rx.field("")
    address: rx.Field[str] = rx.field("")
    """The page that the account was read for: under another address it says nothing."""
    loaded: rx.Field[bool] = rx.field(False)
    found: rx.Field[bool] = rx.field(True)
    name_error: rx.Field[str] = rx.field("")
    renamed: rx.Field[bool] = rx.field(False)
    asks_to_unlink: rx.Field[bool] = rx.field(False)

    @rx.event
    async def load(self) -> None:
        """Read the account; a stranger's is not found."""
        self.name_error, self.renamed, self.asks_to_unlink, self.leaving_to = "", False, False, ""
        try:
            await self._read(self._account_id())
            self.found = True
        except CabinetError:
            self.found = False
        self.loaded, self.address = True, self.router.url.path

    @rx.event
    async def continue_earlier(self) -> None:
        """Go back to the hosted page that is open for the account."""
        await self._read(self._account_id())
        self.leaving_to = leave_for(self.earlier.continue_url)

    @rx.event
    async def rename(self, form: Form) -> None:
        """Keep the resident's own name for the account."""
        self.name_error, self.renamed = "", False
        try:
            async with unit_of_work() as session:
                await accounts.rename_link(
                    person().id, self._account_id(), text_in(form, "own_name"), session=session
                )
            await self._read(self._account_id())
            self.renamed = True
        except CabinetError as problem:
            self.name_error = problem.message()

    @rx.event
    def ask_to_unlink(self) -> None:
        """Ask once more before the account goes."""
        self.asks_to_unlink = True

    @rx.event
    def keep_linked(self) -> None:
        """The resident thought better of it."""
        self.asks_to_unlink = False

    @rx.event
    async def unlink(self) -> object:
        """End the access with all that hangs on it; payments stay in the history."""
        account_id = self._account_id()
        async with unit_of_work() as session:
            await access.unlink(person().id, account_id, session=session)
        return rx.redirect(routes.localized(routes.CABINET))

    def _account_id(self) -> UUID:
        account_id = as_id(self.router.url.path.rstrip("/").rpartition("/")[2])
        if account_id is None:
            raise NotFound
        return account_id

    async def _read(self, account_id: UUID) -> None:
        resident_id = person().id
        async with read_only() as session:
            account = await accounts.linked_account(resident_id, account_id, session=session)
            due = await billing.next_due([account_id], session=session)
            devices = await meters.meters_of([account_id], session=session)
            paid = await payments.payments_of(resident_id, account_id=account_id, limit=5, session=session)
            warned = await payments.earlier_payments(resident_id, [account_id], session=session)
        self.card = card_of(account, due.get(account_id))
        self.own_name = account.own_name
        self.meters = [
            meter_line(device, resident_id, masked=not account.may(Right.SEE_ALL))
            for device in devices[account_id]
        ]
        self.payments = [payment_card(payment) for payment in paid]
        self.earlier = earlier_of(warned.get(account_id), account.timezone)
