"""«Квитанции»: the bills of an account, newest first, and charts of a year."""

import reflex as rx

from cabinet.i18n import _
from cabinet.portal.bills.components import how_to_see
from cabinet.portal.bills.state import BillRow, BillsState, Choice
from cabinet.portal.cabinet.components import no_accounts
from cabinet.ui import routes
from cabinet.ui.amount import amount
from cabinet.ui.buttons import quiet_link
from cabinet.ui.charts import bar_chart
from cabinet.ui.hint import hint
from cabinet.ui.icons import icon
from cabinet.ui.layout import cabinet_page, title_of
from cabinet.ui.links import link
from cabinet.ui.pictures import no_payments_picture
from cabinet.ui.skeleton import lines_skeleton
from cabinet.ui.surfaces import card, empty, section, status


def title() -> str:
    """What stands in the browser's tab."""
    return title_of(_("Bills"))


def page() -> rx.Component:
    """One account at a time: a row of links above, so that back and reload keep it."""
    about = _(
        "Every bill by month: what was charged, for what, why the sum changed, and what is left to pay."
    )
    return cabinet_page(
        _("Bills"),
        rx.cond(
            BillsState.loaded,
            rx.cond(BillsState.choices.length() > 0, rx.fragment(_choices(), _of_account()), no_accounts()),
            lines_skeleton(5),
        ),
        place=routes.BILLS,
        hint=hint(about, about=_("Bills")),
    )


def _choices() -> rx.Component:
    return rx.cond(
        BillsState.choices.length() > 1,
        rx.el.nav(
            rx.foreach(BillsState.choices, _choice),
            class_name="flex flex-wrap gap-2 mb-6 no-print",
            aria_label=_("Account"),
        ),
        rx.fragment(),
    )


def _choice(choice: rx.vars.ObjectVar[Choice]) -> rx.Component:
    is_chosen = rx.cond(BillsState.account == choice.id, "true", "false")
    return link(choice.title, to=choice.page, class_name="chip", aria_current=is_chosen, key=choice.id)


def _of_account() -> rx.Component:
    return rx.cond(
        BillsState.prove != "",
        how_to_see(BillsState.prove),
        rx.cond(BillsState.rows.length() > 0, _bills(), _none()),
    )


def _bills() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.ul(rx.foreach(BillsState.rows, _row), class_name="grid gap-3"),
            _more(),
            class_name="grid gap-4",
        ),
        rx.cond(BillsState.charts.length() > 0, _charts(), rx.fragment()),
        class_name="grid gap-9",
    )


def _row(bill: rx.vars.ObjectVar[BillRow]) -> rx.Component:
    return rx.el.li(
        link(bill.month, to=bill.page, class_name="link font-semibold whole-card first-capital"),
        rx.el.div(
            rx.match(bill.tone, ("due", status(bill.words, "due")), status(bill.words, "fine")),
            amount(bill.amount, "text-[1.2222rem] font-semibold"),
            class_name="bill-row-end",
        ),
        key=bill.id,
        class_name="card payment-row items-center",
    )


def _more() -> rx.Component:
    earlier = quiet_link(icon("history"), _("Earlier bills"), to=BillsState.earlier)
    latest = quiet_link(_("The latest bills"), to=BillsState.latest)
    return rx.el.div(
        rx.cond(BillsState.earlier != "", earlier, rx.fragment()),
        rx.cond(BillsState.latest != "", latest, rx.fragment()),
        class_name="button-row no-print",
    )


def _charts() -> rx.Component:
    about = _("Each bar is a month. The same figures stand in the table below each chart.")
    return section(
        _("By month"),
        rx.foreach(BillsState.charts, lambda chart: card(bar_chart(chart), key=chart.title)),
        hint=hint(about, about=_("By month")),
    )


def _none() -> rx.Component:
    return empty(
        no_payments_picture(),
        _("No bills yet"),
        _("The provider has not sent a bill for this account yet. It will appear here by itself."),
    )
