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
from cabinet.ui.links import full_link
from cabinet.ui.payment import PaymentLine, PaymentState, StepLine
from cabinet.ui.pictures import nothing_found_picture
from cabinet.ui.skeleton import account_card_skeleton, skeleton
from cabinet.ui.surfaces import card, empty, notice, section, tear_line

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
            PaymentState.loaded & (PaymentState.address == rx.State.router.url.path),
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
            _confirmation(),
        ),
        _timeline(),
        rx.cond(
            PaymentState.problem != "",
            notice(PaymentState.problem, mood="failed", announce=True),
            rx.fragment(),
        ),
        rx.match(CARD.state, ("waiting", _waiting()), ("unpaid", "lost", _unpaid()), _finished()),
        class_name="grid gap-5",
    )


def _confirmation() -> rx.Component:
    download = full_link(
        icon("download"),
        _("Download the confirmation (PDF)"),
        to=CARD.confirmation,
        class_name="link download",
    )
    return rx.cond(CARD.confirmation != "", rx.el.p(download, class_name="mt-4 no-print"), rx.fragment())


def _timeline() -> rx.Component:
    """The way of the payment: what has happened, and in grey what is still to come."""
    return section(
        _("The way of this payment"),
        card(rx.el.ol(rx.foreach(PaymentState.steps, _step), class_name="timeline")),
    )


def _step(step: rx.vars.ObjectVar[StepLine]) -> rx.Component:
    sign = rx.match(step.state, ("done", icon("check")), ("failed", icon("cross")), icon("clock"))
    coming = rx.cond(
        step.state == "coming", rx.el.span(" ", _("(still to come)"), class_name="sr-only"), rx.fragment()
    )
    return rx.el.li(
        rx.el.span(sign, class_name="timeline-sign"),
        rx.el.div(
            rx.el.p(step.text, coming),
            rx.cond(step.at != "", rx.el.p(step.at, class_name="small text-soft"), rx.fragment()),
        ),
        class_name=f"timeline-step timeline-{step.state}",
    )


def _sign() -> rx.Component | rx.Var[Any]:
    return rx.match(
        CARD.state,
        ("paid", rx.el.span(icon("check"), class_name="result-sign result-paid")),
        (
            "waiting",
            "review",
            "disputed",
            rx.el.span(icon("clock"), class_name="result-sign result-waiting"),
        ),
        (
            "refunded",
            "partly_refunded",
            rx.el.span(icon("back"), class_name="result-sign result-waiting"),
        ),
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
        rx.cond(
            CARD.confirmation != "",
            rx.el.p(_("This is a confirmation of payment, not a fiscal receipt."), class_name="help mt-4"),
            rx.fragment(),
        ),
    )


def _not_found() -> rx.Component:
    return empty(
        nothing_found_picture(),
        _("There is no such payment"),
        _("Perhaps it was made from another cabinet. All your payments stand in the history."),
        primary_link(_("All payments"), to=routes.PAYMENTS),
    )
