"""One bill: its lines, its sums, why it changed, and the ways to pay and to keep it."""

from typing import Any

import reflex as rx

from cabinet.i18n import _
from cabinet.portal.bills.components import how_to_see
from cabinet.portal.bills.state import BillState, LineRow, Reason
from cabinet.ui import routes
from cabinet.ui.amount import amount, big_amount
from cabinet.ui.buttons import button_row, primary_link, quiet_link
from cabinet.ui.hint import hint
from cabinet.ui.icons import icon, provider_sign
from cabinet.ui.layout import cabinet_page, title_of
from cabinet.ui.links import link
from cabinet.ui.pictures import nothing_found_picture
from cabinet.ui.skeleton import account_card_skeleton, skeleton
from cabinet.ui.surfaces import card, empty, notice, section, status, tear_line

_BILL = BillState.card


def title() -> str:
    """What stands in the browser's tab."""
    return title_of(_("Bill"))


def page() -> rx.Component:
    """What is asked above, why and for what below."""
    about = _("What was charged for the month, line by line, what was paid, and what is left.")
    shown = rx.cond(
        BillState.prove != "", how_to_see(BillState.prove), rx.cond(BillState.found, _bill(), _not_found())
    )
    return cabinet_page(
        _("Bill"),
        rx.cond(BillState.loaded, shown, skeleton(account_card_skeleton())),
        place=routes.BILLS,
        hint=hint(about, about=_("Bill")),
    )


def _bill() -> rx.Component:
    return rx.el.div(
        rx.el.div(_back(), _head(), class_name="grid gap-2 -mt-4"),
        rx.cond(_BILL.why != "", _why(), rx.fragment()),
        section(_("What was charged"), card(_lines(), class_name="min-w-0")),
        section(_("The account as a whole"), card(_sums(), _gap())),
        class_name="grid gap-9",
    )


def _back() -> rx.Component:
    return rx.el.p(
        link(icon("back"), _("All bills"), to=routes.BILLS, class_name="button-text"), class_name="no-print"
    )


def _head() -> rx.Component:
    return card(
        rx.el.div(
            provider_sign(_BILL.kind, _BILL.logo, _BILL.provider),
            rx.el.div(
                rx.el.h2(_BILL.month, class_name="first-capital"),
                rx.el.p(_BILL.account, class_name="text-soft"),
                rx.el.p(
                    _("No."),
                    "\u00a0",
                    rx.el.span(_BILL.number, class_name="figures whitespace-nowrap"),
                    class_name="text-soft",
                ),
                rx.el.p(_BILL.address, class_name="small text-soft"),
                _if(
                    _BILL.bill_number,
                    rx.el.p(_("Bill No."), "\u00a0", _BILL.bill_number, class_name="small text-soft"),
                ),
                class_name="min-w-0",
            ),
            class_name="flex gap-4 items-start",
        ),
        tear_line(),
        rx.el.div(_asked(), _ways(), class_name="flex flex-wrap items-end justify-between gap-4"),
    )


def _asked() -> rx.Component:
    return rx.el.div(
        rx.el.p(_("Charged for the month"), class_name="small text-soft"),
        big_amount(_BILL.total),
        rx.el.p(
            rx.match(_BILL.tone, ("due", status(_BILL.words, "due")), status(_BILL.words, "fine")),
            class_name="mt-2",
        ),
        class_name="flex-1 min-w-[13rem]",
    )


def _ways() -> rx.Component:
    pay = primary_link(icon("wallet"), rx.el.span(_("Pay"), " ", amount(_BILL.left)), to=_BILL.pay)
    may_pay = (_BILL.left != "") & (_BILL.pay != "")
    return rx.el.div(
        button_row(
            rx.cond(may_pay, pay, rx.fragment()),
            quiet_link(icon("download"), _("PDF with a QR code"), to=_BILL.pdf, full=True),
        ),
        class_name="no-print",
    )


def _why() -> rx.Component:
    about = _("Compared with the bill before: first what was used at the old price, then the new price.")
    reasons = rx.el.ul(rx.foreach(_BILL.reasons, _reason), class_name="grid")
    return section(
        _("Why did the sum change?"),
        card(
            rx.el.p(_BILL.why, class_name="text-pretty"),
            rx.cond(
                _BILL.reasons.length() > 1,
                rx.el.details(rx.el.summary(_("By service")), reasons, class_name="question split"),
                rx.fragment(),
            ),
            class_name="grid gap-2",
        ),
        hint=hint(about, about=_("Why did the sum change?")),
        action=link(_("The bill before"), to=_BILL.before),
    )


def _reason(reason: rx.vars.ObjectVar[Reason]) -> rx.Component:
    return rx.el.li(
        rx.el.span(reason.service, rx.el.span(reason.words, class_name="small text-soft block")),
        amount(reason.change, "font-semibold"),
        class_name="reason",
    )


def _lines() -> rx.Component:
    heads = [
        rx.el.th(_("Service"), scope="col"),
        *[
            rx.el.th(words, scope="col", class_name="number")
            for words in (_("Volume"), _("Tariff"), _("Recalculation"), _("Amount"))
        ],
    ]
    total = rx.el.tr(
        rx.el.th(_("In all"), scope="row", col_span=4),
        rx.el.td(_BILL.total, class_name="number font-semibold"),
    )
    return rx.el.table(
        rx.el.caption(_("Lines of the bill"), class_name="sr-only"),
        rx.el.thead(rx.el.tr(*heads)),
        rx.el.tbody(rx.foreach(_BILL.lines, _line)),
        rx.el.tfoot(total),
        class_name="table bill-lines",
    )


def _line(line: rx.vars.ObjectVar[LineRow]) -> rx.Component:
    return rx.el.tr(
        rx.el.th(line.service, scope="row"),
        _cell(_("Volume"), line.volume),
        _cell(_("Tariff"), line.tariff),
        _cell(_("Recalculation"), line.recalculation),
        _cell(_("Amount"), line.amount),
    )


def _cell(head: str, words: rx.Var[str]) -> rx.Component:
    return rx.el.td(
        words,
        class_name=rx.cond(words == "", "number nothing", "number"),
        custom_attrs={"data-label": head},
    )


def _sums() -> rx.Component:
    opening = rx.cond(
        _BILL.opening_is_advance,
        _("In advance at the start of the month"),
        _("Owed at the start of the month"),
    )
    closing = rx.cond(_BILL.closing_is_advance, _("In advance in all"), _("To pay in all"))
    return rx.el.dl(
        _sum(opening, _BILL.opening),
        _sum(_("Charged for services"), _BILL.charged),
        _sum(_("of that, recalculation"), _BILL.recalculation),
        _sum(_("Penalty"), _BILL.penalty),
        _sum(_("Paid"), _BILL.paid),
        _sum(closing, _BILL.closing, heavy=True),
        _sum(_("Pay by"), _BILL.due),
        class_name="facts",
    )


def _sum(name: Any, words: rx.Var[str], *, heavy: bool = False) -> rx.Component:
    """A sum with its name; left out where the provider does not say."""
    return _if(words, rx.el.div(rx.el.dt(name), rx.el.dd(words), class_name="font-semibold" if heavy else ""))


def _gap() -> rx.Component:
    said = notice(
        rx.el.p(_("The sums of this bill differ by"), " ", amount(_BILL.gap), "."),
        rx.el.p(_("The staff see it, too. You need to do nothing; for questions, write to support.")),
        mood="due",
    )
    return _if(_BILL.gap, rx.el.div(said, class_name="mt-4"))


def _if(words: rx.Var[str], shown: rx.Component) -> rx.Component:
    return rx.cond(words != "", shown, rx.fragment())


def _not_found() -> rx.Component:
    return empty(
        nothing_found_picture(),
        _("There is no such bill in your cabinet"),
        _("Perhaps its account was unlinked."),
        primary_link(_("All bills"), to=routes.BILLS),
    )
