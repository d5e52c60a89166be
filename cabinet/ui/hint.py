"""The «?» that explains: on hover, focus and tap, gone on Escape (WCAG 1.4.13), without the server."""

from typing import Any
from zlib import crc32

import reflex as rx

from cabinet.i18n import _


def hint(
    text: str | rx.Var[str], *, about: str, picture: rx.Component | None = None, id: str = ""
) -> rx.Component:
    """A button named «Подсказка: <about>» and the text it shows, with a picture under it if given.

    The text may be a var (a provider's own words). `id` must be given where one `about` stands twice on a page.
    The name is text inside the button, so that looking for the field by its label finds the field alone.
    """
    id = id or f"hint-{crc32(about.encode()):x}"
    return rx.el.span(
        rx.el.button(
            rx.el.span("?", class_name="hint-mark", aria_hidden="true"),
            rx.el.span(_("Hint: {about}").format(about=about), class_name="sr-only"),
            type="button",
            class_name="hint-button",
            aria_describedby=id,
        ),
        rx.el.span(
            rx.el.span(text, *_below(picture), class_name="hint-paper"),
            id=id,
            role="tooltip",
            class_name="hint-tip",
        ),
        class_name="hint no-print",
        data_hint="true",
    )


def _below(picture: rx.Component | None) -> list[Any]:
    return [picture] if picture is not None else []
