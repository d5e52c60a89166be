"""Where the letter to the old address leads: allows the change, or stops it. Nothing happens without a press."""

import reflex as rx

from cabinet.i18n import _
from cabinet.portal.email.links import answers, token_field
from cabinet.ui import routes
from cabinet.ui.buttons import quiet_button, submit_button
from cabinet.ui.forms import answer_scope, form_error, send_form
from cabinet.ui.layout import public_page, title_of


def title() -> str:
    """The browser's tab."""
    return title_of(_("Allow the change of the e-mail"))


def page() -> rx.Component:
    """The two answers."""
    question = rx.el.div(
        rx.el.p(_("Somebody who knows your password wants to change the e-mail of your cabinet. Is it you?")),
        send_form(
            routes.API_OLD_EMAIL,
            token_field(),
            form_error(),
            submit_button(_("It is me: allow the change")),
        ),
        send_form(
            routes.API_REFUSE_EMAIL,
            token_field("refusing-token"),
            form_error(),
            quiet_button(_("It is not me: stop it"), type="submit", wide=True),
        ),
        class_name="grid gap-4 before-answer",
    )
    return public_page(
        _("Allow the change of the e-mail"), answer_scope(question, *answers()), entrance=False
    )
