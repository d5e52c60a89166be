"""403: the person is known, but may not be here."""

import reflex as rx

from cabinet.i18n import _, pgettext
from cabinet.portal.errors.components import error_page
from cabinet.ui import routes
from cabinet.ui.buttons import button_row, primary_link, quiet_link
from cabinet.ui.layout import title_of


def title() -> str:
    """The browser's tab."""
    return title_of(_("No access"))


def page() -> rx.Component:
    """The 403 page."""
    ways = button_row(
        primary_link(_("To the cabinet"), to=routes.CABINET),
        quiet_link(pgettext("button", "Write to support"), to=routes.SUPPORT),
    )
    return error_page(
        _("You have no access to this page"), _("Sign in with another e-mail, or ask for access."), ways
    )
