"""Sending readings."""

import reflex as rx

from cabinet.i18n import _
from cabinet.portal.cabinet.components import no_accounts
from cabinet.portal.readings.components import readings_card
from cabinet.portal.readings.state import ReadingsState
from cabinet.ui import routes
from cabinet.ui.buttons import primary_link
from cabinet.ui.connection import is_present
from cabinet.ui.hint import hint
from cabinet.ui.layout import cabinet_page, title_of
from cabinet.ui.pictures import nothing_found_picture
from cabinet.ui.reading_field import readings_script
from cabinet.ui.skeleton import account_card_skeleton, skeleton
from cabinet.ui.surfaces import empty


def title() -> str:
    """What stands in the browser's tab."""
    return title_of(_("Readings"))


def page() -> rx.Component:
    """A form for each account with meters."""
    about = _(
        "Enter what stands on the meter: consumption and its cost by the tariff are shown at once. "
        "Until the provider takes the readings over, you can correct them here."
    )
    return cabinet_page(
        _("Readings"),
        rx.cond(
            is_present(ReadingsState.connection),
            _content(),
            skeleton(account_card_skeleton(), class_name="grid gap-5"),
        ),
        readings_script(),
        place=routes.READINGS,
        hint=hint(about, about=_("Readings")),
    )


def _content() -> rx.Component:
    forms = rx.el.div(
        rx.el.ul(rx.foreach(ReadingsState.cards, readings_card), class_name="grid gap-5"),
        rx.cond(ReadingsState.bare != "", _bare(), rx.fragment()),
        class_name="grid gap-5 readings",
    )
    without = rx.cond(ReadingsState.bare != "", _no_meters(), no_accounts())
    return rx.cond(ReadingsState.cards.length() > 0, forms, without)


def _bare() -> rx.Component:
    return rx.el.p(_("Without meters:"), " ", ReadingsState.bare, class_name="text-soft")


def _no_meters() -> rx.Component:
    return empty(
        nothing_found_picture(),
        _("There are no meters at your accounts"),
        _("These services are billed by the norm or by a common meter of the house. Nothing has to be sent."),
        primary_link(_("To my accounts"), to=routes.CABINET),
    )
