"""Leaving the single page for an address outside it, such as the payment page."""

from typing import Any
from uuid import uuid4

import reflex as rx
from reflex.components.tags import CommonTag
from reflex.utils.imports import ImportDict


class Departure(rx.Component):
    """Draws nothing; goes to `url`, made by `leave_for`, with a full load as soon as it is set on the open page."""

    tag = "Fragment"
    library = "react"
    url: rx.Var[str]

    def add_imports(self) -> ImportDict:
        """React's hooks."""
        return {"react": [rx.ImportVar(tag=tag) for tag in ("useEffect", "Fragment")]}

    def add_hooks(self) -> list[str | rx.Var[Any]]:
        """Only our own paths and https addresses are gone to, and each wish to leave is followed once."""
        url = str(self.url)
        return [
            f"useEffect(() => {{ const [wish, way] = ({url} ?? '').split(' ');"
            " if (!way) return;"
            " try { if (sessionStorage.getItem('left') === wish) return; sessionStorage.setItem('left', wish); } catch {}"
            r" if (/^(https:\/\/|http:\/\/localhost[:\/]|http:\/\/127\.0\.0\.1[:\/]|\/(?!\/))/.test(way))"
            f" window.location.assign(way); }}, [{url}])",
        ]

    def _render(self, props: dict[str, Any] | None = None) -> CommonTag:
        return super()._render(props).remove_props("url")


def departure(url: rx.Var[str]) -> rx.Component:
    """Goes to `url` when it is set; what an earlier visit left in the state is nowhere to go to."""
    return Departure.create(url=url)


def leave_for(url: str) -> str:
    """A wish to leave for this address: another one each time, so that an old one in the state is known as such."""
    return f"{uuid4().hex[:12]} {url}" if url else ""
