"""The private address of the resident's calendar: made, shown, exchanged, switched off."""

import reflex as rx

from cabinet.database import read_only, unit_of_work
from cabinet.i18n import _
from cabinet.kit.dates import say_moment
from cabinet.reminders import feeds
from cabinet.reminders.models import CalendarFeed
from cabinet.settings import settings
from cabinet.ui.gate import person


class CalendarState(rx.State):
    """The address that works now; empty: the calendar is off."""

    address: rx.Field[str] = rx.field("")
    subscribe: rx.Field[str] = rx.field("")
    """The same for the calendar of this device, which knows `webcal:`."""
    read_at: rx.Field[str] = rx.field("")
    said: rx.Field[str] = rx.field("")
    loaded: rx.Field[bool] = rx.field(False)

    @rx.event
    async def load(self) -> None:
        """Read what is there."""
        async with read_only() as session:
            self._show(await feeds.feed_of(person().id, session=session))
        self.said, self.loaded = "", True

    @rx.event
    async def make(self) -> None:
        """Switch the calendar on."""
        async with unit_of_work() as session:
            self._show(await feeds.make_feed(person().id, session=session))
        self.said = ""

    @rx.event
    async def renew(self) -> None:
        """Exchange the address for a new one."""
        async with unit_of_work() as session:
            self._show(await feeds.renew_feed(person().id, session=session))
        self.said = _("This is the new address. The old one does not work any more.")

    @rx.event
    async def switch_off(self) -> None:
        """Let no calendar read any more."""
        async with unit_of_work() as session:
            await feeds.revoke_feed(person().id, session=session)
        self._show(None)
        self.said = _("The calendar is off. Delete it from your device, too.")

    def _show(self, feed: CalendarFeed | None) -> None:
        path = feeds.address_of(feed) if feed else ""
        self.address = f"{settings.public_url}{path}" if path else ""
        self.subscribe = f"webcal://{self.address.partition('://')[2]}" if path else ""
        self.read_at = say_moment(feed.read_at) if feed and feed.read_at else ""
