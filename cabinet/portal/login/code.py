"""The second step of signing in: a code of the app, a key, or a spare code."""

from typing import Any

import reflex as rx

from cabinet.i18n import _
from cabinet.portal.login.key import sign_in_with_key
from cabinet.settings import settings
from cabinet.ui import routes
from cabinet.ui.buttons import quiet_button, submit_button
from cabinet.ui.fields import code_field, text_field
from cabinet.ui.forms import answer_scope, form_error, send_form, when_query
from cabinet.ui.layout import public_page, title_of
from cabinet.ui.links import full_link, link
from cabinet.ui.surfaces import question


def title() -> str:
    """The browser's tab."""
    return title_of(_("Second step of signing in"))


def page() -> rx.Component:
    """The address says which ways the person has; only who knew the password came here."""
    return public_page(
        _("One step more"),
        rx.el.p(_("The password is right. Now show that it is you."), class_name="lead"),
        when_query("app", _app()),
        when_query("key", sign_in_with_key(after_password=True)),
        rx.el.div(
            question(_("No phone or key at hand? Use a spare code"), _spare()),
            question(_("Spare codes are lost, too?"), _lost()),
        ),
        rx.el.p(full_link(_("Begin anew"), to=routes.localized(routes.SIGN_IN))),
        entrance=False,
    )


def _app() -> rx.Component:
    steps = rx.el.ol(
        rx.el.li(_("Open the app for sign-in codes on your phone.")),
        rx.el.li(_("Find this line in it: {name}").format(name=settings.operator_name)),
        rx.el.li(_("Type the six digits that stand there now.")),
        class_name="step-list",
    )
    form = send_form(
        routes.API_SIGN_IN_CODE,
        _next(),
        code_field("code", _("Code from the app"), auto_focus=True),
        form_error(),
        submit_button(_("Sign in")),
    )
    return answer_scope(steps, form, _over())


def _spare() -> rx.Component:
    form = send_form(
        routes.API_SIGN_IN_SPARE,
        _next(),
        text_field(
            "spare",
            _("Spare code"),
            help=_("One of the ten that you printed or wrote down: abcd-efgh-jkmn. Each works once."),
            auto_complete="off",
            auto_capitalize="none",
            spell_check=False,
            max_length=40,
        ),
        form_error(),
        quiet_button(_("Sign in with the spare code"), type="submit"),
    )
    return answer_scope(form, _over())


def _lost() -> rx.Component:
    return rx.fragment(
        rx.el.p(_("Write to support. Our staff will check who you are and take the second step off.")),
        rx.el.p(link(_("Write to support"), to=routes.SUPPORT)),
    )


def _over() -> rx.Component:
    """Offered when the sign-in has waited too long."""
    way: Any = full_link(_("Begin signing in anew"), to=routes.localized(routes.SIGN_IN))
    return rx.el.p(way, hidden=True, custom_attrs={"data-when-code": "begin_again"})


def _next() -> rx.Component:
    return rx.el.input(type="hidden", name="next", custom_attrs={"data-from-query": "next"})
