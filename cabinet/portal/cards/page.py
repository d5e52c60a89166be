"""«Карты и автоплатёж»: saved cards to add and remove, and autopay of each account."""

import reflex as rx

from cabinet.i18n import _
from cabinet.portal.cabinet.components import no_accounts
from cabinet.portal.cards.autopay import autopay_card
from cabinet.portal.cards.components import card_list
from cabinet.portal.cards.state import AutopayState, CardsState
from cabinet.ui import routes
from cabinet.ui.departure import departure
from cabinet.ui.hint import hint
from cabinet.ui.hints import section_hint
from cabinet.ui.icons import icon
from cabinet.ui.layout import cabinet_page, title_of
from cabinet.ui.links import link
from cabinet.ui.skeleton import lines_skeleton
from cabinet.ui.surfaces import notice, section


def title() -> str:
    """What stands in the browser's tab."""
    return title_of(_("Cards and autopay"))


def page() -> rx.Component:
    """The cards first: without one there is no autopay."""
    return cabinet_page(
        _("Cards and autopay"),
        rx.el.p(
            link(icon("back"), _("Settings"), to=routes.SETTINGS, class_name="button-text"),
            class_name="-mt-4 mb-2 no-print",
        ),
        rx.el.div(_said(), _cards(), _autopay(), class_name="grid gap-9"),
        departure(url=CardsState.leaving_to),
        place=routes.SETTINGS,
        hint=section_hint("cards"),
        flow=True,
    )


def _said() -> rx.Component:
    """What the last action came to; the place is always there, so that it is read aloud."""
    problem = rx.cond(CardsState.problem != "", CardsState.problem, AutopayState.problem)
    return rx.el.div(
        rx.cond(problem != "", notice(problem, mood="failed", announce=True), rx.fragment()),
        rx.cond(CardsState.said != "", notice(CardsState.said, mood="fine", announce=True), rx.fragment()),
        class_name="grid gap-4 empty:hidden",
    )


def _cards() -> rx.Component:
    about = _(
        "The card is saved on the page of the payment service: we never see its number."
        " Nothing is charged when you add it."
    )
    return section(
        _("Cards"),
        rx.cond(CardsState.loaded, card_list(), lines_skeleton(2)),
        hint=hint(about, about=_("Cards")),
    )


def _autopay() -> rx.Component:
    about = _(
        "For each account: on a day of the month, or when a bill arrives, and never above your limit."
        " You can pause it or turn it off at any time."
    )
    some = rx.el.ul(rx.foreach(CardsState.lines, autopay_card), class_name="grid gap-4")
    return section(
        _("Autopay"),
        rx.cond(
            CardsState.loaded,
            rx.cond(CardsState.lines.length() > 0, some, no_accounts()),
            lines_skeleton(3),
        ),
        hint=hint(about, about=_("Autopay")),
    )
