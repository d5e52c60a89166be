"""Links inside the site, in the language of the page."""

from typing import Any

import reflex as rx
from reflex_components_core.el.elements.base import BaseHTML
from reflex_components_core.react_router.dom import ReactRouterLink

from cabinet.i18n import _
from cabinet.ui.icons import icon
from cabinet.ui.routes import localized


class PlainAnchor(BaseHTML):
    """A bare `<a>`: Reflex's own turns into a link of the router, which reloads for a fragment."""

    tag = "a"

    href: rx.Var[str]


def fragment_link(*children: Any, to: str, class_name: str = "link", **props: Any) -> rx.Component:
    """A link to a part of this page, such as `#content`; the browser moves the focus there."""
    return PlainAnchor.create(*children, href=to, class_name=class_name, **props)


def link(*children: Any, to: str | rx.Var[Any], class_name: str = "link", **props: Any) -> rx.Component:
    """A link to one of our pages without a full load; `to` is a path of ui/routes.py."""
    return ReactRouterLink.create(*children, to=localized(to), class_name=class_name, **props)


def full_link(*children: Any, to: str | rx.Var[Any], class_name: str = "link", **props: Any) -> rx.Component:
    """A link that loads the page anew, or leads to what is not a page of Reflex (`/admin`, files)."""
    return ReactRouterLink.create(*children, to=to, reload_document=True, class_name=class_name, **props)


def new_tab_link(*children: Any, to: str, class_name: str = "link", **props: Any) -> rx.Component:
    """A link that keeps this page, with what was typed, in its tab; it says so."""
    said = rx.el.span(" ", _("(opens in a new tab)"), class_name="sr-only")
    return rx.el.a(
        *children, said, href=localized(to), target="_blank", rel="noopener", class_name=class_name, **props
    )


def way(sign: str, name: str, about: str, to: str) -> rx.Component:
    """A card that leads to a page of its own: what it is called, and what one does there."""
    return link(
        icon(sign),
        rx.el.span(
            rx.el.span(name, class_name="font-semibold block"),
            rx.el.span(about, class_name="small text-soft block", aria_hidden="true"),
        ),
        rx.el.span(icon("arrow"), class_name="ml-auto"),
        to=to,
        class_name="card flex items-center gap-4 no-underline",
    )
