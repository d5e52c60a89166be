"""The resident's own settings: profile, letters, language and theme of letters; the linked accounts."""

import reflex as rx

from cabinet.access import service as access
from cabinet.accounts import service as accounts
from cabinet.database import read_only, unit_of_work
from cabinet.errors import CabinetError
from cabinet.i18n import _
from cabinet.residents import service as residents
from cabinet.ui.accounts import AccountsState, as_id
from cabinet.ui.gate import person
from cabinet.ui.submitted import Form, is_ticked, text_in


class SettingsState(rx.State):
    """The profile form; what was typed stays when something is wrong with it."""

    email: rx.Field[str] = rx.field("")
    full_name: rx.Field[str] = rx.field("")
    phone: rx.Field[str] = rx.field("")
    locale: rx.Field[str] = rx.field("ru")
    theme: rx.Field[str] = rx.field("system")
    letters: rx.Field[bool] = rx.field(True)
    letters_about_bills: rx.Field[bool] = rx.field(True)
    letters_about_readings: rx.Field[bool] = rx.field(True)
    letters_about_notices: rx.Field[bool] = rx.field(True)
    name_error: rx.Field[str] = rx.field("")
    phone_error: rx.Field[str] = rx.field("")
    saved: rx.Field[str] = rx.field("")
    loaded: rx.Field[bool] = rx.field(False)

    @rx.event
    async def load(self) -> None:
        """Read the profile."""
        async with read_only() as session:
            profile = await residents.get_profile(person().id, session=session)
        self.email, self.full_name, self.phone = profile.email, profile.full_name, profile.phone
        self.locale, self.theme, self.letters = profile.locale, profile.theme, profile.letters_about_payments
        self.letters_about_bills = profile.letters_about_bills
        self.letters_about_readings = profile.letters_about_readings
        self.letters_about_notices = profile.letters_about_notices
        self.name_error = self.phone_error = self.saved = ""
        self.loaded = True

    @rx.event
    async def save(self, form: Form) -> None:
        """Keep the profile, or say at the field what is wrong."""
        self.name_error = self.phone_error = self.saved = ""
        try:
            async with unit_of_work() as session:
                await residents.save_profile(
                    person().id,
                    text_in(form, "full_name"),
                    text_in(form, "phone"),
                    text_in(form, "locale", self.locale),
                    self.theme,
                    is_ticked(form, "letters"),
                    session=session,
                    letters_about_bills=is_ticked(form, "letters_about_bills"),
                    letters_about_readings=is_ticked(form, "letters_about_readings"),
                    letters_about_notices=is_ticked(form, "letters_about_notices"),
                )
        except CabinetError as problem:
            if problem.field == "phone":
                self.phone_error = problem.message()
            else:
                self.name_error = problem.message()
        else:
            self.saved = _("Saved.")


class LinkedState(rx.State):
    """«Подключение ЛС»: renaming and unlinking in the list."""

    editing: rx.Field[str] = rx.field("")
    unlinking: rx.Field[str] = rx.field("")
    error: rx.Field[str] = rx.field("")

    @rx.event
    def load(self) -> None:
        """Begin with nothing open."""
        self.editing = self.unlinking = self.error = ""

    @rx.event
    def edit(self, account_id: str) -> None:
        """Open the name of one account."""
        self.editing, self.unlinking, self.error = account_id, "", ""

    @rx.event
    def ask_to_unlink(self, account_id: str) -> None:
        """Ask once more before the account goes."""
        self.editing, self.unlinking, self.error = "", account_id, ""

    @rx.event
    def leave(self) -> None:
        """Close what is open."""
        self.editing = self.unlinking = self.error = ""

    @rx.event
    async def rename(self, form: Form) -> object:
        """Keep the resident's own name for the account that is open."""
        account_id = as_id(self.editing)
        if account_id is None:
            return None
        try:
            async with unit_of_work() as session:
                await accounts.rename_link(
                    person().id, account_id, text_in(form, "own_name"), session=session
                )
        except CabinetError as problem:
            self.error = problem.message()
            return None
        self.editing = self.error = ""
        return AccountsState.load

    @rx.event
    async def unlink(self) -> object:
        """End the access to the account that is open."""
        account_id = as_id(self.unlinking)
        if account_id is None:
            return None
        try:
            async with unit_of_work() as session:
                await access.unlink(person().id, account_id, session=session)
        except CabinetError as problem:
            self.error = problem.message()
            return None
        self.unlinking = ""
        return AccountsState.load
