"""«Ключи для программ»: the list, and ending one. Making one is a plain form: a secret never travels here."""

from dataclasses import dataclass
from uuid import UUID

import reflex as rx

from cabinet.accounts import service as accounts
from cabinet.accounts.rights import Right
from cabinet.accounts.service import LinkedAccount
from cabinet.database import read_only, unit_of_work
from cabinet.errors import CabinetError
from cabinet.i18n import _, current_locale
from cabinet.keys import personal
from cabinet.keys.personal import TokenView
from cabinet.keys.personal_models import TokenKind
from cabinet.kit.dates import say_date, say_moment
from cabinet.kit.text import group_digits
from cabinet.settings import settings
from cabinet.ui.accounts import as_id
from cabinet.ui.gate import person


@dataclass
class TokenLine:
    """A token in words."""

    id: str
    name: str
    kind: str
    prefix: str
    may: str
    accounts: str
    until: str
    used: str
    expired: bool


@dataclass
class AccountChoice:
    """An account that a token can be made for."""

    id: str
    title: str
    number: str
    only_looks: bool
    """The person may send no readings there, so no program can."""


class TokensState(rx.State):
    """The tokens of the person; never their secrets."""

    rows: rx.Field[list[TokenLine]] = rx.field(default_factory=list)
    choices: rx.Field[list[AccountChoice]] = rx.field(default_factory=list)
    base: rx.Field[str] = rx.field("")
    """Where programs find this site."""
    asked_about: rx.Field[str] = rx.field("")
    """The token that is about to be deleted."""
    said: rx.Field[str] = rx.field("")
    problem: rx.Field[str] = rx.field("")
    loaded: rx.Field[bool] = rx.field(False)

    @rx.event
    async def load(self) -> None:
        """Read the tokens, and the accounts for a new one."""
        self.asked_about = self.said = self.problem = ""
        self.base = settings.public_url
        await self._read()
        self.loaded = True

    @rx.event
    def ask(self, token_id: str) -> None:
        """Ask once more before a program is shut out; an empty id puts the question aside."""
        self.asked_about, self.said, self.problem = token_id, "", ""

    @rx.event
    async def revoke(self, token_id: str) -> None:
        """Delete a token."""
        self.asked_about = self.said = self.problem = ""
        try:
            async with unit_of_work() as session:
                await personal.revoke_token(person().id, as_id(token_id) or UUID(int=0), session=session)
        except CabinetError as problem:
            self.problem = problem.message()
        else:
            self.said = _("The key is deleted. The program cannot come in any more.")
        await self._read()

    async def _read(self) -> None:
        async with read_only() as session:
            linked = await accounts.linked_accounts(person().id, session=session)
            tokens = await personal.tokens_of(person().id, session=session)
        titles = {one.account_id: one.title(current_locale()) for one in linked}
        self.rows = [_line(one, titles) for one in tokens]
        self.choices = [_choice(one) for one in linked]


def _line(token: TokenView, titles: dict[UUID, str]) -> TokenLine:
    used = _("Not used yet.")
    if token.last_used_at:
        used = _("Last used: {moment}, from {address}.").format(
            moment=say_moment(token.last_used_at), address=token.last_used_from or "?"
        )
    return TokenLine(
        id=str(token.id),
        name=token.name,
        kind=_("Waterius") if token.kind is TokenKind.WATERIUS else _("Program"),
        prefix=f"{token.prefix}…",
        may=_say_rights(token),
        accounts=", ".join(titles[one] for one in token.account_ids if one in titles),
        until=_say_term(token),
        used=used,
        expired=token.is_expired,
    )


def _say_rights(token: TokenView) -> str:
    if token.may_look and token.may_send:
        return _("sees sums, bills and readings; sends readings")
    return _("sees sums, bills and readings") if token.may_look else _("sends readings")


def _say_term(token: TokenView) -> str:
    made = _("made on {day}").format(day=say_date(token.created_at.date()))
    if token.expires_at is None:
        return _("{made}, works until you delete it").format(made=made)
    return _("{made}, works until {day}").format(made=made, day=say_date(token.expires_at.date()))


def _choice(account: LinkedAccount) -> AccountChoice:
    return AccountChoice(
        id=str(account.account_id),
        title=account.title(current_locale()),
        number=group_digits(account.number),
        only_looks=not account.may(Right.SEND_READINGS),
    )
