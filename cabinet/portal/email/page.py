"""«Сменить e-mail»: the form, and what is waited for."""

from typing import Any

import reflex as rx

from cabinet.i18n import _
from cabinet.portal.email.state import EmailState
from cabinet.ui import routes
from cabinet.ui.buttons import button_row, quiet_button, submit_button, text_button
from cabinet.ui.fields import email_field, password_field
from cabinet.ui.forms import form_error, send_form
from cabinet.ui.hints import section_hint
from cabinet.ui.icons import icon
from cabinet.ui.layout import cabinet_page, title_of
from cabinet.ui.links import link
from cabinet.ui.skeleton import lines_skeleton
from cabinet.ui.surfaces import card, notice, section, status


def title() -> str:
    """What stands in the browser's tab."""
    return title_of(_("Change the e-mail"))


def page() -> rx.Component:
    """What waits, if anything does; else the form."""
    return cabinet_page(
        _("Change the e-mail"),
        rx.el.p(
            link(icon("back"), _("Settings"), to=routes.SETTINGS, class_name="button-text"),
            class_name="-mt-4 mb-2 no-print",
        ),
        rx.el.div(rx.cond(EmailState.loaded, _content(), lines_skeleton(4)), class_name="grid gap-9"),
        place=routes.SETTINGS,
        hint=section_hint("email"),
        flow=True,
    )


def _content() -> rx.Component:
    return rx.fragment(
        rx.el.div(_said(), role="status", class_name="empty:hidden"),
        rx.cond(EmailState.wanted != "", _waiting(), _form()),
    )


def _said() -> rx.Component:
    return rx.fragment(
        rx.cond(EmailState.said != "", notice(EmailState.said, mood="fine"), rx.fragment()),
        rx.cond(EmailState.problem != "", notice(EmailState.problem, mood="failed"), rx.fragment()),
    )


def _form() -> rx.Component:
    return card(
        rx.el.p(
            _("You sign in with"), " ", rx.el.strong(EmailState.email, class_name="[overflow-wrap:anywhere]")
        ),
        rx.el.p(
            _(
                "We write to the new and to the old address. The e-mail changes when you have opened the links in both "
                "letters, within 24 hours. Until then everything stays as it is."
            )
        ),
        send_form(
            routes.API_CHANGE_EMAIL,
            email_field(label=_("New e-mail"), auto_complete="off"),
            password_field("current", label=_("Your password")),
            form_error(),
            submit_button(_("Send the letters"), wide=False),
        ),
        class_name="grid gap-4",
    )


def _waiting() -> rx.Component:
    return section(
        _("Waiting for the mailboxes"),
        card(
            rx.el.p(
                _("The new e-mail:"),
                " ",
                rx.el.strong(EmailState.wanted, class_name="[overflow-wrap:anywhere]"),
            ),
            rx.el.p(
                _("Until then you sign in with the old one. The links work until"), " ", EmailState.until, "."
            ),
            rx.el.ul(
                _side(_("New address"), EmailState.wanted, EmailState.new_agreed, to_new=True),
                _side(_("Old address"), EmailState.email, EmailState.old_agreed, to_new=False),
                class_name="grid gap-4",
            ),
            button_row(
                quiet_button(_("I have opened the links"), on_click=EmailState.load),
                text_button(_("Do not change the e-mail"), on_click=EmailState.cancel),
            ),
            class_name="grid gap-4",
        ),
        rx.cond(EmailState.new_agreed & ~EmailState.old_agreed, _lost(), rx.fragment()),
    )


def _side(name: str, email: rx.Var[str], agreed: rx.Var[bool], *, to_new: bool) -> rx.Component:
    again: Any = EmailState.resend(to_new)
    waits = rx.el.div(
        status(_("waits for the link in the letter"), "due"),
        rx.el.div(
            text_button(
                _("Send the letter again"), rx.el.span(": ", name, class_name="sr-only"), on_click=again
            )
        ),
    )
    return rx.el.li(
        rx.el.p(
            name, ": ", rx.el.span(email, class_name="[overflow-wrap:anywhere]"), class_name="font-semibold"
        ),
        rx.cond(agreed, status(_("agreed"), "fine"), waits),
    )


def _lost() -> rx.Component:
    return notice(
        rx.el.p(_("Is the old mailbox lost?"), class_name="font-semibold"),
        rx.el.p(
            _(
                "Write to support from this cabinet. They ask you a few questions and can allow the change in its "
                "place while it waits."
            )
        ),
        rx.el.p(link(_("Write to support"), to=routes.SUPPORT)),
    )
