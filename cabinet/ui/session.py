"""Who is signed in, as the pages show it. Authority is the gate's, never these vars'."""

import reflex as rx

from cabinet.residents.person import Permission
from cabinet.ui.gate import open_to_all, visitor


class SessionState(rx.State):
    """The person of this browser; loaded on every page, empty for a guest."""

    known: rx.Field[bool] = rx.field(False)
    """Whether the answer has come: before that, pages show neither guest nor resident."""
    signed_in: rx.Field[bool] = rx.field(False)
    email: rx.Field[str] = rx.field("")
    name: rx.Field[str] = rx.field("")
    is_staff: rx.Field[bool] = rx.field(False)

    @rx.event
    @open_to_all
    def load(self) -> None:
        """Read who the cookie belongs to."""
        person = visitor()
        self.known = True
        self.signed_in = person is not None
        self.email = person.email if person else ""
        self.name = person.full_name if person else ""
        self.is_staff = bool(person and person.may(Permission.SEE_STAFF_PAGES))
