"""The shape of a page that says why there is no page."""

from typing import Any

import reflex as rx

from cabinet.ui.layout import public_page
from cabinet.ui.pictures import nothing_found_picture


def error_page(title: str, text: str, *actions: Any) -> rx.Component:
    """A drawing, what happened, what to do."""
    return public_page(
        title,
        rx.el.div(nothing_found_picture(), class_name="mx-auto w-64"),
        rx.el.p(text, class_name="lead"),
        *actions,
    )
