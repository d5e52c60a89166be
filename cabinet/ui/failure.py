"""What happens on the page when a handler fails: our words, and a number that support can find."""

import logging
from secrets import token_hex

import reflex as rx
from reflex.event import EventSpec
from reflex_base.event.context import EventContext

from cabinet.errors import CabinetError
from cabinet.i18n import _, locale_of_path, use_locale
from cabinet.ui import routes
from cabinet.ui.gate import SignedOut, open_to_all
from cabinet.watching.context import request_id

logger = logging.getLogger(__name__)


class FailureState(rx.State):
    """The last failure, until it is put aside or another page is opened."""

    text: str = ""

    @rx.event
    @open_to_all
    def say(self, text: str) -> None:
        """Show what happened."""
        self.text = text[:500]

    @rx.event
    @open_to_all
    def put_aside(self) -> None:
        """It has been read."""
        self.text = ""


def say_failure(exception: Exception) -> EventSpec | None:
    """One place where an error of a handler becomes words; nothing of an unknown error reaches the browser."""
    with use_locale(_locale_of_page()):
        return _answer(exception)


def _locale_of_page() -> str:
    """Reflex calls this outside the handler's task, where the language that the gate has set does not hold."""
    return locale_of_path(str(EventContext.get().router_data.get("pathname", "")))


def _answer(exception: Exception) -> EventSpec | None:
    if isinstance(exception, SignedOut):
        return rx.redirect(routes.localized(routes.SIGN_IN))
    if isinstance(exception, CabinetError):
        return _say(exception.message())
    number = token_hex(4)
    request_id.set(EventContext.get().txid)  # this is a task of its own, without what the gate has set
    logger.error("failure %s", number, exc_info=exception, extra={"number": number})
    words = _(
        "Something went wrong on our side. What you did may not be kept. Load the page again; to support say the number {number}."
    )
    return _say(words.format(number=number))


def _say(text: str) -> EventSpec:
    # A handler of a class is an EventHandler, which makes a spec of its arguments; its type names what it is under
    # the decorator instead.
    return FailureState.say(text)  # pyright: ignore[reportReturnType]
