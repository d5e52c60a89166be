"""«Мои входы»: where the person is signed in."""

from dataclasses import dataclass
from uuid import UUID

import reflex as rx

from cabinet.database import read_only, unit_of_work
from cabinet.errors import CabinetError
from cabinet.i18n import _
from cabinet.kit.dates import say_moment
from cabinet.kit.devices import say_device
from cabinet.residents import service as residents
from cabinet.residents.service import OwnSession
from cabinet.ui.accounts import as_id
from cabinet.ui.gate import person


@dataclass
class SessionLine:
    """A sign-in in words."""

    id: str
    device: str
    place: str
    began: str
    used: str
    ended: str
    current: bool


class SessionsState(rx.State):
    """The sign-ins of the person, those that live and those that are over."""

    living: rx.Field[list[SessionLine]] = rx.field(default_factory=list)
    over: rx.Field[list[SessionLine]] = rx.field(default_factory=list)
    asked: rx.Field[bool] = rx.field(False)
    """Whether to end all others is being asked."""
    said: rx.Field[str] = rx.field("")
    problem: rx.Field[str] = rx.field("")
    loaded: rx.Field[bool] = rx.field(False)

    @rx.event
    async def load(self) -> None:
        """Read the sign-ins."""
        self._put_aside()
        await self._read()
        self.loaded = True

    @rx.event
    async def end(self, session_id: str) -> None:
        """End one of the others."""
        self._put_aside()
        try:
            async with unit_of_work() as session:
                await residents.end_own_session(person(), as_id(session_id) or UUID(int=0), session=session)
        except CabinetError:
            self.problem = _("This sign-in is over already.")
        else:
            self.said = _("Done: nobody is signed in there any more.")
        await self._read()

    @rx.event
    def ask(self) -> None:
        """Ask once more before all others end."""
        self._put_aside()
        self.asked = True

    @rx.event
    def leave(self) -> None:
        """Leave all as it is."""
        self._put_aside()

    @rx.event
    async def end_others(self) -> None:
        """End all but this one."""
        self._put_aside()
        async with unit_of_work() as session:
            await residents.end_other_sessions(person(), session=session)
        self.said = _("Done: you are signed in only here.")
        await self._read()

    def _put_aside(self) -> None:
        self.asked, self.said, self.problem = False, "", ""

    async def _read(self) -> None:
        async with read_only() as session:
            found = await residents.own_sessions(person(), session=session)
        self.living = [_line(one) for one in found if one.ended_at is None]
        self.over = [_line(one) for one in found if one.ended_at is not None]


def _line(one: OwnSession) -> SessionLine:
    return SessionLine(
        id=str(one.id),
        device=say_device(one.device),
        place=residents.say_place(one.address),
        began=say_moment(one.began_at),
        used=say_moment(one.last_seen_at),
        ended=say_moment(one.ended_at) if one.ended_at else "",
        current=one.is_current,
    )
