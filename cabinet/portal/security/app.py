"""«Второй фактор: приложение»: connected in two steps, by a picture and the first code."""

from typing import Any

import reflex as rx

from cabinet.i18n import _
from cabinet.portal.security.asking import on_demand, own_password
from cabinet.portal.security.state import SecurityState
from cabinet.ui import routes
from cabinet.ui.buttons import button_row, danger_button, quiet_button, submit_button
from cabinet.ui.fields import code_field
from cabinet.ui.forms import form_error, send_form, when_state
from cabinet.ui.hints import section_hint
from cabinet.ui.icons import icon
from cabinet.ui.links import PlainAnchor
from cabinet.ui.surfaces import card, section, status


def app_section() -> rx.Component:
    """Off: how to connect one. On: since when, another phone, off again. Begun: the picture and the code."""
    return section(
        _("Second step: an app"),
        rx.el.p(
            _(
                "After the password, the site asks for six digits that an app on your phone shows. "
                "Whoever learns your password does not come in without your phone."
            ),
            class_name="text-soft",
        ),
        card(
            rx.cond(SecurityState.has_app, _is_on(), _connect()),
            when_state("app-begun", _first_code()),
            class_name="grid gap-5",
        ),
        hint=section_hint("second_factor"),
    )


def _connect() -> rx.Component:
    return rx.el.div(
        rx.el.ol(
            rx.el.li(
                _(
                    "Install an app for sign-in codes on your phone, if you have none. In the phone's store, search for "
                    "“authenticator”. Any of them will do, and many cost nothing."
                )
            ),
            rx.el.li(_("Type your password here and press the button. A picture for the app will appear.")),
            class_name="step-list",
        ),
        _begin("app-password", _("Connect an app")),
        class_name="grid gap-5 before-begun",
    )


def _begin(id: str, words: str) -> rx.Component:
    return send_form(
        routes.API_BEGIN_APP,
        own_password(id),
        form_error(),
        submit_button(words, wide=False),
    )


def _first_code() -> rx.Component:
    return rx.el.div(
        rx.el.h3(_("Two steps more")),
        rx.el.ol(
            rx.el.li(
                rx.el.p(_("In the app, press “+” and point the camera at this picture.")),
                _picture(),
                _without_camera(),
            ),
            rx.el.li(
                rx.el.p(
                    _(
                        "The app now shows six digits. Type them here; you have half a minute, then new ones come."
                    )
                ),
                _confirm(),
            ),
            class_name="step-list",
        ),
        class_name="grid gap-4",
    )


def _picture() -> rx.Component:
    return rx.el.img(
        alt=_("A picture for the app. Without a camera, use the key below."),
        class_name="qr",
        custom_attrs={"data-answer-src": "picture"},
    )


def _without_camera() -> rx.Component:
    """For who reads this on the phone that has the app, or has no camera."""
    open_here = PlainAnchor.create(
        icon("phone"),
        _("Open in the app on this phone"),
        class_name="button button-quiet",
        custom_attrs={"data-answer-href": "address"},
    )
    box = rx.el.input(
        type="text",
        id="app-secret",
        read_only=True,
        auto_complete="off",
        spell_check=False,
        class_name="input address-box",
        aria_label=_("Key for the app"),
        custom_attrs={"data-select-all": "true", "data-answer-value": "secret"},
    )
    copy = quiet_button(
        icon("copy"),
        rx.el.span(_("Copy the key"), custom_attrs={"data-copied": _("Copied")}),
        custom_attrs={"data-copies": "app-secret"},
    )
    return on_demand(
        _("The camera does not help?"),
        rx.el.p(_("If the app is on this very phone, press this:")),
        rx.el.div(open_here),
        rx.el.p(_("Or choose “enter the key by hand” in the app, and copy this key:")),
        box,
        button_row(copy),
    )


def _confirm() -> rx.Component:
    return send_form(
        routes.API_CONFIRM_APP,
        code_field("code", _("Code from the app"), id="first-code"),
        form_error(),
        submit_button(_("Switch on"), wide=False),
    )


def _is_on() -> rx.Component:
    said: list[Any] = [
        status(_("On"), "fine"),
        rx.el.p(SecurityState.app_since),
        rx.el.p(SecurityState.app_used, class_name="small text-soft"),
    ]
    off = send_form(
        routes.API_REMOVE_APP,
        rx.el.p(_("Afterwards the password alone opens your cabinet, unless you have a key.")),
        own_password("app-off-password"),
        form_error(),
        danger_button(_("Switch the app off"), type="submit"),
    )
    another = rx.el.div(
        rx.el.p(_("The old app works until you have typed the first code of the new one.")),
        _begin("app-password", _("Connect another app")),
        class_name="grid gap-4 before-begun",
    )
    return rx.el.div(
        rx.el.div(*said, class_name="grid gap-1"),
        rx.el.div(on_demand(_("I have a new phone"), another), on_demand(_("Switch off"), off)),
        class_name="grid gap-4",
    )
