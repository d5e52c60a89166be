"""What stands around every page instead of Reflex's English banner and error screen.

Both are made once for the whole app, so they hold the words of both languages; styles show those
of the page's language.
"""

from typing import Any

import reflex as rx
from reflex_components_core.base.error_boundary import ErrorBoundary
from reflex_components_core.core.banner import has_connection_errors

from cabinet.i18n import N_, gettext, use_locale
from cabinet.ui.font import GolosText
from cabinet.ui.icons import icon
from cabinet.ui.links import full_link

_LOST = N_("No connection. What you typed stays here; we keep trying.")
_BROKEN_TITLE = N_("This page broke")
_BROKEN = N_("Your money and data are safe. Load the page again; if it happens again, write to support.")
_RELOAD = N_("Load again")


def in_both_languages(message: str) -> list[rx.Component]:
    """The Russian and the English text; styles hide the one that is not the page's."""
    return [_in("ru", message), _in("en", message)]


def connection_bar() -> rx.Component:
    """A quiet line while the socket is lost; it goes by itself when the socket is back. The page comes after it."""
    words = rx.el.span(*in_both_languages(_LOST))
    bar = rx.el.div(icon("offline"), words, class_name="lost")
    shown = rx.cond(has_connection_errors, bar, rx.fragment())
    return rx.fragment(rx.el.div(shown, role="status", class_name="no-print"))


def is_present(connection: rx.Var[str]) -> rx.Var[bool]:
    """Whether a state that keeps its connection's id was loaded for the one that the page has now."""
    return (connection != "") & (connection == rx.State.router.session.session_id)


def error_boundary(*children: Any, **props: Any) -> rx.Component:
    """Our words when drawing a page failed, and a button that loads it again."""
    reload = full_link(*in_both_languages(_RELOAD), to="", class_name="button button-primary")
    broken = rx.el.main(
        rx.el.h1(*in_both_languages(_BROKEN_TITLE)),
        rx.el.p(*in_both_languages(_BROKEN), class_name="lead"),
        rx.el.div(reload),
        class_name="public-main narrow",
    )
    return ErrorBoundary.create(*children, fallback_render=rx.Var.create(broken), **props)


def app_wraps() -> dict[tuple[int, str], Any]:
    """For `rx.App(app_wraps=…, toaster=None)`."""
    return {
        (55, "ErrorBoundary"): lambda stateful: error_boundary(
            **({} if stateful else {"on_error": rx.noop()})
        ),
        (6, "Font"): lambda _stateful: GolosText.create(),
        (5, "Overlay"): lambda stateful: connection_bar() if stateful else None,
    }


def _in(locale: str, message: str) -> rx.Component:
    with use_locale(locale):
        return rx.el.span(gettext(message), class_name=f"only-{locale}", lang=locale)
