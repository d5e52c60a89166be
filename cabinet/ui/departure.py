"""Leaving the single page for an address outside it, such as the payment page."""

from typing import Any

import reflex as rx
from reflex.components.tags import CommonTag
from reflex.utils.imports import ImportDict


class Departure(rx.Component):
    """Draws nothing; goes to `url` with a full load as soon as it is set on the open page."""

    tag = "Fragment"
    library = "react"
    url: rx.Var[str]

    def add_imports(self) -> ImportDict:
        """React's hooks."""
        return {"react": [rx.ImportVar(tag=tag) for tag in ("useEffect", "useRef", "Fragment")]}

    def add_hooks(self) -> list[str | rx.Var[Any]]:
        """Only our own paths and https addresses are gone to, and never what stood there when the page opened."""
        url = str(self.url)
        return [
            f"const known = useRef({url})",
            f"useEffect(() => {{ const way = {url}; if (way === known.current) return; known.current = way;"
            r" if (/^(https:\/\/|http:\/\/localhost[:\/]|http:\/\/127\.0\.0\.1[:\/]|\/(?!\/))/.test(way ?? ''))"
            f" window.location.assign(way); }}, [{url}])",
        ]

    def _render(self, props: dict[str, Any] | None = None) -> CommonTag:
        return super()._render(props).remove_props("url")


def departure(url: rx.Var[str]) -> rx.Component:
    """Goes to `url` when it is set on a live page; what an earlier visit left is nowhere to go to."""
    return Departure.create(url=rx.cond(rx.State.is_hydrated, url, ""))
