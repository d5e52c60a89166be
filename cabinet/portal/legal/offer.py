"""The legal text «offer»."""

import reflex as rx

from cabinet.i18n import current_locale
from cabinet.legal.service import document
from cabinet.portal.legal.components import legal_page
from cabinet.ui.layout import title_of


def title() -> str:
    """The browser's tab."""
    return title_of(document("offer", current_locale()).title)


def page() -> rx.Component:
    """The document."""
    return legal_page("offer")
