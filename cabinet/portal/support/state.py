"""The form of a new request: a resident may say which account it is about."""

from dataclasses import dataclass

import reflex as rx

from cabinet.accounts import service as accounts
from cabinet.database import read_only
from cabinet.i18n import current_locale
from cabinet.kit.text import group_digits
from cabinet.ui.gate import open_to_all, visitor


@dataclass
class AccountChoice:
    """An account that a request can be about."""

    id: str
    title: str


class SupportState(rx.State):
    """The resident's accounts; a guest has none to choose from."""

    accounts: rx.Field[list[AccountChoice]] = rx.field(default_factory=list)

    @rx.event
    @open_to_all
    async def load(self) -> None:
        """Read the accounts of who is signed in."""
        person = visitor()
        if person is None:
            self.accounts = []
            return
        async with read_only() as session:
            linked = await accounts.linked_accounts(person.id, session=session)
        self.accounts = [
            AccountChoice(str(one.account_id), f"{one.title(current_locale())}, {group_digits(one.number)}")
            for one in linked
        ]
