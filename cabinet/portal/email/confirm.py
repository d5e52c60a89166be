"""Where the letter to a new address leads: confirms it, and says what is left to do."""

import reflex as rx

from cabinet.i18n import _
from cabinet.portal.email.links import answers, token_field
from cabinet.ui import routes
from cabinet.ui.buttons import submit_button
from cabinet.ui.forms import answer_scope, form_error, send_form
from cabinet.ui.layout import public_page, title_of


def title() -> str:
    """The browser's tab."""
    return title_of(_("Confirming the new e-mail"))


def page() -> rx.Component:
    """Sent by script as soon as the page is there: robots that look into letters only fetch."""
    question = send_form(
        routes.API_NEW_EMAIL,
        token_field(),
        rx.el.p(_("Checking the link…"), role="status"),
        form_error(),
        submit_button(_("Confirm the new address")),
        class_name="form before-answer",
        custom_attrs={"data-send-on-load": "true"},
    )
    return public_page(_("Confirming the new e-mail"), answer_scope(question, *answers()), entrance=False)
