"""Maintenance: closed for a while."""

import reflex as rx

from cabinet.i18n import _
from cabinet.portal.errors.components import error_page
from cabinet.settings import settings
from cabinet.ui.layout import title_of


def title() -> str:
    """The browser's tab."""
    return title_of(_("Maintenance"))


def page() -> rx.Component:
    """The maintenance page."""
    text = _("We are putting in new parts. Payments made before are safe. In urgent cases call {phone}.")
    return error_page(_("We will be back soon"), text.format(phone=settings.operator_phone))
