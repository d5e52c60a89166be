"""500: something broke at our side."""

import reflex as rx

from cabinet.i18n import _, pgettext
from cabinet.portal.errors.components import error_page
from cabinet.ui import routes
from cabinet.ui.buttons import button_row, primary_link, quiet_link
from cabinet.ui.layout import title_of


def title() -> str:
    """The browser's tab."""
    return title_of(_("Something broke"))


def page() -> rx.Component:
    """The 500 page."""
    ways = button_row(
        primary_link(_("To the cabinet"), to=routes.CABINET),
        quiet_link(pgettext("button", "Write to support"), to=routes.SUPPORT),
    )
    text = _("It is our fault. Your money and data are safe. Try again in a minute.")
    return error_page(_("Something broke"), text, ways)
