"""Forms that carry passwords or files: native ones, sent by `assets/forms.js`, working without it too."""

from typing import Any

import reflex as rx
from reflex_components_core.el.elements.base import BaseHTML

from cabinet.i18n import _, current_locale

FILLED_BY_SCRIPT: dict[str, Any] = {
    "dangerouslySetInnerHTML": {"__html": ""},
    "suppressHydrationWarning": True,
}
"""For an element whose text the script writes: React leaves it alone, also while it takes the page over."""


class NativeForm(BaseHTML):
    """A plain `<form>`: Reflex's own cancels the native submit once the page is live."""

    tag = "form"

    action: rx.Var[str]
    method: rx.Var[str]
    enc_type: rx.Var[str]
    no_validate: rx.Var[bool]


def send_form(
    action: str, *children: Any, files: bool = False, class_name: str = "form", **props: Any
) -> rx.Component:
    """A form posted to `action` (one of `routes.API_…`), whose answer goes to the fields by name."""
    sending = {
        "data-send": "true",
        "data-offline": _("No connection: nothing was sent. Check the network and press again."),
    }
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
    return rx.el.p(
        role="alert",
        class_name="error form-error",
        custom_attrs={"data-form-error": "true", **FILLED_BY_SCRIPT},
    )


def form_message() -> rx.Component:
    """Where the script says that it worked, when the page stays."""
    return rx.el.p(
        role="status",
        class_name="notice notice-fine empty:hidden",
        custom_attrs={"data-form-message": "true", **FILLED_BY_SCRIPT},
    )


def answer_scope(*children: Any, **props: Any) -> rx.Component:
    """Around a form and the parts that its answer shows by `when_state`; the form itself is `before-answer`."""
    return rx.el.div(*children, class_name="grid gap-6", data_send_scope="true", **props)


def when_state(states: str, *children: Any) -> rx.Component:
    """A part that appears when the answer has one of these states (words with spaces between)."""
    return rx.el.div(
        *children, hidden=True, class_name="grid gap-4", custom_attrs={"data-when-state": states}
    )


def when_query(condition: str, *children: Any) -> rx.Component:
    """A part that appears when the page's address has `name` or `name=value`."""
    return rx.el.div(*children, hidden=True, custom_attrs={"data-when": condition})
