"""«Войти с ключом»: a key instead of the password, or after it. Two forms: what to sign, and what was signed."""

from typing import Any

import reflex as rx

from cabinet.i18n import _
from cabinet.ui import routes
from cabinet.ui.buttons import quiet_button
from cabinet.ui.forms import form_error, send_form
from cabinet.ui.icons import icon

_CARRIER = "signed-by-key"


def sign_in_with_key(*, after_password: bool = False) -> rx.Component:
    """The button, where the browser knows keys. Before the password, the browser also offers keys in the e-mail field."""
    second = [rx.el.input(type="hidden", name="second", value="1")] if after_password else []
    offering = {} if after_password else {"data-offers-keys": "true"}
    words = _("Confirm with a key") if after_password else _("Sign in with a key")
    ask = send_form(
        routes.API_ASK_KEY,
        *second,
        form_error(),
        quiet_button(icon("key"), words, type="submit", wide=True),
        custom_attrs={
            "data-signs": _CARRIER,
            "data-cancelled": _("The key was not used. Press again, or sign in another way."),
            **offering,
        },
        class_name="form",
    )
    return rx.el.div(ask, _carry(second), _script(), class_name="needs-keys grid gap-3")


def _carry(second: list[Any]) -> rx.Component:
    return send_form(
        routes.API_SIGN_IN_KEY,
        *second,
        rx.el.input(type="hidden", name="next", custom_attrs={"data-from-query": "next"}),
        rx.el.input(type="hidden", name="answer"),
        form_error(),
        id=_CARRIER,
        class_name="",
    )


def _script() -> rx.Component:
    return rx.el.script(src="/factors.js", async_=True)
