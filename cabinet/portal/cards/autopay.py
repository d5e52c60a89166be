"""Autopay of one account: what is agreed, the form to agree on it, and the ways to pause and stop."""

from typing import Any

import reflex as rx

from cabinet.autopay.models import AutopayMode
from cabinet.autopay.service import consent_text
from cabinet.i18n import _, current_locale
from cabinet.portal.cards.state import AutopayLine, AutopayState, CardsState
from cabinet.ui.buttons import button_row, danger_button, primary_button, quiet_button, text_button
from cabinet.ui.fields import checkbox_field, money_field, select_field
from cabinet.ui.icons import kind_icon
from cabinet.ui.links import link
from cabinet.ui.surfaces import card, facts, notice, status

LAST_DAY = 28

Line = rx.vars.ObjectVar[AutopayLine]


def autopay_card(line: Line) -> rx.Component:
    """One account with its autopay."""
    rest = rx.cond(
        AutopayState.editing == line.account,
        _form(line),
        rx.fragment(
            rx.cond((line.state == "on") | (line.state == "paused"), _agreed(line), rx.fragment()),
            rx.cond(AutopayState.stopping == line.account, _sure(line), _ways(line)),
        ),
    )
    return rx.el.li(card(_head(line), rx.el.div(rest, class_name="grid gap-4 mt-4")), key=line.account)


def _head(line: Line) -> rx.Component:
    return rx.el.div(
        kind_icon(line.kind),
        rx.el.div(
            rx.el.h3(line.title, class_name="font-semibold"),
            rx.el.p(
                _("No."),
                "\u00a0",
                rx.el.span(line.number, class_name="figures whitespace-nowrap"),
                class_name="small text-soft",
            ),
            rx.match(
                line.state,
                ("on", status(_("Autopay is on"), "fine")),
                ("paused", status(_("Autopay is paused"), "due")),
                status(_("Autopay is off")),
            ),
            class_name="grid gap-1 min-w-0 justify-items-start",
        ),
        class_name="flex gap-4 items-start",
    )


def _agreed(line: Line) -> rx.Component:
    last = rx.cond(
        line.last_page != "", link(line.last, to=line.last_page, class_name="link"), rx.el.span(line.last)
    )
    return rx.fragment(
        facts(
            (_("Charges the debt"), line.plan),
            (_("Card"), rx.el.span(line.card, class_name="figures")),
            (_("Not more than"), rx.el.span(line.limit, class_name="figures whitespace-nowrap")),
            (_("Next charge"), line.next),
        ),
        rx.cond(line.last != "", rx.el.p(_("Last time:"), " ", last, class_name="small"), rx.fragment()),
        rx.cond(
            line.pay != "",
            rx.el.p(link(_("Pay on the site"), to=line.pay, class_name="link")),
            rx.fragment(),
        ),
    )


def _ways(line: Line) -> rx.Component | rx.Var[Any]:
    about = rx.el.span(": ", line.title, class_name="sr-only")
    edit = AutopayState.edit(line.account, line.mode)
    off = rx.cond(
        CardsState.cards.length() > 0,
        quiet_button(_("Turn on autopay"), about, on_click=edit),
        rx.el.p(_("Add a card first: autopay charges it."), class_name="text-soft"),
    )
    change = text_button(_("Change"), about, on_click=edit)
    stop = text_button(_("Turn off"), about, on_click=AutopayState.ask_to_stop(line.account))
    pause = text_button(_("Pause"), about, on_click=AutopayState.pause(line.order))
    resume = quiet_button(_("Resume"), about, on_click=AutopayState.resume(line.order))
    return rx.match(
        line.state,
        ("on", button_row(change, pause, stop)),
        ("paused", button_row(resume, change, stop)),
        ("watched", rx.el.p(_("The owner pays for this account."), class_name="text-soft")),
        off,
    )


def _sure(line: Line) -> rx.Component:
    return notice(
        rx.el.p(_("Nothing more will be charged by itself. You can turn autopay on again at any time.")),
        button_row(
            danger_button(_("Turn off autopay"), on_click=AutopayState.stop(line.order)),
            text_button(_("Keep it"), on_click=AutopayState.leave),
        ),
        mood="due",
        announce=True,
    )


def _form(line: Line) -> rx.Component:
    return rx.el.form(
        _card_field(line),
        _when(line),
        money_field(
            "limit",
            _("Limit for one charge"),
            id=f"limit-{line.account}",
            help=_("A larger debt is not charged: we write to you instead."),
            value=line.typed_limit,
            error=AutopayState.limit_error,
        ),
        checkbox_field(
            "consent",
            _("I agree to autopay"),
            id=f"consent-{line.account}",
            help=consent_text(current_locale()).text,
            error=AutopayState.consent_error,
        ),
        button_row(
            primary_button(_("Turn on autopay"), type="submit"),
            text_button(_("Cancel"), on_click=AutopayState.leave),
        ),
        on_submit=AutopayState.save,
        class_name="form",
        no_validate=True,
    )


def _card_field(line: Line) -> rx.Component:
    return select_field(
        "card",
        _("Card"),
        [rx.foreach(CardsState.cards, lambda saved: rx.el.option(saved.name, value=saved.id))],
        id=f"card-{line.account}",
        value=line.card_id,
        error=AutopayState.card_error,
    )


def _when(line: Line) -> rx.Component:
    """A day of the month, or the arrival of a bill."""
    days = [(str(day), str(day)) for day in range(1, LAST_DAY + 1)]
    day = select_field(
        "day",
        _("Day of the month"),
        days,
        id=f"day-{line.account}",
        value=line.day,
        error=AutopayState.day_error,
    )
    by_day = rx.cond(
        AutopayState.mode == AutopayMode.DAY.value, rx.el.div(day, class_name="pl-9 pt-2"), rx.fragment()
    )
    return rx.el.fieldset(
        rx.el.legend(_("When to charge"), class_name="label mb-2"),
        rx.el.div(_radio(line, AutopayMode.DAY, _("On a day of the month")), by_day, class_name="choice"),
        rx.el.div(_radio(line, AutopayMode.BILL, _("When a bill arrives")), class_name="choice"),
        class_name="grid gap-3",
    )


def _radio(line: Line, mode: AutopayMode, words: str) -> rx.Component:
    ident = f"mode-{mode.value}-{line.account}"
    return rx.el.div(
        rx.el.input(
            type="radio",
            id=ident,
            name="mode",
            value=mode.value,
            default_checked=line.mode == mode.value,
            on_change=AutopayState.choose_mode(mode.value),
        ),
        rx.el.label(words, html_for=ident, class_name="font-semibold"),
        class_name="check",
    )
