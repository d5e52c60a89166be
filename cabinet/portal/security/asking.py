"""What the forms of this page share: the password once more, and a form that opens when it is wanted."""

from typing import Any

import reflex as rx

from cabinet.i18n import _
from cabinet.ui.fields import password_field
from cabinet.ui.surfaces import question


def own_password(id: str) -> rx.Component:
    """The password, so that a session left open does not change what protects the account."""
    return password_field(
        "current",
        id=id,
        label=_("Your password"),
        help=_("So that nobody changes this while you are away from the computer."),
    )


def on_demand(words: str, *form: Any) -> rx.Component:
    """A form behind the words that say what it is for."""
    return question(words, *form)
