"""Sign in."""

import reflex as rx

from cabinet.i18n import _, pgettext
from cabinet.portal.login.key import sign_in_with_key
from cabinet.ui import routes
from cabinet.ui.buttons import submit_button
from cabinet.ui.fields import email_field, password_field
from cabinet.ui.forms import answer_scope, form_error, send_form, when_query
from cabinet.ui.layout import public_page, title_of
from cabinet.ui.links import link
from cabinet.ui.surfaces import notice


def title() -> str:
    """The browser's tab."""
    return title_of(_("Sign in"))


def description() -> str:
    """What search engines show."""
    return _("Sign in to see what is owed and to pay.")


def page() -> rx.Component:
    """The sign-in page."""
    return public_page(
        _("Signing in"),
        *_notices(),
        answer_scope(_form(), _unconfirmed()),
        sign_in_with_key(),
        _ways(),
        entrance=False,
    )


def _notices() -> list[rx.Component]:
    """What brought the visitor here."""
    return [
        when_query("new_password", notice(_("The new password is set. Sign in with it."), mood="fine")),
        when_query(
            "deleted", notice(_("Your cabinet is deleted. A letter says what that means."), mood="fine")
        ),
        when_query("next", notice(_("Sign in to open this page."))),
    ]


def _form() -> rx.Component:
    forgot = link(_("Forgot your password?"), to=routes.FORGOT_PASSWORD)
    return send_form(
        routes.API_SIGN_IN,
        rx.el.input(type="hidden", name="next", custom_attrs={"data-from-query": "next"}),
        email_field(auto_complete="username webauthn"),
        password_field(help=forgot),
        form_error(),
        submit_button(_("Sign in")),
        custom_attrs={"data-remember": "email"},
    )


def _unconfirmed() -> rx.Component:
    """Offered when the password is right, but the mailbox is not confirmed."""
    way = link(_("Send the letter again"), to=routes.LETTER_SENT)
    return rx.el.p(way, hidden=True, custom_attrs={"data-when-code": "email_not_confirmed"})


def _ways() -> rx.Component:
    return rx.el.p(_("First time here?"), " ", link(pgettext("place", "Sign up"), to=routes.SIGN_UP))
