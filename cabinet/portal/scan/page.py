"""Scanning the square code of a paper bill."""

from typing import Any

import reflex as rx

from cabinet.i18n import _
from cabinet.portal.scan.scanner import scanner
from cabinet.portal.scan.state import ScanState
from cabinet.ui import routes
from cabinet.ui.buttons import button_row, primary_link
from cabinet.ui.hint import hint
from cabinet.ui.layout import cabinet_page, title_of
from cabinet.ui.links import link
from cabinet.ui.surfaces import card, notice


def title() -> str:
    """What stands in the browser's tab."""
    return title_of(_("Scan a bill"))


def page() -> rx.Component:
    """The scanner, what it read, and the way without it."""
    about = _(
        "The square code beside the payee's details says whom to pay, for which account and how much. "
        "The picture stays on your device: only what the code says is sent."
    )
    return cabinet_page(
        _("Scan a bill"),
        rx.el.div(
            rx.cond(ScanState.bill.missing != "", _answer(), rx.fragment()),
            rx.cond(
                ScanState.problem != "",
                notice(rx.el.p(ScanState.problem), mood="failed", announce=True),
                rx.fragment(),
            ),
            scanner(on_read=ScanState.read_code),
            rx.el.p(
                _("No code on the bill, or it cannot be read?"),
                " ",
                link(_("Enter the number yourself"), to=routes.LINK_ACCOUNT),
                class_name="text-soft",
            ),
            class_name="grid gap-5",
        ),
        place=routes.CABINET,
        hint=hint(about, about=_("Scanning a bill")),
        flow=True,
    )


def _answer() -> rx.Component:
    bill = ScanState.bill
    return card(
        rx.el.h2(_("From the bill")),
        rx.el.dl(
            _fact(_("Payee"), bill.payee),
            _fact(_("Account number"), bill.number),
            _fact(_("Month"), bill.month),
            _fact(_("Sum"), bill.amount),
            class_name="facts mt-3",
        ),
        notice(rx.el.p(bill.missing), announce=True),
        button_row(
            rx.cond(
                bill.goes != "",
                primary_link(_("Continue"), to=bill.goes),
                primary_link(_("Enter the number"), to=routes.LINK_ACCOUNT),
            )
        ),
        class_name="grid gap-4",
    )


def _fact(name: str, value: Any) -> rx.Component:
    return rx.cond(value != "", rx.el.div(rx.el.dt(name), rx.el.dd(value)), rx.fragment())
