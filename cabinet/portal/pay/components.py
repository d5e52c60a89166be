"""One account on the payment page: what to pay, readings on the way, who is paid."""

from typing import Any

import reflex as rx

from cabinet.i18n import _
from cabinet.portal.pay.state import DEBT, NOTHING, OWN, Part, PayLine, PayState
from cabinet.ui.amount import amount
from cabinet.ui.fields import money_field, select_field
from cabinet.ui.hint import hint
from cabinet.ui.icons import kind_icon
from cabinet.ui.links import link
from cabinet.ui.meters import MeterLine, ZoneLine
from cabinet.ui.payment_earlier import Earlier, earlier_notice
from cabinet.ui.reading_field import reading_field
from cabinet.ui.surfaces import card, facts, notice, tear_line


def pay_card(line: rx.vars.ObjectVar[PayLine]) -> rx.Component:
    """An account with its choices, its readings, and its payee."""
    return rx.el.li(
        card(
            _head(line),
            rx.cond(
                line.asked != "", rx.el.div(notice(line.asked, sign="bill"), class_name="mt-4"), rx.fragment()
            ),
            earlier_notice(line.earlier.to(Earlier), on_continue=PayState.continue_earlier(line.id)),
            rx.el.fieldset(
                rx.el.legend(_("What to pay"), class_name="sr-only"),
                _debt_choice(line),
                _own_choice(line),
                rx.cond(PayState.lines.length() > 1, _nothing_choice(line), rx.fragment()),
                class_name="grid gap-3 mt-4",
            ),
            _split(line),
            rx.cond(line.meters.length() > 0, _readings(line), rx.fragment()),
            tear_line(),
            _payee(line),
        ),
        key=f"{line.id}{line.asked}",
    )


def _head(line: rx.vars.ObjectVar[PayLine]) -> rx.Component:
    return rx.el.div(
        kind_icon(line.kind),
        rx.el.div(
            rx.el.h2(line.title),
            rx.el.p(
                _("No."),
                "\u00a0",
                rx.el.span(line.number, class_name="figures whitespace-nowrap"),
                class_name="text-soft",
            ),
            rx.el.p(line.address, class_name="small text-soft"),
            class_name="min-w-0",
        ),
        class_name="flex gap-4 items-start",
    )


def _debt_choice(line: rx.vars.ObjectVar[PayLine]) -> rx.Component:
    said = rx.cond(
        line.debt_minor.to(int) > 0, rx.fragment(amount(line.debt), " ", line.as_of), _("nothing to pay now")
    )
    return rx.el.div(
        _radio(line, DEBT, _("Current debt"), disabled=line.debt_minor.to(int) <= 0),
        rx.el.p(said, class_name="pl-9 text-soft"),
        class_name="choice gap-1",
    )


def _own_choice(line: rx.vars.ObjectVar[PayLine]) -> rx.Component:
    field = rx.el.div(
        money_field(
            f"own-{line.id}",
            _("Other amount"),
            help=rx.el.span(_("In roubles, up to {limit}").format(limit="").rstrip(), " ", line.limit),
            error=line.own_error,
            value=line.first_own,
            on_change=lambda text: PayState.type_own(line.id, text),
            custom_attrs={"data-chooses": f"own-choice-{line.id}"},
        ),
        class_name="own-amount pl-9",
    )
    chooses_period = (line.choice == OWN) & (line.periods.length() > 1)
    period = rx.cond(chooses_period, _period(line), rx.fragment())
    return rx.el.div(_radio(line, OWN, _("Other amount")), field, period, class_name="choice")


def _period(line: rx.vars.ObjectVar[PayLine]) -> rx.Component:
    """The month that the sum is for; the law makes the payer's word binding."""
    oldest = rx.el.option(_("The oldest debt first"), value="")
    months = rx.foreach(line.periods, lambda one: rx.el.option(one.words, value=one.value))
    return select_field(
        f"period-{line.id}",
        _("For which month"),
        [oldest, months],
        on_change=lambda period: PayState.choose_period(line.id, period),
        value=line.period,
    )


def _split(line: rx.vars.ObjectVar[PayLine]) -> rx.Component:
    """How the sum splits over months and services; once opened it stays open while a sum is typed."""
    return rx.el.details(
        rx.el.summary(_("How the payment splits")),
        rx.el.dl(rx.foreach(line.parts, _part), class_name="facts", aria_live="polite"),
        hidden=line.parts.length() == 0,
        class_name="question split mt-3",
    )


def _part(part: rx.vars.ObjectVar[Part]) -> rx.Component:
    return rx.el.div(rx.el.dt(part.words), rx.el.dd(amount(part.amount)))


def _nothing_choice(line: rx.vars.ObjectVar[PayLine]) -> rx.Component:
    return rx.el.div(_radio(line, NOTHING, _("Not now")), class_name="choice")


def _radio(line: rx.vars.ObjectVar[PayLine], choice: str, words: str, **props: Any) -> rx.Component:
    ident = f"{choice}-choice-{line.id}"
    return rx.el.div(
        rx.el.input(
            type="radio",
            id=ident,
            name=f"choice-{line.id}",
            value=choice,
            default_checked=line.choice == choice,
            on_change=PayState.choose(line.id, choice),
            **props,
        ),
        rx.el.label(words, html_for=ident, class_name="font-semibold"),
        class_name="check",
    )


def _readings(line: rx.vars.ObjectVar[PayLine]) -> rx.Component:
    ident = f"readings-{line.id}"
    box = rx.el.div(
        rx.el.input(
            type="checkbox",
            id=ident,
            name=ident,
            default_checked=line.with_readings,
            aria_expanded=line.with_readings,
            on_change=lambda wanted: PayState.with_readings(line.id, wanted.to(bool)),
        ),
        rx.el.label(_("Send meter readings"), html_for=ident, class_name="font-semibold"),
        class_name="check",
    )
    fields = rx.el.div(
        rx.el.p(line.window, class_name="help"),
        rx.foreach(line.meters, _meter),
        rx.cond(line.problem != "", notice(line.problem, mood="failed", announce=True), rx.fragment()),
        rx.cond(
            line.readings_sent,
            notice(
                _("The readings are sent. They stay, even if you do not pay now."), mood="fine", announce=True
            ),
            rx.fragment(),
        ),
        class_name="grid gap-4 pl-9",
    )
    return rx.el.div(box, rx.cond(line.with_readings, fields, rx.fragment()), class_name="choice mt-3")


def _meter(meter: rx.vars.ObjectVar[MeterLine]) -> rx.Component:
    return rx.el.div(
        rx.foreach(meter.zones, lambda zone: _zone(zone, meter)),
        rx.cond(meter.verification != "", rx.el.p(meter.verification, class_name="help"), rx.fragment()),
        rx.cond(meter.expired != "", rx.el.p(meter.expired, class_name="help text-due"), rx.fragment()),
        key=meter.id,
        class_name="grid gap-3",
    )


def _zone(zone: rx.vars.ObjectVar[ZoneLine], meter: rx.vars.ObjectVar[MeterLine]) -> rx.Component:
    before = [
        rx.el.p(zone.previous),
        rx.cond(zone.sent != "", rx.el.p(zone.sent), rx.fragment()),
        rx.cond(zone.declined != "", rx.el.p(zone.declined), rx.fragment()),
    ]
    return rx.el.div(
        rx.el.label(zone.label, html_for=f"reading-{zone.id}", class_name="label"),
        reading_field(zone, meter, *before),
        key=zone.id,
        class_name="field",
    )


def _payee(line: rx.vars.ObjectVar[PayLine]) -> rx.Component:
    return facts((_("Payee"), line.payee), (_("INN"), line.inn))


def total_bar() -> rx.Component:
    """What will be paid, in sight all the time, and the button that repeats it."""
    sums = rx.el.div(
        rx.el.div(
            rx.el.span(_("Total"), class_name="font-semibold"),
            hint(
                _(
                    "The sum that your card is charged. The commission is included. You confirm it on the payment page."
                ),
                about=_("Total"),
            ),
            class_name="flex items-center gap-1",
        ),
        rx.el.span(
            rx.cond(PayState.total != "", PayState.total, "—"),
            class_name="amount text-[1.3333rem] font-semibold",
        ),
        rx.el.span(
            _("commission included:"),
            " ",
            amount(PayState.commission),
            class_name="small text-soft basis-full",
        ),
        class_name="flex flex-wrap items-center justify-between gap-x-4",
    )
    return rx.el.div(
        rx.cond(PayState.problem != "", _problem(), rx.fragment()),
        sums,
        rx.el.button(
            rx.el.span(
                _("Pay"),
                rx.cond(PayState.total != "", rx.fragment(" ", amount(PayState.total)), rx.fragment()),
            ),
            type="submit",
            class_name="button button-primary button-wide",
            disabled=PayState.leaving_to != "",
            aria_busy=PayState.leaving_to != "",
        ),
        class_name="pay-bar no-print",
    )


def card_note() -> rx.Component:
    """Where the card is entered."""
    return rx.el.p(
        _("You enter the card on the protected page of the payment service. We never see its number."),
        class_name="help",
    )


def _problem() -> rx.Component:
    earlier = link(_("Show the payment"), to=PayState.paid_page)
    failed = notice(
        rx.el.p(PayState.problem),
        rx.cond(PayState.paid_page != "", earlier, rx.fragment()),
        mood="failed",
        announce=True,
    )
    asking = notice(PayState.problem, mood="due", sign="info", announce=True)
    return rx.cond(PayState.asks, asking, failed)
