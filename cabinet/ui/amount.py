"""Sums of money, which states have already put into words with `format_amount`."""

import reflex as rx


def amount(text: str | rx.Var[str], class_name: str = "") -> rx.Component:
    """A sum within a line: figures of one width, never broken over two lines."""
    return rx.el.span(text, class_name=f"amount {class_name}".strip())


def big_amount(text: str | rx.Var[str], class_name: str = "") -> rx.Component:
    """The sum that matters on this card or screen."""
    return rx.el.p(text, class_name=f"amount amount-big {class_name}".strip())
