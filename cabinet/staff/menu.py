"""The menu of the staff pages: sections, and the views that say which section they stand in."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from starlette.requests import Request

from cabinet.i18n import N_, gettext


class Section(StrEnum):
    """The parts of the menu, in the order in which they stand."""

    PEOPLE = "people"
    READINGS = "readings"
    MONEY = "money"
    EXCHANGE = "exchange"
    HOUSE = "house"


SECTIONS: dict[Section, tuple[str, str]] = {
    Section.PEOPLE: (N_("Residents and requests"), "fa-solid fa-users"),
    Section.READINGS: (N_("Meters and bills"), "fa-solid fa-gauge"),
    Section.MONEY: (N_("Money"), "fa-solid fa-ruble-sign"),
    Section.EXCHANGE: (N_("Exchange of data"), "fa-solid fa-right-left"),
    Section.HOUSE: (N_("Providers and work"), "fa-solid fa-building"),
}
"""What a section is called, and its icon."""

_USUAL_PLACE = 50


@dataclass(frozen=True, slots=True)
class Group:
    """A section with the views that the person may open."""

    section: Section
    label: str
    icon: str
    views: tuple[Any, ...]
    is_open: bool


def menu_of(request: Request, views: Iterable[Any]) -> list[Group]:
    """The sections that have an entry for this person; the one of the current page is open.

    A view says `section`, and `place` when it does not want to stand where it was registered.
    """
    allowed = [view for view in views if view.is_accessible(request)]
    sections = ((section, [one for one in allowed if _section(one) == section]) for section in Section)
    return [_group(request, section, inside) for section, inside in sections if any(map(_is_shown, inside))]


def _group(request: Request, section: Section, views: list[Any]) -> Group:
    label, icon = SECTIONS[section]
    shown = sorted(filter(_is_shown, views), key=lambda view: getattr(view, "place", _USUAL_PLACE))
    is_open = any(view.is_active(request) for view in views)
    return Group(section, gettext(label), icon, tuple(shown), is_open)


def _section(view: Any) -> Section:
    return getattr(view, "section", Section.HOUSE)


def _is_shown(view: Any) -> bool:
    return getattr(view, "add_to_menu", True)
