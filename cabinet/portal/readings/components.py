"""One account on the page of readings: its window, its meters, what was sent."""

import reflex as rx

from cabinet.i18n import _
from cabinet.portal.readings.cards import ReadingsCard
from cabinet.portal.readings.state import ReadingsState
from cabinet.ui.amount import amount
from cabinet.ui.buttons import button_row, primary_button, text_button
from cabinet.ui.icons import icon, kind_icon
from cabinet.ui.links import link
from cabinet.ui.meters import MeterLine, ZoneLine
from cabinet.ui.reading_field import field_key, reading_field, script_words
from cabinet.ui.surfaces import card, notice, tear_line

Card = rx.vars.ObjectVar[ReadingsCard]
Meter = rx.vars.ObjectVar[MeterLine]
Zone = rx.vars.ObjectVar[ZoneLine]


def readings_card(account: Card) -> rx.Component:
    """An account with a form of its own."""
    return rx.el.li(
        card(
            _head(account),
            _window(account),
            tear_line(),
            rx.el.form(
                # Reflex draws the handler of a form outside the list that the form stands in: it cannot name the account.
                rx.el.input(type="hidden", name="account", value=account.id),
                rx.el.ul(
                    rx.foreach(account.meters, lambda meter: _meter(meter, account)), class_name="grid gap-6"
                ),
                rx.cond(account.takes_more, _day(account), rx.fragment()),
                rx.el.div(_said(account), rx.cond(account.takes_more, _foot(), rx.fragment())),
                on_submit=ReadingsState.send,
                custom_attrs={
                    "data-keeps": "true",
                    **script_words(),
                    "data-says-total": _("Together by the tariff: {cost}"),
                },
                no_validate=True,
                aria_label=account.title,
                class_name="grid gap-5",
            ),
            rx.el.p(link(_("Earlier readings and charts"), to=account.history), class_name="mt-4"),
        ),
        key=account.id,
    )


def _head(account: Card) -> rx.Component:
    return rx.el.div(
        kind_icon(account.kind),
        rx.el.div(
            rx.el.h2(link(account.title, to=account.page, class_name="plain-name")),
            rx.el.p(
                _("No."),
                "\u00a0",
                rx.el.span(account.number, class_name="figures whitespace-nowrap"),
                class_name="text-soft",
            ),
            rx.el.p(account.address, class_name="small text-soft"),
            class_name="min-w-0",
        ),
        class_name="flex gap-4 items-start",
    )


def _window(account: Card) -> rx.Component:
    """When readings are taken; why this person may not send any."""
    closed = notice(account.window, sign="clock")
    said = rx.el.p(
        icon("clock", class_name="w-[1.2em] h-[1.2em] flex-none mt-[0.15em]"),
        account.window,
        class_name="reading-window",
    )
    return rx.el.div(
        rx.cond(account.tone == "open", said, closed),
        rx.cond(account.barred != "", notice(account.barred, sign="eye"), rx.fragment()),
        class_name="grid gap-3 mt-4",
    )


def _meter(meter: Meter, account: Card) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.h3(meter.name),
            rx.cond(
                meter.verification != "",
                rx.el.p(meter.verification, class_name="small text-soft"),
                rx.fragment(),
            ),
            rx.cond(meter.ratio != "", rx.el.p(meter.ratio, class_name="small text-soft"), rx.fragment()),
            class_name="reading-meter",
        ),
        rx.cond(meter.expired != "", notice(meter.expired, mood="due", sign="alert"), rx.fragment()),
        rx.foreach(meter.zones, lambda zone: _zone(zone, meter, account)),
        key=meter.id,
        class_name="grid gap-3",
    )


def _zone(zone: Zone, meter: Meter, account: Card) -> rx.Component:
    may_type = zone.is_open & (account.barred == "") & (account.tone != "closed")
    return rx.el.div(
        rx.el.div(
            rx.cond(zone.short != "", rx.el.p(zone.short, class_name="font-semibold"), rx.fragment()),
            _before(zone),
            _earlier(zone),
            class_name="grid gap-1.5 content-start",
        ),
        rx.el.div(
            rx.cond(zone.declined != "", notice(zone.declined, mood="failed"), rx.fragment()),
            rx.cond(may_type, _typing(zone, meter, account), _sent(zone, meter, account)),
            class_name="grid gap-3 content-start min-w-0",
        ),
        key=zone.id,
        class_name="reading-zone",
    )


def _before(zone: Zone) -> rx.Component:
    """The value that the new one follows: with its day, and who gave it."""
    known = rx.el.div(
        rx.el.p(
            rx.el.span(_("Previous:"), " ", class_name="text-soft"),
            rx.el.span(zone.before_value, class_name="figures font-semibold whitespace-nowrap"),
        ),
        rx.el.p(zone.before_by, class_name="small text-soft"),
    )
    none = rx.el.p(_("no reading yet"), class_name="text-soft")
    return rx.cond(zone.before_value != "", known, none)


def _typing(zone: Zone, meter: Meter, account: Card) -> rx.Component:
    """The field; for a correction also the way back."""
    leave = text_button(
        _("Keep {value}").format(value="").rstrip(),
        " ",
        zone.value,
        on_click=ReadingsState.keep(account.id, zone.id),
        custom_attrs={"data-forgets": field_key(zone)},
    )
    return rx.el.div(
        rx.el.label(
            rx.cond(zone.value != "", _("Corrected reading"), _("New reading")),
            rx.el.span(": ", zone.label, class_name="sr-only"),
            html_for=f"reading-{zone.id}",
            class_name="label",
        ),
        reading_field(zone, meter),
        rx.cond(zone.value != "", leave, rx.fragment()),
        class_name="field",
    )


def _sent(zone: Zone, meter: Meter, account: Card) -> rx.Component:
    """What was sent for this period, and the way to correct it."""
    may_correct = (account.barred == "") & (account.tone != "closed")
    correct = text_button(
        icon("pencil"),
        _("Correct"),
        rx.el.span(": ", zone.label, class_name="sr-only"),
        on_click=ReadingsState.correct(account.id, zone.id),
        custom_attrs={"data-opens": field_key(zone), "data-sent": zone.value},
    )
    value = rx.el.div(
        rx.el.p(
            icon("check", class_name="w-[1.1em] h-[1.1em] flex-none text-fine"),
            rx.el.span(_("Sent:"), " ", rx.el.strong(zone.value, "\u00a0", meter.unit, class_name="figures")),
            class_name="flex items-center gap-2",
        ),
        rx.cond(zone.used != "", rx.el.p(zone.used, class_name="help figures"), rx.fragment()),
        rx.cond(may_correct, correct, rx.fragment()),
        class_name="grid gap-0.5 justify-items-start",
    )
    taken = rx.cond(zone.taken != "", rx.el.p(zone.taken, class_name="text-fine"), rx.fragment())
    return rx.cond(zone.value != "", value, taken)


def _earlier(zone: Zone) -> rx.Component:
    """What was sent for this period before."""
    return rx.cond(
        zone.history.length() > 0,
        rx.el.details(
            rx.el.summary(_("Sent before")),
            rx.el.ul(
                rx.foreach(zone.history, lambda said: rx.el.li(said)), class_name="grid gap-1 figures small"
            ),
            class_name="reading-history",
        ),
        rx.fragment(),
    )


def _day(account: Card) -> rx.Component:
    """The day of the readings, where the provider takes earlier ones."""
    ident = f"taken-on-{account.id}"
    return rx.cond(
        account.first_day != "",
        rx.el.div(
            rx.el.label(_("Day on which the meters were read"), html_for=ident, class_name="label"),
            rx.el.input(
                type="date",
                id=ident,
                name="taken_on",
                default_value=account.today,
                min=account.first_day,
                max=account.today,
                aria_describedby=f"{ident}-error",
                aria_invalid=account.day_error != "",
                class_name="input reading-day",
            ),
            rx.el.p(account.day_error, id=f"{ident}-error", role="alert", class_name="error"),
            class_name="field",
        ),
        rx.fragment(),
    )


def _said(account: Card) -> rx.Component:
    """What is wrong, what has to be confirmed, or what was taken."""
    return rx.el.div(
        rx.cond(
            account.problem != "",
            rx.cond(
                account.asks,
                notice(account.problem, mood="due", sign="info"),
                notice(account.problem, mood="failed"),
            ),
            rx.fragment(),
        ),
        rx.cond(account.done != "", _done(account), rx.fragment()),
        aria_live="polite",
        class_name="readings-said",
    )


def _done(account: Card) -> rx.Component:
    """What was taken, when it goes on to the provider, and the next step."""
    total = rx.el.p(_("Together by the tariff:"), " ", amount(account.total))
    return notice(
        rx.el.p(account.done),
        rx.cond(account.total != "", total, rx.fragment()),
        rx.el.p(link(_("Pay online"), to=account.pay)),
        mood="fine",
        tab_index=-1,
        custom_attrs={"data-done": "true"},
    )


def _foot() -> rx.Component:
    return rx.el.div(
        rx.el.p(hidden=True, class_name="reading-total", custom_attrs={"data-total": "true"}),
        button_row(primary_button(icon("meter"), _("Send readings"), type="submit")),
        class_name="grid gap-3",
    )
