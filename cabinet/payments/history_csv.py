"""The history as a table that a spreadsheet opens, and runs nothing of."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from cabinet.i18n import _, current_locale
from cabinet.kit.money import plain_amount
from cabinet.kit.text import disarm_formula
from cabinet.payments.states import say_state
from cabinet.payments.views import ItemView, PaymentView

_BYTE_ORDER_MARK = "\ufeff"
_ZONE = ZoneInfo("Europe/Moscow")


def history_csv(payments: Iterable[PaymentView]) -> bytes:
    """A row for each account of each payment, in the current language; UTF-8 that Excel recognises.

    Sums of a whole payment (commission, total, refunded) stand in its first row only, so that
    every column can be added up.
    """
    out = io.StringIO()
    table = csv.writer(out, delimiter=";" if current_locale() == "ru" else ",", lineterminator="\r\n")
    table.writerow(_head())
    for payment in payments:
        table.writerows(_rows(payment))
    return (_BYTE_ORDER_MARK + out.getvalue()).encode()


def _head() -> list[str]:
    return [
        _("Payment number"),
        _("Created (Moscow time)"),
        _("Paid (Moscow time)"),
        _("State"),
        _("Payee"),
        _("Account number"),
        _("Period"),
        _("Amount"),
        _("Commission"),
        _("Total"),
        _("Refunded"),
        _("Currency"),
    ]


def _rows(payment: PaymentView) -> Iterator[list[str]]:
    for index, item in enumerate(payment.items):
        whole = (payment.commission_minor, payment.total_minor, payment.refunded_minor)
        sums = [plain_amount(minor) for minor in whole] if index == 0 else ["", "", ""]
        yield [*_texts(payment, item), plain_amount(item.amount_minor), *sums, payment.currency]


def _texts(payment: PaymentView, item: ItemView) -> list[str]:
    return [
        disarm_formula(text)
        for text in (
            str(payment.number),
            _moment(payment.created_at),
            _moment(payment.settled_at),
            say_state(payment),
            item.account.provider_name_in(current_locale()),
            item.account.number,
            item.period.strftime("%Y-%m") if item.period else "",
        )
    ]


def _moment(moment: datetime | None) -> str:
    return moment.astimezone(_ZONE).strftime("%Y-%m-%d %H:%M") if moment else ""
