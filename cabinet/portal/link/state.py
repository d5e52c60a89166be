"""Linking a personal account: provider and number, one press."""

from dataclasses import dataclass
from uuid import UUID

import reflex as rx

from cabinet.access import service as access
from cabinet.accounts import service as accounts
from cabinet.database import read_only, unit_of_work
from cabinet.errors import CabinetError
from cabinet.http.logos import logo_path
from cabinet.i18n import _, current_locale
from cabinet.kit.text import fold
from cabinet.portal.scan.kept import KeptBill, take_bill
from cabinet.providers import service as providers
from cabinet.providers.logos import logo_digests
from cabinet.ui import routes
from cabinet.ui.accounts import as_id
from cabinet.ui.gate import person
from cabinet.ui.submitted import Form, text_in


@dataclass
class ProviderOption:
    """A provider to choose, with what its bill says about the number."""

    id: str
    name: str
    kind: str
    example: str
    hint: str
    also: str
    """The name in the other language, by which it is found too."""
    logo: str = ""
    """The address of its picture; empty: the sign of its kind is shown."""


class LinkState(rx.State):
    """The form that links; what was typed stays when something is wrong with it."""

    options: rx.Field[list[ProviderOption]] = rx.field(default_factory=list)
    provider_id: rx.Field[str] = rx.field("")
    provider_error: rx.Field[str] = rx.field("")
    number_error: rx.Field[str] = rx.field("")
    problem: rx.Field[str] = rx.field("")
    first_provider: rx.Field[str] = rx.field("")
    """The name and the number that the form begins with: those of the scanned bill."""
    first_number: rx.Field[str] = rx.field("")
    _scanned: KeptBill | None = None
    example: rx.Field[str] = rx.field("")
    hint: rx.Field[str] = rx.field("")
    connection: rx.Field[str] = rx.field("")
    """The one that the form was loaded for: with another it is drawn anew, and told what had been typed."""

    @rx.event
    async def load(self) -> None:
        """Read the providers in the language of the page, and begin with a bill that was scanned just now.

        A page that is drawn anew, after a lost connection too, begins as it did before.
        """
        await self._read()
        self._forget_problems()
        here, scanned = self.router.session.session_id, await take_bill(self)
        if scanned or self.connection == here:
            self._scanned = scanned
        self._fill_in()
        self.connection = here

    def _fill_in(self) -> None:
        """Begin with the provider and the number of the bill; without one, with an empty form."""
        bill = self._scanned
        self._choose(str(bill.provider_id) if bill else "")
        chosen = next((option.name for option in self.options if option.id == self.provider_id), "")
        self.first_provider = chosen
        self.first_number = bill.number if bill and chosen else ""

    async def _read(self) -> None:
        locale = current_locale()
        async with read_only() as session:
            known = await providers.list_providers(session=session)
            logos = await logo_digests(session=session)
        self.options = [
            ProviderOption(
                str(p.id),
                p.name_in(locale),
                p.kind.value,
                p.number_example,
                p.number_hint_in(locale),
                f"{p.name} {p.name_en}",
                logo_path(p.id, logos[p.id]) if p.id in logos else "",
            )
            for p in known
        ]

    @rx.event
    def choose_provider(self, provider_id: str) -> None:
        """Show what this provider's number looks like."""
        self._choose(provider_id)

    def _choose(self, provider_id: str) -> None:
        chosen = next((option for option in self.options if option.id == provider_id), None)
        self.provider_id = chosen.id if chosen else ""
        self.example = chosen.example if chosen else ""
        self.hint = chosen.hint if chosen else ""
        self.provider_error = ""

    @rx.event
    async def link(self, form: Form) -> object:
        """Link the account; on success go to its proof, or to the cabinet where none is possible."""
        self._forget_problems()
        if not self.options:  # lost with the server's memory, while the form stayed open
            await self._read()
        provider_id = self._chosen(form)
        if provider_id is None:
            self.provider_error = _("Choose the provider from the list.")
            return None
        number = text_in(form, "number")
        if not number.strip():
            self.number_error = _("Enter the account number as it stands on the bill.")
            return None
        try:
            async with unit_of_work() as session:
                linked = await accounts.link_account(
                    person().id, provider_id, number, session=session, address=self.router.session.client_ip
                )
                asked = await access.proof_of(person().id, linked, session=session)
        except CabinetError as problem:
            self._show(problem)
            return None
        here = routes.prove_new(linked.account_id) if asked.is_possible else routes.CABINET
        return rx.redirect(routes.localized(here))

    def _chosen(self, form: Form) -> UUID | None:
        """The provider that is written in the field, else the one that was pressed in the list."""
        written = fold(text_in(form, "provider"))
        named = next((option.id for option in self.options if fold(option.name) == written), "")
        return as_id(named or self.provider_id)

    def _forget_problems(self) -> None:
        self.provider_error = self.number_error = self.problem = ""

    def _show(self, problem: CabinetError) -> None:
        match problem.field:
            case "provider":
                self.provider_error = problem.message()
            case "number":
                self.number_error = problem.message()
            case _:
                self.problem = problem.message()
