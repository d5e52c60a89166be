"""How a legal text is laid out."""

import reflex as rx

from cabinet.i18n import _, current_locale
from cabinet.kit.dates import say_date
from cabinet.legal.service import Document, Name, Section, document
from cabinet.ui import routes
from cabinet.ui.layout import public_page
from cabinet.ui.links import link


def legal_page(name: Name) -> rx.Component:
    """The page of one document in the language of the context."""
    text = document(name, current_locale())
    return public_page(text.title, _version(text), *[_section(part) for part in text.sections], _others(name))


def _version(text: Document) -> rx.Component:
    said = _("Version {version}, in force since {date}.")
    return rx.el.p(said.format(version=text.version, date=say_date(text.effective_on)), class_name="help")


def _section(part: Section) -> rx.Component:
    heading = [rx.el.h2(part.heading)] if part.heading else []
    blocks = [_list(block) if isinstance(block, tuple) else rx.el.p(block) for block in part.blocks]
    return rx.el.section(*heading, *blocks, class_name="prose")


def _list(items: tuple[str, ...]) -> rx.Component:
    return rx.el.ul(*[rx.el.li(item) for item in items])


def _others(name: Name) -> rx.Component:
    names: tuple[Name, ...] = ("privacy", "terms", "consent", "offer")
    titles = [(other, document(other, current_locale()).title) for other in names if other != name]
    links = [rx.el.li(link(title, to=routes.legal(other))) for other, title in titles]
    return rx.el.nav(
        rx.el.h2(_("Other documents")),
        rx.el.ul(*links, class_name="grid gap-2"),
        class_name="grid gap-3 no-print",
        aria_label=_("Other documents"),
    )
