"""Who has access to an account: the owner gives it and takes it back, a guest may leave."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import reflex as rx

from cabinet.access import service as access
from cabinet.access.service import Guest, Waiting
from cabinet.accounts import service as accounts
from cabinet.accounts.models import LinkRole
from cabinet.accounts.rights import Right
from cabinet.database import read_only, unit_of_work
from cabinet.errors import CabinetError, NotFound
from cabinet.i18n import _, current_locale
from cabinet.kit.dates import say_date, say_day, today_in
from cabinet.ui import routes
from cabinet.ui.accounts import AccountCard, as_id, card_of, id_in_path, say_role
from cabinet.ui.gate import person
from cabinet.ui.submitted import Form, text_in


@dataclass
class PersonLine:
    """Somebody with access, or somebody who is invited."""

    id: str
    name: str
    email: str
    """Empty when it is the name already."""
    role: str
    dates: str
    expired: bool = False


class PeopleState(rx.State):
    """The people of one account."""

    card: rx.Field[AccountCard] = rx.field(
        default_factory=lambda: AccountCard("", "", "", "", "", "", "", "", "", "fine", "", "", "")
    )
    guests: rx.Field[list[PersonLine]] = rx.field(default_factory=list)
    waiting: rx.Field[list[PersonLine]] = rx.field(default_factory=list)
    inviter: rx.Field[str] = rx.field("")
    """Who let the person in, when they are a guest themselves."""
    may_invite: rx.Field[bool] = rx.field(False)
    first_day: rx.Field[str] = rx.field("")
    """The first day that an access may end on."""
    asked_about: rx.Field[str] = rx.field("")
    """The guest whose access the owner is about to take back, or `me`."""
    email_error: rx.Field[str] = rx.field("")
    until_error: rx.Field[str] = rx.field("")
    problem: rx.Field[str] = rx.field("")
    said: rx.Field[str] = rx.field("")
    form_key: rx.Field[int] = rx.field(0)
    """Changes when the form should be empty again."""
    loaded: rx.Field[bool] = rx.field(False)
    found: rx.Field[bool] = rx.field(True)

    @rx.event
    async def load(self) -> None:
        """Read who has access."""
        self._forget()
        self.found = await self._read()
        self.loaded = True

    @rx.event
    async def invite(self, form: Form) -> None:
        """Write to somebody; the page says the same whether or not the address has a cabinet."""
        self._forget()
        email = text_in(form, "email").strip()
        role = LinkRole.VIEWER if text_in(form, "role") == LinkRole.VIEWER else LinkRole.HELPER
        try:
            until = _day(text_in(form, "until"))
            async with unit_of_work() as session:
                await access.invite(
                    person().id,
                    self._account_id(),
                    email,
                    role,
                    until,
                    locale=current_locale(),
                    session=session,
                )
        except CabinetError as problem:
            self._show(problem)
            return
        self.said = _("The letter is on its way to {email}. The link in it works for 7 days.").format(
            email=email
        )
        self.form_key += 1
        await self._read()

    @rx.event
    async def resend(self, invitation_id: str) -> None:
        """Write again, with a new link."""
        invited = _name_of(self.waiting, invitation_id)
        said = _("A new letter is on its way to {email}.").format(email=invited)
        await self._change(access.resend_invitation, invitation_id, said, locale=current_locale())

    @rx.event
    async def revoke(self, invitation_id: str) -> None:
        """Make the letter worthless."""
        invited = _name_of(self.waiting, invitation_id)
        said = _("The invitation of {email} does not work any more.").format(email=invited)
        await self._change(access.revoke_invitation, invitation_id, said)

    @rx.event
    def ask(self, about: str) -> None:
        """Ask once more before somebody loses the account; nobody puts the question aside."""
        self._forget()
        self.asked_about = about

    @rx.event
    async def take_back(self, link_id: str) -> None:
        """End a guest's access."""
        guest = _name_of(self.guests, link_id)
        said = _("{name} does not see the account any more.").format(name=guest)
        await self._change(access.take_back, link_id, said)

    @rx.event
    async def leave(self) -> object:
        """A guest gives the access up."""
        try:
            async with unit_of_work() as session:
                await access.unlink(person().id, self._account_id(), session=session)
        except CabinetError as problem:
            self._show(problem)
            return None
        return rx.redirect(routes.localized(routes.CABINET))

    async def _change(self, change: Callable[..., Awaitable[None]], id: str, said: str, **more: Any) -> None:
        self._forget()
        try:
            async with unit_of_work() as session:
                await change(
                    person().id, self._account_id(), as_id(id) or UUID(int=0), session=session, **more
                )
            self.said = said
        except CabinetError as problem:
            self.problem = problem.message()
        await self._read()

    def _account_id(self) -> UUID:
        account_id = id_in_path(self.router.url.path)
        if account_id is None:
            raise NotFound
        return account_id

    async def _read(self) -> bool:
        """Read all; whether the account is there."""
        people = access.People([], [])
        try:
            async with read_only() as session:
                linked = await accounts.linked_account(person().id, self._account_id(), session=session)
                inviter = await access.inviter_of(person().id, linked.account_id, session=session)
                if linked.may(Right.INVITE):
                    people = await access.people_of(person().id, linked.account_id, session=session)
        except CabinetError:
            return False
        self.card, self.inviter, self.may_invite = card_of(linked, None), inviter, linked.may(Right.INVITE)
        self.first_day = today_in(linked.timezone).isoformat()
        self.guests = [_guest_line(guest) for guest in people.guests]
        self.waiting = [_waiting_line(row) for row in people.waiting]
        return True

    def _show(self, problem: CabinetError) -> None:
        match problem.field:
            case "email":
                self.email_error = problem.message()
            case "until":
                self.until_error = problem.message()
            case _:
                self.problem = problem.message()

    def _forget(self) -> None:
        self.email_error = self.until_error = self.problem = self.said = self.asked_about = ""


def _day(text: str) -> date | None:
    """The last day as a date field sends it; nothing typed means: no end. Raises BadUntil."""
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise access.BadUntil from None


def _name_of(lines: list[PersonLine], id: str) -> str:
    return next((line.name for line in lines if line.id == id), "")


def _guest_line(guest: Guest) -> PersonLine:
    since = _("since {day}").format(day=say_date(guest.since.date()))
    return PersonLine(
        id=str(guest.link_id),
        name=guest.name,
        email=guest.email if guest.email != guest.name else "",
        role=say_role(guest.role),
        dates=_joined(since, guest.last_day),
    )


def _waiting_line(row: Waiting) -> PersonLine:
    if row.is_expired:
        letter = _("the letter is too old")
    else:
        letter = _("the letter works until {day}").format(day=say_day(row.expires_at.date()))
    return PersonLine(
        id=str(row.id),
        name=row.email,
        email="",
        role=say_role(row.role),
        dates=_joined(letter, row.last_day),
        expired=row.is_expired,
    )


def _joined(words: str, last_day: date | None) -> str:
    if last_day is None:
        return words
    return _("{words}; access until {day}").format(words=words, day=say_date(last_day))
