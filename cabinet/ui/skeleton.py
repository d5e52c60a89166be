"""Grey shapes of what is coming, so that nothing jumps when it comes."""

import reflex as rx

from cabinet.i18n import _


def bone(class_name: str) -> rx.Component:
    """One grey shape; its size comes by Tailwind classes such as `h-6 w-40`."""
    return rx.el.span(class_name=f"bone {class_name}", aria_hidden="true")


def skeleton(*shapes: rx.Component, class_name: str = "grid gap-4") -> rx.Component:
    """Shapes that say «Загружаем…» to a screen reader."""
    return rx.el.div(
        rx.el.span(_("Loading…"), class_name="sr-only"), *shapes, class_name=class_name, role="status"
    )


def account_card_skeleton() -> rx.Component:
    """In the shape of an account's card."""
    head = rx.el.div(
        bone("h-11 w-11"),
        rx.el.div(bone("h-5 w-40"), bone("h-4 w-56"), class_name="grid gap-2"),
        class_name="flex gap-3",
    )
    return rx.el.div(
        head, bone("h-10 w-44"), bone("h-5 w-52"), bone("h-12 w-40"), class_name="card grid gap-4"
    )


def lines_skeleton(lines: int = 3) -> rx.Component:
    """In the shape of a few rows of a list."""
    return skeleton(*[bone("h-12 w-full") for _line in range(lines)], class_name="grid gap-3")
