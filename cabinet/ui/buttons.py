"""Buttons and links that look like them: one primary action on a screen, quiet ones beside it."""

from typing import Any

import reflex as rx

from cabinet.ui.links import full_link, link


def primary_button(
    *children: Any, busy: rx.Var[bool] | bool = False, wide: bool = False, **props: Any
) -> rx.Component:
    """The one action of the screen; while `busy` it turns, and cannot be pressed again."""
    return _button("button-primary", *children, busy=busy, wide=wide, **props)


def quiet_button(
    *children: Any, busy: rx.Var[bool] | bool = False, wide: bool = False, **props: Any
) -> rx.Component:
    """An action beside the main one."""
    return _button("button-quiet", *children, busy=busy, wide=wide, **props)


def danger_button(
    *children: Any, busy: rx.Var[bool] | bool = False, wide: bool = False, **props: Any
) -> rx.Component:
    """An action that takes something away."""
    return _button("button-danger", *children, busy=busy, wide=wide, **props)


def text_button(*children: Any, **props: Any) -> rx.Component:
    """An action that looks like a link."""
    return rx.el.button(*children, **_with(props, type="button", class_name="button-text"))


def submit_button(*children: Any, wide: bool = True, **props: Any) -> rx.Component:
    """Sends its form; the script of the form makes it busy."""
    return _button("button-primary", *children, wide=wide, **_with(props, type="submit"))


def primary_link(
    *children: Any, to: str | rx.Var[Any], wide: bool = False, full: bool = False, **props: Any
) -> rx.Component:
    """A link to one of our pages that is the one action of the screen; `full` loads the page anew."""
    return (full_link if full else link)(
        *children, to=to, class_name=_classes("button-primary", wide), **props
    )


def quiet_link(
    *children: Any, to: str | rx.Var[Any], wide: bool = False, full: bool = False, **props: Any
) -> rx.Component:
    """A link to one of our pages, beside the main action."""
    return (full_link if full else link)(*children, to=to, class_name=_classes("button-quiet", wide), **props)


def button_row(*children: Any) -> rx.Component:
    """Buttons beside each other, below each other where there is no room."""
    return rx.el.div(*children, class_name="button-row")


def _button(
    kind: str, *children: Any, busy: rx.Var[bool] | bool = False, wide: bool = False, **props: Any
) -> rx.Component:
    if isinstance(busy, rx.Var):
        props = {"aria_busy": busy, "disabled": busy, **props}
    return rx.el.button(*children, **_with(props, type="button", class_name=_classes(kind, wide)))


def _with(props: dict[str, Any], **usual: Any) -> dict[str, Any]:
    """What is usual, where `props` do not say otherwise."""
    return {**usual, **props}


def _classes(kind: str, wide: bool) -> str:
    return f"button {kind} button-wide" if wide else f"button {kind}"
