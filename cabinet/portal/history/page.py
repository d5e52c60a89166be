"""All payments, with a filter by account."""

import reflex as rx

from cabinet.i18n import _
from cabinet.portal.history.state import HistoryState
from cabinet.ui import routes
from cabinet.ui.accounts import AccountCard, AccountsState
from cabinet.ui.buttons import primary_link, quiet_button, quiet_link
from cabinet.ui.hint import hint
from cabinet.ui.icons import icon
from cabinet.ui.layout import cabinet_page, title_of
from cabinet.ui.links import link
from cabinet.ui.payments import payment_list
from cabinet.ui.pictures import no_payments_picture
from cabinet.ui.skeleton import lines_skeleton
from cabinet.ui.surfaces import empty


def title() -> str:
    """What stands in the browser's tab."""
    return title_of(_("Payment history"))


def page() -> rx.Component:
    """The newest first; the filter is a row of links, so that back and reload keep it."""
    about = _("Every payment made here, also the unfinished ones. Open one to see what became of it.")
    return cabinet_page(
        _("Payment history"),
        _filter(),
        rx.cond(HistoryState.loaded, _payments(), lines_skeleton(4)),
        place=routes.PAYMENTS,
        hint=hint(about, about=_("Payment history")),
    )


def _download() -> rx.Component:
    return rx.el.p(
        quiet_link(
            icon("download"),
            _("Download as a table (CSV)"),
            to=routes.payments_csv(HistoryState.account),
            full=True,
        ),
        class_name="mt-5 no-print",
    )


def _earlier() -> rx.Component:
    earlier = quiet_button(icon("history"), _("Earlier payments"), on_click=HistoryState.show_earlier)
    return rx.el.p(earlier, class_name="mt-5 no-print")


def _filter() -> rx.Component:
    everything = _choice(_("All accounts"), routes.PAYMENTS, HistoryState.account == "")
    return rx.cond(
        AccountsState.cards.length() > 1,
        rx.el.nav(
            everything,
            rx.foreach(AccountsState.cards, _account_choice),
            class_name="flex flex-wrap gap-2 mb-5 no-print",
            aria_label=_("Filter by account"),
        ),
        rx.fragment(),
    )


def _account_choice(account: rx.vars.ObjectVar[AccountCard]) -> rx.Component:
    return _choice(account.title, account.history, HistoryState.account == account.id)


def _choice(words: str | rx.Var[str], to: str | rx.Var[str], chosen: rx.Var[bool]) -> rx.Component:
    return link(words, to=to, class_name="chip", aria_current=rx.cond(chosen, "true", "false"))


def _payments() -> rx.Component:
    return rx.cond(
        HistoryState.cards.length() > 0,
        rx.fragment(
            payment_list(HistoryState.cards),
            rx.cond(HistoryState.has_earlier, _earlier(), rx.fragment()),
            _download(),
        ),
        empty(
            no_payments_picture(),
            _("No payments yet"),
            _("Here you will see every payment: what was paid, for what, and what became of it."),
            primary_link(_("Pay online"), to=routes.PAY),
        ),
    )
