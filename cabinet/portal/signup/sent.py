"""The letter is on its way: where to look, how to get another one."""

from typing import Any

import reflex as rx

from cabinet.i18n import _
from cabinet.settings import settings
from cabinet.ui import routes
from cabinet.ui.buttons import quiet_button
from cabinet.ui.fields import email_field
from cabinet.ui.forms import FILLED_BY_SCRIPT, form_error, form_message, send_form
from cabinet.ui.layout import public_page, title_of
from cabinet.ui.links import link
from cabinet.ui.pictures import letter_picture
from cabinet.ui.surfaces import card

_PAUSE_SECONDS = 60


def title() -> str:
    """The browser's tab."""
    return title_of(_("The letter is on its way"))


def page() -> rx.Component:
    """The page after sign-up."""
    return public_page(
        _("The letter is on its way"),
        rx.el.div(letter_picture(), class_name="mx-auto w-56"),
        rx.el.p(_("Open the letter and press the button in it. Then you can sign in."), class_name="lead"),
        _where_to_look(),
        card(rx.el.h2(_("No letter?")), _resend(), class_name="grid gap-4"),
        rx.el.p(_("A mistake in the address?"), " ", link(_("Sign up with another one"), to=routes.SIGN_UP)),
    )


def _where_to_look() -> rx.Component:
    """The address itself is kept by the browser for this visit; it stands in no link."""
    hours = settings.confirm_link_hours
    return rx.el.ul(
        rx.el.li(
            _("The letter comes within a few minutes. Its sender is {sender}.").format(
                sender=settings.mail_from
            )
        ),
        rx.el.li(_("If it is not in the inbox, look into spam and promotions.")),
        rx.el.li(_("The link works for {hours} hours.").format(hours=hours)),
        class_name="prose list-disc pl-6",
    )


def _resend() -> rx.Component:
    attributes: dict[str, Any] = {"data-from-memory": "email"}
    return rx.el.div(
        send_form(
            routes.API_RESEND,
            email_field(custom_attrs=attributes),
            form_error(),
            form_message(),
            quiet_button(_("Send again"), type="submit", disabled=True),
            custom_attrs={"data-remember": "email"},
        ),
        rx.el.p(
            _("You can ask again in"),
            " ",
            rx.el.span(class_name="figures", custom_attrs={"data-seconds": "", **FILLED_BY_SCRIPT}),
            " ",
            _("s."),
            class_name="help mt-2",
            custom_attrs={"data-waiting": "true"},
        ),
        custom_attrs={"data-wait": str(_PAUSE_SECONDS)},
    )
