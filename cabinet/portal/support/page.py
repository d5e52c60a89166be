"""Write to support: for guests and residents."""

from typing import Any

import reflex as rx

from cabinet.i18n import _
from cabinet.portal.support.state import SupportState
from cabinet.settings import settings
from cabinet.ui import routes
from cabinet.ui.buttons import submit_button
from cabinet.ui.fields import email_field, file_field, select_field, text_field, textarea_field
from cabinet.ui.forms import FILLED_BY_SCRIPT, form_error, send_form, when_query
from cabinet.ui.hints import section_hint
from cabinet.ui.layout import public_page, title_of
from cabinet.ui.links import full_link, link
from cabinet.ui.pictures import support_picture
from cabinet.ui.routes import localized
from cabinet.ui.session import SessionState
from cabinet.ui.surfaces import notice


def title() -> str:
    """The browser's tab."""
    return title_of(_("Support"))


def description() -> str:
    """What search engines show."""
    return _("Write to support, or call {phone}.").format(phone=settings.operator_phone)


def page() -> rx.Component:
    """The support page; with `?ticket=` it says that the request has arrived."""
    heading = rx.el.div(
        rx.el.h1(_("Support"), tab_index=-1), section_hint("support"), class_name="flex items-center gap-1"
    )
    return public_page(_("Support"), heading, when_query("ticket", _received()), _request(), own_heading=True)


def _received() -> rx.Component:
    number = rx.el.span(custom_attrs={"data-text-from-query": "ticket", **FILLED_BY_SCRIPT})
    return rx.el.div(
        rx.el.div(support_picture(), class_name="mx-auto w-56"),
        notice(
            rx.el.h2(_("Request No."), " ", number),
            rx.el.p(_("It has arrived. The answer comes by e-mail; a copy is on its way to you.")),
            mood="fine",
        ),
        rx.el.p(full_link(_("Write another one"), to=localized(routes.SUPPORT))),
        class_name="grid gap-6",
    )


def _request() -> rx.Component:
    first = rx.el.p(_("The answer may be there already:"), " ", link(_("Answers and hints"), to=routes.HELP))
    own = rx.cond(
        SessionState.signed_in,
        rx.el.p(_("What you asked before:"), " ", link(_("Your requests"), to=routes.REQUESTS)),
        rx.fragment(),
    )
    return rx.el.div(
        rx.el.div(first, own, class_name="grid gap-1"),
        send_form(
            routes.API_SUPPORT,
            email_field(help=_("The answer comes to this address."), value=SessionState.email),
            text_field("subject", _("Subject")),
            _account(),
            textarea_field("message", _("Message"), help=_("Do not send card numbers or passwords.")),
            file_field("files", _("Files"), help=_files_help()),
            rx.el.input(type="hidden", name="key", custom_attrs={"data-form-key": "true"}),
            _trap(),
            form_error(),
            submit_button(_("Send")),
            files=True,
            custom_attrs={"data-keeps": "true"},
        ),
        class_name="grid gap-6",
        custom_attrs={"data-unless": "ticket"},
    )


def _account() -> rx.Component:
    """Which account it is about, for who has linked any."""
    options = [
        rx.el.option(_("Not about one account"), value=""),
        rx.foreach(SupportState.accounts, lambda one: rx.el.option(one.title, value=one.id)),
    ]
    return rx.cond(
        SupportState.accounts.length() > 0,
        select_field("account", _("Which account is it about?"), options),
        rx.fragment(),
    )


def _files_help() -> str:
    megabytes = settings.upload_max_bytes // (1024 * 1024)
    return _("Photos or PDF, up to {size} MB each.").format(size=megabytes)


def _trap() -> rx.Component:
    """A field that people do not meet; programs that fill in every field fill in this one."""
    attributes: dict[str, Any] = {"tab_index": -1, "auto_complete": "off"}
    field = rx.el.input(type="text", name="website", aria_label=_("Leave this empty"), **attributes)
    return rx.el.div(field, class_name="trap", aria_hidden="true")
