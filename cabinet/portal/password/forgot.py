"""The password is forgotten: ask for a letter."""

import reflex as rx

from cabinet.i18n import _
from cabinet.settings import settings
from cabinet.ui import routes
from cabinet.ui.buttons import submit_button
from cabinet.ui.fields import email_field
from cabinet.ui.forms import answer_scope, form_error, send_form, when_state
from cabinet.ui.layout import public_page, title_of
from cabinet.ui.surfaces import notice


def title() -> str:
    """The browser's tab."""
    return title_of(_("New password"))


def page() -> rx.Component:
    """The page that asks for the address."""
    return public_page(_("New password"), answer_scope(_form(), when_state("ok", _sent())))


def _form() -> rx.Component:
    return send_form(
        routes.API_FORGOT_PASSWORD,
        rx.el.p(_("Enter your e-mail. We send a link that sets a new password."), class_name="lead"),
        email_field(auto_complete="username", custom_attrs={"data-from-memory": "email"}),
        form_error(),
        submit_button(_("Send the link")),
        class_name="form before-answer",
        custom_attrs={"data-remember": "email"},
    )


def _sent() -> rx.Component:
    """The same whether or not the address is known."""
    text = _("The link works for {hours} hours. No letter? Look into spam, or check the address.")
    return notice(
        rx.el.h2(_("If this address is signed up, a letter is on its way")),
        rx.el.p(text.format(hours=settings.reset_link_hours)),
        mood="fine",
        sign="letter",
    )
