"""The cabinet's start: the first steps of a new resident."""

import reflex as rx

from cabinet.database import read_only, unit_of_work
from cabinet.residents import service as residents
from cabinet.ui.gate import person


class WelcomeState(rx.State):
    """What to do next after the first sign-in, until it is put aside."""

    shown: rx.Field[bool] = rx.field(False)
    named: rx.Field[bool] = rx.field(False)

    @rx.event
    async def load(self) -> None:
        """Whether the first steps still help."""
        async with read_only() as session:
            profile = await residents.get_profile(person().id, session=session)
        self.shown = not profile.welcomed
        self.named = bool(profile.full_name)

    @rx.event
    async def put_aside(self) -> None:
        """The resident knows the way."""
        async with unit_of_work() as session:
            await residents.put_welcome_aside(person().id, session=session)
        self.shown = False
