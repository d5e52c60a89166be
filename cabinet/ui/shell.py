"""What every page of the app shares: styles, the first script, and what stands around a page."""

from typing import Any

import reflex as rx

from cabinet.ui.connection import app_wraps
from cabinet.ui.failure import FailureState
from cabinet.ui.icons import icon

_FIRST = "document.documentElement.lang=/^\\/en(\\/|$)/.test(location.pathname)?'en':'ru'"

_BARS = {"light": "#ffffff", "dark": "#1c2225"}


def shell() -> dict[str, Any]:
    """Arguments for `rx.App`."""
    return {
        "stylesheets": ["/theme.css"],
        "head_components": [
            rx.el.script(_FIRST),
            rx.el.link(rel="icon", href="/icon.svg", type="image/svg+xml"),
            rx.el.link(rel="apple-touch-icon", href="/icons/apple-touch-180.png"),
            *(_bar_colour(*one) for one in _BARS.items()),
        ],
        "app_wraps": app_wraps() | {(7, "Failure"): lambda stateful: failure_bar() if stateful else None},
        "toaster": None,
    }


def _bar_colour(scheme: str, colour: str) -> rx.Component:
    """What the phone paints its own bar with."""
    return rx.el.meta(
        name="theme-color", content=colour, custom_attrs={"media": f"(prefers-color-scheme: {scheme})"}
    )


def failure_bar() -> rx.Component:
    """The words of a failed action, above everything, until put aside.

    The page comes after it, not into it: it is printed, and the bar is not.
    """
    close = rx.el.button(icon("cross"), type="button", on_click=FailureState.put_aside, aria_label="×")
    bar = rx.el.div(icon("alert"), rx.el.p(FailureState.text), close, class_name="failure", role="alert")
    return rx.fragment(rx.el.div(rx.cond(FailureState.text != "", bar, rx.fragment()), class_name="no-print"))
