"""The front page: what this is, and the ways in."""

import reflex as rx

from cabinet.i18n import _
from cabinet.portal.front.components import hero, promises, steps, who_can_be_paid
from cabinet.ui.layout import public_page, title_of


def title() -> str:
    """The browser's tab."""
    return title_of(_("Pay for utilities online"))


def description() -> str:
    """What search engines show."""
    return _(
        "Gas, water, electricity, heating and housing: see what is owed, pay by card, send meter readings."
    )


def page() -> rx.Component:
    """The front page."""
    return public_page(
        title(),
        hero(),
        steps(),
        who_can_be_paid(),
        promises(),
        narrow=False,
        own_heading=True,
        entrance=False,
    )
