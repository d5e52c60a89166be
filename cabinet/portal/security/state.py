"""«Безопасность»: what there is. What changes it are plain forms: no secret and no code travels here."""

from dataclasses import dataclass
from datetime import datetime

import reflex as rx

from cabinet.database import read_only
from cabinet.factors import service as factors
from cabinet.factors.keys import KeyView
from cabinet.http.requests import own_path
from cabinet.i18n import _
from cabinet.kit.dates import say_date, say_moment
from cabinet.ui.gate import open_to_enrolling, person


@dataclass
class KeyLine:
    """A key in words."""

    id: str
    name: str
    added: str
    used: str


class SecurityState(rx.State):
    """The person's factors in words; never a secret."""

    loaded: rx.Field[bool] = rx.field(False)
    has_app: rx.Field[bool] = rx.field(False)
    app_since: rx.Field[str] = rx.field("")
    app_used: rx.Field[str] = rx.field("")
    keys: rx.Field[list[KeyLine]] = rx.field(default_factory=list)
    has_any: rx.Field[bool] = rx.field(False)
    codes_left: rx.Field[int] = rx.field(0)
    must_enrol: rx.Field[bool] = rx.field(False)
    """Nothing else opens before a factor is on."""
    way_on: rx.Field[str] = rx.field("")
    """Where the person was going when a factor was asked for."""

    @rx.event
    @open_to_enrolling
    async def load(self) -> None:
        """Read what there is."""
        who = person()
        async with read_only() as session:
            found = await factors.factors_of(who.id, session=session)
        self.has_app = found.app_since is not None
        self.app_since = _since(found.app_since)
        self.app_used = _used(found.app_used_at)
        self.keys = [_line(key) for key in found.keys]
        self.has_any, self.codes_left = found.any, found.codes_left
        self.must_enrol = who.must_enrol
        self.way_on = own_path(self.router.url.query_parameters.get("next", ""), "")
        self.loaded = True


def _line(key: KeyView) -> KeyLine:
    added = _("Added on {day}").format(day=say_date(key.created_at.date()))
    return KeyLine(str(key.id), key.name, added, _used(key.last_used_at))


def _since(at: datetime | None) -> str:
    return _("Connected on {day}").format(day=say_date(at.date())) if at else ""


def _used(at: datetime | None) -> str:
    return _("Last used: {moment}").format(moment=say_moment(at)) if at else _("Not used yet")
