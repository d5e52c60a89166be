"""«Сменить e-mail»: what waits, and sending its letters again or putting it aside."""

import reflex as rx

from cabinet.database import read_only, unit_of_work
from cabinet.errors import CabinetError
from cabinet.i18n import _
from cabinet.kit.dates import say_moment
from cabinet.residents import email_change
from cabinet.ui.gate import person


class EmailState(rx.State):
    """The change that waits for the mailboxes, if there is one."""

    email: rx.Field[str] = rx.field("")
    """The address of now."""
    wanted: rx.Field[str] = rx.field("")
    """The new one; empty: nothing waits."""
    new_agreed: rx.Field[bool] = rx.field(False)
    old_agreed: rx.Field[bool] = rx.field(False)
    until: rx.Field[str] = rx.field("")
    said: rx.Field[str] = rx.field("")
    problem: rx.Field[str] = rx.field("")
    loaded: rx.Field[bool] = rx.field(False)

    @rx.event
    async def load(self) -> None:
        """Read what waits."""
        self.said = self.problem = ""
        await self._read()
        self.loaded = True

    @rx.event
    async def resend(self, to_new: bool) -> None:
        """Write to one of the mailboxes again."""
        self.said = self.problem = ""
        try:
            async with unit_of_work() as session:
                await email_change.resend_change(person().id, to_new=to_new, session=session)
        except CabinetError as problem:
            self.problem = problem.message()
        else:
            self.said = _("A new letter is on its way; the link in the former one works no more.")
        await self._read()

    @rx.event
    async def cancel(self) -> None:
        """Leave the e-mail as it is."""
        self.said = self.problem = ""
        try:
            async with unit_of_work() as session:
                await email_change.cancel_change(person().id, session=session)
        except CabinetError:
            self.problem = _("Nothing waits any more.")
        else:
            self.said = _("The change is put aside. Your e-mail stays as it is.")
        await self._read()

    async def _read(self) -> None:
        async with read_only() as session:
            found = await email_change.waiting_change(person().id, session=session)
        self.email = person().email
        self.wanted = found.email if found else ""
        self.new_agreed = bool(found and found.new_agreed)
        self.old_agreed = bool(found and found.old_agreed)
        self.until = say_moment(found.expires_at) if found else ""
