"""The result of one payment: one sign, one sentence, one sum, the next step."""

from typing import Any

import reflex as rx

from cabinet.i18n import _
from cabinet.ui import routes
from cabinet.ui.amount import amount, big_amount
from cabinet.ui.buttons import button_row, primary_button, primary_link, quiet_button, quiet_link
from cabinet.ui.departure import departure
from cabinet.ui.hint import hint
from cabinet.ui.icons import icon
from cabinet.ui.layout import cabinet_page, title_of
from cabinet.ui.payment import PaymentLine, PaymentState
from cabinet.ui.pictures import nothing_found_picture
from cabinet.ui.skeleton import account_card_skeleton, skeleton
from cabinet.ui.surfaces import card, empty, notice, tear_line

CARD = PaymentState.card


def title() -> str:
    """What stands in the browser's tab."""
    return title_of(_("This payment"))


def page() -> rx.Component:
    """The payment of the address, true after a reload and from another device."""
    about = _("The state of this payment. The page follows it by itself; you can close it, nothing is lost.")
    return cabinet_page(
        _("This payment"),
        rx.cond(
            PaymentState.loaded,
            rx.cond(PaymentState.found, _result(), _not_found()),
            skeleton(account_card_skeleton()),
        ),
        departure(url=PaymentState.leaving_to),
        place=routes.PAYMENTS,
        hint=hint(about, about=_("This payment")),
        flow=True,
    )


def _result() -> rx.Component:
    return rx.el.div(
        card(
            rx.el.div(_sign(), class_name="flex"),
            rx.el.div(
                rx.el.h2(CARD.title, class_name="text-[1.5556rem]"),
                rx.el.p(CARD.explanation, class_name="text-soft"),
                class_name="grid gap-1 mt-4",
                role="status",
            ),
            rx.el.div(big_amount(CARD.amount), class_name="mt-4"),
            rx.cond(
                CARD.commission != "",
                rx.el.p(
                    _("commission included:"), " ", amount(CARD.commission), class_name="small text-soft"
                ),
                rx.fragment(),
            ),
            tear_line(),
            rx.el.dl(
                rx.foreach(CARD.lines, _line),
                _fact(_("Payment number"), CARD.number),
                _fact(_("Created"), CARD.made_at),
                rx.cond(CARD.paid_at != "", _fact(_("Paid on"), CARD.paid_at), rx.fragment()),
                class_name="facts",
            ),
        ),
        rx.cond(
            PaymentState.problem != "",
            notice(PaymentState.problem, mood="failed", announce=True),
            rx.fragment(),
        ),
        rx.match(CARD.state, ("waiting", _waiting()), ("unpaid", _unpaid()), _finished()),
        class_name="grid gap-5",
    )


def _sign() -> rx.Component | rx.Var[Any]:
    return rx.match(
        CARD.state,
        ("paid", rx.el.span(icon("check"), class_name="result-sign result-paid")),
        ("waiting", rx.el.span(icon("clock"), class_name="result-sign result-waiting")),
        ("review", rx.el.span(icon("clock"), class_name="result-sign result-waiting")),
        rx.el.span(icon("cross"), class_name="result-sign result-unpaid"),
    )


def _line(line: rx.vars.ObjectVar[PaymentLine]) -> rx.Component:
    name = rx.fragment(
        line.provider, rx.el.br(), rx.el.span(_("No."), "\u00a0", line.number, class_name="small figures")
    )
    return rx.el.div(rx.el.dt(name), rx.el.dd(amount(line.amount)))


def _fact(name: str, value: rx.Var[str]) -> rx.Component:
    return rx.el.div(rx.el.dt(name), rx.el.dd(value))


def _waiting() -> rx.Component:
    return rx.el.div(
        rx.cond(
            CARD.continue_url != "",
            button_row(
                primary_button(_("Continue paying"), on_click=PaymentState.continue_paying),
                quiet_button(_("Do not pay"), on_click=PaymentState.cancel),
            ),
            rx.fragment(),
        ),
        class_name="no-print",
    )


def _unpaid() -> rx.Component:
    return rx.el.div(
        button_row(
            primary_link(_("Pay again"), to=routes.PAY), quiet_link(_("To my accounts"), to=routes.CABINET)
        ),
        class_name="no-print",
    )


def _finished() -> rx.Component:
    return rx.el.div(
        button_row(
            primary_link(_("To my accounts"), to=routes.CABINET),
            quiet_link(_("All payments"), to=routes.PAYMENTS),
        ),
        rx.el.p(_("This is a confirmation of payment, not a fiscal receipt."), class_name="help mt-4"),
    )


def _not_found() -> rx.Component:
    return empty(
        nothing_found_picture(),
        _("There is no such payment"),
        _("Perhaps it was made from another cabinet. All your payments stand in the history."),
        primary_link(_("All payments"), to=routes.PAYMENTS),
    )
