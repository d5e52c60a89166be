"""Sign up: an e-mail, a password, consent."""

import reflex as rx

from cabinet.i18n import _
from cabinet.residents.errors import password_rule
from cabinet.settings import settings
from cabinet.ui import routes
from cabinet.ui.buttons import submit_button
from cabinet.ui.fields import checkbox_field, email_field, password_field
from cabinet.ui.forms import form_error, send_form
from cabinet.ui.layout import public_page, title_of
from cabinet.ui.links import link, new_tab_link


def title() -> str:
    """The browser's tab."""
    return title_of(_("Signing up"))


def description() -> str:
    """What search engines show."""
    return _("An e-mail and a password are enough. Link your accounts and pay afterwards.")


def page() -> rx.Component:
    """The sign-up page."""
    return public_page(_("Signing up"), rx.el.p(description(), class_name="lead"), _form(), _already())


def _form() -> rx.Component:
    return send_form(
        routes.API_SIGN_UP,
        email_field(help=_("You will sign in with it. We send a letter with a link to it.")),
        password_field(new=True, help=password_rule(settings.password_policy)),
        checkbox_field("consent", _("Consent to personal data processing"), help=_documents()),
        form_error(),
        submit_button(_("Sign up")),
        custom_attrs={"data-remember": "email"},
    )


def _documents() -> rx.Component:
    consent = new_tab_link(_("Read the text of the consent"), to=routes.CONSENT)
    privacy = new_tab_link(_("Privacy policy"), to=routes.PRIVACY)
    return rx.el.span(consent, rx.el.br(), privacy)


def _already() -> rx.Component:
    return rx.el.p(_("Signed up before?"), " ", link(_("Go to your cabinet"), to=routes.SIGN_IN))
