"""Where the link of the password letter leads."""

import reflex as rx

from cabinet.i18n import _
from cabinet.residents.errors import password_rule
from cabinet.settings import settings
from cabinet.ui import routes
from cabinet.ui.buttons import primary_link, submit_button
from cabinet.ui.fields import password_field
from cabinet.ui.forms import answer_scope, form_error, send_form, when_state
from cabinet.ui.layout import public_page, title_of
from cabinet.ui.surfaces import notice


def title() -> str:
    """The browser's tab."""
    return title_of(_("New password"))


def page() -> rx.Component:
    """The page that sets the new password."""
    return public_page(_("New password"), answer_scope(_form(), *_problems()))


def _form() -> rx.Component:
    return send_form(
        routes.API_RESET_PASSWORD,
        rx.el.p(
            _("You will be signed out on all devices and sign in with the new password."), class_name="lead"
        ),
        rx.el.input(type="hidden", name="token", custom_attrs={"data-from-query": "token"}),
        password_field(label=_("New password"), new=True, help=password_rule(settings.password_policy)),
        form_error(),
        submit_button(_("Save the password")),
        class_name="form before-answer",
    )


def _problems() -> list[rx.Component]:
    again = primary_link(_("Ask for a new link"), to=routes.FORGOT_PASSWORD, wide=True)
    return [
        when_state("used", notice(_("This link has been used already"), mood="due")),
        when_state("expired", notice(_("This link has expired"), mood="due")),
        when_state("unknown", notice(_("This link is wrong"), mood="failed")),
        when_state("used expired unknown", again),
    ]
