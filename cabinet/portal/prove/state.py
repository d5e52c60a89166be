"""Proving that a linked account is one's own, in the way that the provider chose."""

from uuid import UUID

import reflex as rx

from cabinet.access import service as access
from cabinet.accounts import service as accounts
from cabinet.database import read_only
from cabinet.errors import CabinetError, NotFound
from cabinet.i18n import _
from cabinet.kit.dates import say_month
from cabinet.kit.money import plain_amount
from cabinet.portal.scan.kept import scanned_sum
from cabinet.providers import service as providers
from cabinet.providers.models import ProofKind
from cabinet.ui.accounts import AccountCard, card_of, id_in_path
from cabinet.ui.gate import person
from cabinet.ui.submitted import Form, text_in

NOTHING = AccountCard("", "", "", "", "", "", "", "", "", "fine", "", "", "")


class ProveState(rx.State):
    """The question of one account's provider; what was typed stays when it does not match."""

    card: rx.Field[AccountCard] = rx.field(default_factory=lambda: NOTHING)
    kind: rx.Field[str] = rx.field("")
    """A `ProofKind`; empty when nothing can be proved here."""
    request: rx.Field[str] = rx.field("")
    """What is asked for, in a sentence."""
    first_sum: rx.Field[str] = rx.field("")
    """What the field for the sum begins with: the sum of the bill that was scanned."""
    phone: rx.Field[str] = rx.field("")
    error: rx.Field[str] = rx.field("")
    problem: rx.Field[str] = rx.field("")
    proved: rx.Field[bool] = rx.field(False)
    """Just now, on this page."""
    is_new: rx.Field[bool] = rx.field(False)
    """The account has just been linked."""
    loaded: rx.Field[bool] = rx.field(False)
    found: rx.Field[bool] = rx.field(True)

    @rx.event
    async def load(self) -> None:
        """Read the account and what its provider asks for."""
        self.error, self.problem, self.proved = "", "", False
        self.is_new = bool(self.router.url.query_parameters.get("new"))
        try:
            await self._read()
            self.found = True
        except CabinetError:
            self.found = False
        self.loaded = True

    @rx.event
    async def prove(self, form: Form) -> None:
        """Compare the answer."""
        self.error = self.problem = ""
        address = self.router.session.client_ip
        try:
            await access.prove_ownership(
                person().id, self._account_id(), text_in(form, "answer"), address=address
            )
            await self._read()
            self.proved = True
        except CabinetError as problem:
            if problem.field == "answer":
                self.error = problem.message()
            else:
                self.problem = problem.message()

    def _account_id(self) -> UUID:
        account_id = id_in_path(self.router.url.path)
        if account_id is None:
            raise NotFound
        return account_id

    async def _read(self) -> None:
        async with read_only() as session:
            linked = await accounts.linked_account(person().id, self._account_id(), session=session)
            asked = await access.proof_of(person().id, linked, session=session)
            provider = await providers.get_provider(linked.provider_id, session=session)
        self.card, self.phone = card_of(linked, None), provider.support_phone
        self.kind = asked.kind.value if asked.is_possible else ""
        self.request = _say_request(asked)
        sum_minor = await scanned_sum(self, linked, asked.period) if asked.period else 0
        self.first_sum = plain_amount(sum_minor) if sum_minor else ""


def _say_request(asked: access.ProofAsked) -> str:
    match asked.kind:
        case ProofKind.LAST_BILL if asked.period:
            month = say_month(asked.period)
            return _("Take the bill for {month} and enter its sum.").format(month=month)
        case ProofKind.METER_NUMBER:
            return _("Enter the number of a meter in your home. If there are several, any of them will do.")
        case ProofKind.PIN:
            return _("Enter the code that the provider gave you, in a letter or at its office.")
        case _:
            return ""
