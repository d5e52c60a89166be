"""One linked account."""

import reflex as rx

from cabinet.i18n import _
from cabinet.portal.account.state import AccountState
from cabinet.portal.cabinet.components import account_head, account_sum, no_such_account, only_looking
from cabinet.ui import routes
from cabinet.ui.buttons import (
    button_row,
    danger_button,
    primary_link,
    quiet_button,
    quiet_link,
    text_button,
)
from cabinet.ui.departure import departure
from cabinet.ui.fields import text_field
from cabinet.ui.hint import hint
from cabinet.ui.icons import icon
from cabinet.ui.layout import cabinet_page, title_of
from cabinet.ui.links import link
from cabinet.ui.meters import MeterLine, ZoneLine
from cabinet.ui.notices import notices
from cabinet.ui.payment_earlier import earlier_notice
from cabinet.ui.payments import payment_list
from cabinet.ui.skeleton import account_card_skeleton, skeleton
from cabinet.ui.surfaces import card, notice, section, tear_line


def title() -> str:
    """What stands in the browser's tab."""
    return title_of(_("Account"))


def page() -> rx.Component:
    """Debt, meters with the previous value, own payments, own name, unlinking."""
    about = _(
        "Everything about this account: the debt, the meters with their last readings, your payments, your own name for it."
    )
    return cabinet_page(
        _("Account"),
        rx.cond(
            AccountState.loaded & (AccountState.address == rx.State.router.url.path),
            rx.cond(AccountState.found, _account(), no_such_account()),
            skeleton(account_card_skeleton()),
        ),
        departure(url=AccountState.leaving_to),
        place=routes.CABINET,
        hint=hint(about, about=_("Account")),
    )


def _account() -> rx.Component:
    account = AccountState.card
    return rx.el.div(
        notices(),
        card(
            account_head(account, heading=False),
            tear_line(),
            rx.el.div(
                account_sum(account),
                rx.el.div(_pay(), class_name="no-print"),
                class_name="flex flex-wrap items-end justify-between gap-4",
            ),
            earlier_notice(AccountState.earlier, on_continue=AccountState.continue_earlier),
        ),
        _access(),
        _meters(),
        _payments(),
        _name(),
        _unlink(),
        class_name="grid gap-9",
    )


def _pay() -> rx.Component:
    """The way to pay; it steps back when the money has left the card already, and stays a way."""
    words, to = _("Pay online"), AccountState.card.pay
    way = rx.cond(
        AccountState.earlier.mood == "due",
        quiet_link(icon("wallet"), words, to=to),
        primary_link(icon("wallet"), words, to=to),
    )
    return rx.cond(AccountState.card.may_pay, way, only_looking())


def _access() -> rx.Component:
    """The proof while it is missing; afterwards the bills, and who sees the account."""
    account = AccountState.card
    prove = notice(
        rx.el.p(
            _("The name, the whole address, bills and history are hidden until you prove that it is yours.")
        ),
        rx.el.div(quiet_link(_("Prove that the account is yours"), to=account.prove), class_name="mt-2"),
        sign="lock",
    )
    bills = _way("bill", _("Bills"), _("what was charged, why the sum changed"), to=routes.bills(account.id))
    people = _way(
        "person",
        rx.cond(account.is_guest, _("Your access"), _("Who sees the account")),
        rx.cond(
            account.is_guest, _("who let you in, how to give it up"), _("let your family in, take it back")
        ),
        to=account.access,
    )
    ways = rx.el.div(bills, people, class_name="grid gap-3")
    return rx.el.div(rx.cond(account.is_full, ways, prove), class_name="no-print")


def _way(
    sign: str, name: str | rx.Var[str], about: str | rx.Var[str], *, to: str | rx.Var[str]
) -> rx.Component:
    """A card that leads to another page of the account."""
    return link(
        icon(sign),
        rx.el.span(
            rx.el.span(name, class_name="font-semibold block"),
            rx.el.span(about, class_name="small text-soft block"),
        ),
        rx.el.span(icon("arrow"), class_name="ml-auto"),
        to=to,
        class_name="card flex items-center gap-4 no-underline",
    )


def _meters() -> rx.Component:
    about = _("The last reading of each meter and who gave it. Send new ones on the page “Readings”.")
    return rx.cond(
        AccountState.meters.length() > 0,
        section(
            _("Meters"),
            rx.el.ul(rx.foreach(AccountState.meters, _meter), class_name="grid gap-3"),
            hint=hint(about, about=_("Meters")),
            action=link(_("History of readings"), to=routes.meters(AccountState.card.id)),
        ),
        rx.fragment(),
    )


def _meter(meter: rx.vars.ObjectVar[MeterLine]) -> rx.Component:
    return rx.el.li(
        rx.el.h3(meter.name),
        rx.foreach(meter.zones, _zone),
        rx.cond(
            meter.verification != "", rx.el.p(meter.verification, class_name="small text-soft"), rx.fragment()
        ),
        key=meter.id,
        class_name="card grid gap-1",
    )


def _zone(zone: rx.vars.ObjectVar[ZoneLine]) -> rx.Component:
    return rx.el.div(
        rx.cond(zone.short != "", rx.el.span(zone.short, class_name="font-semibold mr-2"), rx.fragment()),
        rx.el.span(zone.previous),
        rx.cond(zone.sent != "", rx.el.p(zone.sent, class_name="text-fine"), rx.fragment()),
        key=zone.id,
        class_name="figures",
    )


def _payments() -> rx.Component:
    about = _(
        "The payments that you made for this account here. Payments made elsewhere are in the debt already."
    )
    return section(
        _("My payments"),
        rx.cond(
            AccountState.payments.length() > 0,
            payment_list(AccountState.payments),
            rx.el.p(_("No payments for this account yet."), class_name="text-soft"),
        ),
        hint=hint(about, about=_("My payments")),
        action=link(_("All payments"), to=AccountState.card.history),
    )


def _name() -> rx.Component:
    about = _(
        "Only you see this name. It helps when there are several accounts: «Mother's flat», «Dacha, gas»."
    )
    return section(
        _("Own name"),
        card(
            rx.el.form(
                text_field(
                    "own_name",
                    _("Own name for the account"),
                    value=AccountState.own_name,
                    error=AccountState.name_error,
                    optional=True,
                    placeholder=_("For example, Dacha"),
                    auto_complete="off",
                ),
                rx.cond(AccountState.renamed, notice(_("Saved."), mood="fine", announce=True), rx.fragment()),
                button_row(quiet_button(_("Save"), type="submit")),
                on_submit=AccountState.rename,
                class_name="form",
                no_validate=True,
            ),
            class_name="no-print",
        ),
        hint=hint(about, about=_("Own name")),
    )


def _unlink() -> rx.Component:
    ask = text_button(icon("trash"), _("Unlink the account"), on_click=AccountState.ask_to_unlink)
    sure = notice(
        rx.el.p(
            _(
                "The account disappears from your cabinet. Your payments stay in the history. You can link it again."
            )
        ),
        rx.cond(
            AccountState.card.is_full & ~AccountState.card.is_guest,
            rx.el.p(_("Those whom you let in lose it, too.")),
            rx.fragment(),
        ),
        button_row(
            danger_button(_("Unlink"), on_click=AccountState.unlink),
            text_button(_("Keep it"), on_click=AccountState.keep_linked),
        ),
        mood="due",
        announce=True,
    )
    return rx.el.div(rx.cond(AccountState.asks_to_unlink, sure, ask), class_name="no-print")
