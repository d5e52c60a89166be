"""A list of payments, each a link to its page."""

from collections.abc import Sequence
from typing import Any

import reflex as rx

from cabinet.i18n import _
from cabinet.ui.amount import amount
from cabinet.ui.links import link
from cabinet.ui.payment import PaymentCard, PaymentLine
from cabinet.ui.surfaces import status


def payment_list(cards: rx.Var[Sequence[PaymentCard]]) -> rx.Component:
    """The newest first."""
    return rx.el.ul(rx.foreach(cards, payment_row), class_name="grid gap-3")


def payment_row(payment: rx.vars.ObjectVar[PaymentCard]) -> rx.Component:
    """When, for what, how much, and what became of it."""
    words = rx.el.div(
        link(
            _("Payment No."),
            "\u00a0",
            payment.number,
            to=payment.page,
            class_name="link font-semibold whole-card",
        ),
        rx.el.p(payment.made_at, class_name="small text-soft"),
        rx.foreach(payment.lines, _line),
        class_name="grid gap-1 min-w-0",
    )
    end = rx.el.div(
        amount(payment.amount, "text-[1.2222rem] font-semibold"),
        state_sign(payment),
        class_name="grid gap-1 justify-items-start sm:justify-items-end",
    )
    return rx.el.li(words, end, key=payment.id, class_name="card payment-row")


def state_sign(payment: rx.vars.ObjectVar[PaymentCard]) -> rx.Component | rx.Var[Any]:
    """The state in words, with its sign."""
    return rx.match(
        payment.state,
        ("paid", status(payment.title, "fine")),
        ("waiting", "review", "disputed", status(payment.title, "due")),
        ("refunded", "partly_refunded", status(payment.title)),
        status(payment.title, "failed"),
    )


def _line(line: rx.vars.ObjectVar[PaymentLine]) -> rx.Component:
    return rx.el.p(
        line.provider,
        ", ",
        rx.el.span(line.number, class_name="figures whitespace-nowrap"),
        class_name="small",
    )
