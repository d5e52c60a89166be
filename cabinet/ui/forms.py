"""Forms that carry passwords or files: native ones, sent by `assets/forms.js`, working without it too."""

from typing import Any

import reflex as rx
from reflex_components_core.el.elements.base import BaseHTML

from cabinet.i18n import _, current_locale


class NativeForm(BaseHTML):
    """A plain `<form>`: Reflex's own cancels the native submit once the page is live."""

    tag = "form"

    action: rx.Var[str]
    method: rx.Var[str]
    enc_type: rx.Var[str]
    no_validate: rx.Var[bool]


def send_form(action: str, *children: Any, files: bool = False, class_name: str = "form", **props: Any) -> rx.Component:
    """A form posted to `action` (one of `routes.API_…`), whose answer goes to the fields by name."""
    sending = {"data-send": "true", "data-offline": _("No connection: nothing was sent. Check the network and press again.")}
    return rx.fragment(
        NativeForm.create(
            rx.el.input(type="hidden", name="locale", value=current_locale()),
            *children,
            action=action,
            method="post",
            enc_type="multipart/form-data" if files else "application/x-www-form-urlencoded",
            no_validate=True,
            class_name=class_name,
            custom_attrs={**sending, **props.pop("custom_attrs", {})},
            **props,
        ),
        rx.el.script(src="/forms.js", async_=True),
    )


def form_error() -> rx.Component:
    """Where the script says what is wrong with the form as a whole; place it above the button."""
    return rx.el.p(role="alert", class_name="error form-error", custom_attrs={"data-form-error": "true"})
