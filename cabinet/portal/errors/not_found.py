"""404: for both languages at once, because one static page answers every unknown address."""

import reflex as rx

from cabinet.i18n import N_, gettext, use_locale
from cabinet.ui import routes
from cabinet.ui.links import full_link
from cabinet.ui.pictures import nothing_found_picture
from cabinet.ui.routes import localized

_TITLE = N_("There is no such page")
_TEXT = N_("The address may have a mistake, or the page has moved.")
_BACK = N_("To the front page")


def title() -> str:
    """The browser's tab, in both languages."""
    return f"404 · {_said('ru', _TITLE)} · {_said('en', _TITLE)}"


def page() -> rx.Component:
    """What is shown follows the language of the address; the head script has set it."""
    return rx.el.main(_in("ru"), _in("en"), class_name="public-main")


def _in(locale: str) -> rx.Component:
    back = full_link(
        _said(locale, _BACK), to=localized(routes.FRONT, locale), class_name="button button-primary"
    )
    return rx.el.div(
        rx.el.h1(_said(locale, _TITLE)),
        rx.el.div(nothing_found_picture(), class_name="mx-auto w-64"),
        rx.el.p(_said(locale, _TEXT), class_name="lead"),
        rx.el.div(back),
        lang=locale,
        class_name=f"narrow only-{locale}",
    )


def _said(locale: str, message: str) -> str:
    with use_locale(locale):
        return gettext(message)
