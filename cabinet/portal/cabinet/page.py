"""The cabinet: a card for each linked account."""

import reflex as rx

from cabinet.i18n import _
from cabinet.portal.cabinet.components import account_cards, first_steps
from cabinet.ui import routes
from cabinet.ui.accounts import AccountsState
from cabinet.ui.amount import amount
from cabinet.ui.buttons import primary_link, quiet_link
from cabinet.ui.hint import hint
from cabinet.ui.icons import icon
from cabinet.ui.invitations import waiting_offers
from cabinet.ui.layout import cabinet_page, title_of
from cabinet.ui.notices import notices


def title() -> str:
    """What stands in the browser's tab."""
    return title_of(_("Cabinet"))


def page() -> rx.Component:
    """Cards, the sum of all debts where there are several, and the way to link one more."""
    about = _(
        "Each card is one account: what is owed today, or how much is paid in advance. Press «Pay online» to pay for it."
    )
    return cabinet_page(
        _("My accounts"),
        waiting_offers(),
        notices(),
        account_cards(),
        _below(),
        first_steps(),
        place=routes.CABINET,
        hint=hint(about, about=_("My accounts")),
    )


def _below() -> rx.Component:
    cards = AccountsState.cards.length()
    several = (cards > 1) & (AccountsState.debt != "")
    pay_all = rx.cond(
        several,
        primary_link(_("Pay for all:"), " ", amount(AccountsState.debt), to=routes.PAY),
        rx.fragment(),
    )
    more = quiet_link(icon("plus"), _("Link one more account"), to=routes.LINK_ACCOUNT)
    scan = quiet_link(icon("scan"), _("Scan a bill"), to=routes.scan())
    return rx.cond(
        AccountsState.loaded & (cards > 0),
        rx.el.div(pay_all, more, scan, class_name="button-row mt-6 no-print"),
        rx.fragment(),
    )
