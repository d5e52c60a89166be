"""The list of saved cards."""

import reflex as rx

from cabinet.i18n import _
from cabinet.portal.cards.state import CardLine, CardsState
from cabinet.ui.buttons import button_row, danger_button, primary_button, quiet_button, text_button
from cabinet.ui.icons import icon
from cabinet.ui.pictures import no_cards_picture
from cabinet.ui.surfaces import card, empty, notice


def card_list() -> rx.Component:
    """The cards, and the way to one more; an invitation when there is none."""
    add = quiet_button(icon("plus"), _("Add a card"), on_click=CardsState.add)
    some = rx.fragment(rx.el.ul(rx.foreach(CardsState.cards, _row), class_name="grid gap-3"), rx.el.div(add))
    none = empty(
        no_cards_picture(),
        _("No saved cards"),
        _("Add a card to let bills be paid by themselves. Nothing is charged when you add it."),
        primary_button(icon("plus"), _("Add a card"), on_click=CardsState.add),
    )
    return rx.cond(CardsState.cards.length() > 0, some, none)


def _row(saved: rx.vars.ObjectVar[CardLine]) -> rx.Component:
    head = rx.el.div(
        icon("card"),
        rx.el.div(
            rx.el.h3(saved.name, class_name="figures font-semibold"),
            _expiry(saved),
            rx.cond(
                saved.used_for != "",
                rx.el.p(_("Autopay:"), " ", saved.used_for, class_name="small text-soft"),
                rx.fragment(),
            ),
            class_name="min-w-0",
        ),
        class_name="flex gap-4 items-start",
    )
    remove = text_button(
        icon("trash"),
        _("Remove"),
        rx.el.span(" ", saved.name, class_name="sr-only"),
        on_click=CardsState.ask_to_remove(saved.id),
    )
    below = rx.cond(CardsState.removing == saved.id, _sure(saved), remove)
    return rx.el.li(card(head, rx.el.div(below, class_name="mt-3")), key=saved.id)


def _expiry(saved: rx.vars.ObjectVar[CardLine]) -> rx.Component:
    return rx.cond(
        saved.expired,
        rx.el.p(_("The card has expired:"), " ", saved.expiry, class_name="small text-failed"),
        rx.el.p(_("Valid until"), " ", saved.expiry, class_name="small text-soft"),
    )


def _sure(saved: rx.vars.ObjectVar[CardLine]) -> rx.Component:
    words = rx.cond(
        saved.used_for != "",
        _("The card will be forgotten, and the autopay that uses it will be turned off."),
        _("The card will be forgotten. You can add it again."),
    )
    return notice(
        rx.el.p(words),
        button_row(
            danger_button(_("Remove the card"), on_click=CardsState.remove),
            text_button(_("Keep it"), on_click=CardsState.leave),
        ),
        mood="due",
        announce=True,
    )
