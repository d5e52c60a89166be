"""«Календарь» on the settings page."""

import reflex as rx

from cabinet.i18n import _
from cabinet.portal.settings.calendar_state import CalendarState
from cabinet.ui.buttons import button_row, quiet_button, text_button
from cabinet.ui.hint import hint
from cabinet.ui.icons import icon
from cabinet.ui.links import PlainAnchor
from cabinet.ui.skeleton import lines_skeleton
from cabinet.ui.surfaces import card, notice, section


def calendar_section() -> rx.Component:
    """What it is, and the private address."""
    about = _(
        "Works with the calendar of a phone, Google, Outlook and others. There are no sums and no account numbers in it."
    )
    return section(
        _("Calendar"),
        rx.cond(
            CalendarState.loaded, card(_about(), _calendar(), class_name="grid gap-4"), lines_skeleton(2)
        ),
        hint=hint(about, about=_("Calendar")),
    )


def _about() -> rx.Component:
    return rx.el.p(
        _(
            "The days for readings, the last days to pay and the ends of verifications appear in your calendar by themselves. "
            "The calendar has a secret address: whoever knows it sees these days."
        ),
        class_name="text-pretty",
    )


def _calendar() -> rx.Component:
    off = button_row(
        quiet_button(icon("calendar"), _("Make a calendar address"), on_click=CalendarState.make)
    )
    return rx.fragment(
        rx.cond(CalendarState.address != "", _on(), off),
        rx.el.div(
            rx.cond(CalendarState.said != "", notice(CalendarState.said, mood="fine"), rx.fragment()),
            aria_live="polite",
            class_name="empty:hidden",
        ),
    )


def _on() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.label(
                _("Secret address of your calendar"), html_for="calendar-address", class_name="label"
            ),
            rx.el.input(
                type="text",
                id="calendar-address",
                key=CalendarState.address,
                default_value=CalendarState.address,
                read_only=True,
                auto_complete="off",
                spell_check=False,
                class_name="input address-box",
                custom_attrs={"data-select-all": "true"},
            ),
            rx.cond(
                CalendarState.read_at != "",
                rx.el.p(_("Last read by a calendar:"), " ", CalendarState.read_at, class_name="help"),
                rx.el.p(_("No calendar has read it yet."), class_name="help"),
            ),
            class_name="field",
        ),
        button_row(
            PlainAnchor.create(
                icon("calendar"),
                _("Add to the calendar"),
                href=CalendarState.subscribe,
                class_name="button button-quiet",
            ),
            quiet_button(
                icon("copy"),
                rx.el.span(_("Copy the address"), custom_attrs={"data-copied": _("Copied")}),
                custom_attrs={"data-copies": "calendar-address"},
            ),
        ),
        rx.el.div(
            text_button(_("New address"), on_click=CalendarState.renew),
            text_button(_("Switch the calendar off"), on_click=CalendarState.switch_off),
            class_name="flex flex-wrap gap-x-6 gap-y-1",
        ),
        class_name="grid gap-4",
    )
