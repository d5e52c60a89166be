"""«Ключи входа»: keys of the phone, the computer or a small device (passkeys)."""

import reflex as rx

from cabinet.factors.models import LONGEST_NAME
from cabinet.i18n import _
from cabinet.portal.security.asking import on_demand, own_password
from cabinet.portal.security.state import KeyLine, SecurityState
from cabinet.ui import routes
from cabinet.ui.buttons import danger_button, submit_button
from cabinet.ui.fields import text_field
from cabinet.ui.forms import form_error, send_form
from cabinet.ui.hints import section_hint
from cabinet.ui.surfaces import card, notice, section

_CARRIER = "new-key"
"""The form that carries what the browser made."""


def keys_section() -> rx.Component:
    """Those that there are, and one more."""
    return section(
        _("Sign-in keys (passkeys)"),
        rx.el.p(
            _(
                "A key is kept by your phone, your computer or a small device like a memory stick. You sign in with "
                "a finger, your face or a PIN, and type no password. A false site cannot steal it."
            ),
            class_name="text-soft",
        ),
        rx.cond(
            SecurityState.keys.length() > 0,
            rx.el.ul(rx.foreach(SecurityState.keys, _row), class_name="grid gap-3"),
            rx.fragment(),
        ),
        rx.el.div(card(_add(), class_name="grid gap-5"), class_name="needs-keys"),
        rx.el.div(
            notice(_("This browser knows no keys. A newer one does.")),
            class_name="without-keys",
        ),
        hint=section_hint("keys"),
    )


def _row(key: rx.vars.ObjectVar[KeyLine]) -> rx.Component:
    remove = send_form(
        routes.API_REMOVE_KEY,
        rx.el.input(type="hidden", name="key", value=key.id),
        rx.el.p(_("Afterwards this key does not open your cabinet any more.")),
        own_password(f"key-password-{key.id}"),
        form_error(),
        danger_button(_("Remove the key"), type="submit"),
    )
    words = rx.el.div(
        rx.el.h3(key.name, class_name="[overflow-wrap:anywhere]"),
        rx.el.p(key.added, class_name="small text-soft"),
        rx.el.p(key.used, class_name="small text-soft"),
        class_name="grid gap-1",
    )
    return rx.el.li(card(words, on_demand(_("Remove"), remove), class_name="grid gap-2"), key=key.id)


def _add() -> rx.Component:
    """The first form asks what is to be signed; the browser makes the key; the second carries it back."""
    ask = send_form(
        routes.API_BEGIN_KEY,
        text_field(
            "name",
            _("Name of the key"),
            id="key-name",
            help=_("So that you know later which it is: “My phone”."),
            max_length=LONGEST_NAME,
            auto_complete="off",
        ),
        own_password("key-password"),
        form_error(),
        submit_button(_("Add a key"), wide=False),
        custom_attrs={
            "data-signs": _CARRIER,
            "data-cancelled": _("No key was made. Press again, and confirm when the browser asks."),
            "data-known": _("This key has been added already."),
        },
    )
    carry = send_form(
        routes.API_ADD_KEY,
        rx.el.input(type="hidden", name="name", custom_attrs={"data-same": "true"}),
        rx.el.input(type="hidden", name="answer"),
        form_error(),
        id=_CARRIER,
        class_name="",
    )
    return rx.fragment(
        rx.el.ol(
            rx.el.li(_("Name the key, type your password and press the button.")),
            rx.el.li(_("The browser asks where to keep the key. Choose this device, your phone or a stick.")),
            rx.el.li(_("Confirm with a finger, your face or a PIN.")),
            class_name="step-list",
        ),
        rx.el.div(ask, carry),
    )
