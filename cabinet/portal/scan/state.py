"""A code that was scanned: where it leads, or what was read and what is missing."""

from base64 import b64decode
from binascii import Error as NotBase64
from dataclasses import dataclass

import reflex as rx

from cabinet.accounts.rights import Right
from cabinet.database import read_only
from cabinet.i18n import _, current_locale
from cabinet.kit.dates import say_month
from cabinet.kit.money import format_amount
from cabinet.kit.text import group_digits
from cabinet.portal.scan.bill import ScannedBill, numbers_in, recognise
from cabinet.portal.scan.kept import KeptBill, keep_bill
from cabinet.qr.errors import UnusableCode
from cabinet.qr.gost import LARGEST
from cabinet.qr.reading import read
from cabinet.ui import routes
from cabinet.ui.gate import person
from cabinet.ui.submitted import Form, text_in

_LONGEST_TEXT = LARGEST * 4 // 3 + 4
_SHOWN = 160


@dataclass
class ReadBill:
    """What stood in the code, in words; a line that is empty is not shown."""

    payee: str = ""
    number: str = ""
    month: str = ""
    amount: str = ""
    missing: str = ""
    """Why it does not lead on by itself."""
    goes: str = ""
    """The page to go on with; empty: the one for linking."""


class ScanState(rx.State):
    """The scanner's answer. A bill that is understood leads straight to its page."""

    problem: rx.Field[str] = rx.field("")
    bill: rx.Field[ReadBill] = rx.field(default_factory=ReadBill)

    @rx.event
    def load(self) -> None:
        """Begin anew."""
        self._forget()

    def _forget(self) -> None:
        self.problem, self.bill = "", ReadBill()

    @rx.event
    async def read_code(self, form: Form) -> object:
        """Understand the bytes of a code (base64 in `code`): go on with the bill, or say what is missing."""
        self._forget()
        try:
            payment = read(_bytes(text_in(form, "code"))).payment
        except UnusableCode as problem:
            self.problem = problem.message()
            return None
        async with read_only() as session:
            scanned = await recognise(payment, person().id, session=session)
        await keep_bill(self, _to_keep(scanned))
        wants_link = self.router.url.query_parameters.get("for") == "link"
        way = _way(scanned, wants_link=wants_link)
        if way:
            return rx.redirect(routes.localized(way))
        self.bill = _say(scanned)
        return None


def _bytes(text: str) -> bytes:
    """The bytes that the browser read; what is not base64 is no code."""
    try:
        return b64decode(text[: _LONGEST_TEXT + 1], validate=True)
    except (NotBase64, ValueError):
        return b""


def _to_keep(bill: ScannedBill) -> KeptBill | None:
    """What linking may begin with; nothing for an account that is linked already."""
    if bill.provider is None or bill.linked:
        return None
    return KeptBill(bill.provider.id, bill.number, bill.payment.sum_minor, bill.payment.period)


def _way(bill: ScannedBill, *, wants_link: bool) -> str:
    """The page that the bill leads to; empty if it has to be asked about."""
    if bill.provider is None or not bill.number:
        return ""
    if bill.linked is None:
        return routes.LINK_ACCOUNT
    if wants_link or not bill.linked.may(Right.PAY):
        return ""
    payment = bill.payment
    month = f"{payment.period:%Y-%m}" if payment.period else ""
    return routes.pay(bill.linked.account_id, month, payment.sum_minor or 0)


def _say(bill: ScannedBill) -> ReadBill:
    payment = bill.payment
    number = bill.number or next(numbers_in(payment), "")
    said = ReadBill(
        payee=_payee(bill),
        number=group_digits(number)[:_SHOWN],
        month=say_month(payment.period) if payment.period else "",
        amount=format_amount(payment.sum_minor) if payment.sum_minor else "",
        missing=_missing(bill, number),
    )
    if bill.linked:
        pays = bill.linked.may(Right.PAY)
        said.goes = routes.pay(bill.linked.account_id) if pays else routes.account(bill.linked.account_id)
    elif bill.provider:
        said.goes = routes.LINK_ACCOUNT
    return said


def _payee(bill: ScannedBill) -> str:
    return bill.provider.name_in(current_locale()) if bill.provider else bill.payment.name[:_SHOWN]


def _missing(bill: ScannedBill, number: str) -> str:
    if bill.linked:
        if bill.linked.may(Right.PAY):
            return _("This account is in your cabinet already.")
        return _("This account is in your cabinet already. You were invited to look at it; its owner pays.")
    if bill.is_unsure:
        return _("Several providers fit this bill. Choose yours from the list.")
    if bill.provider is None:
        return _(
            "We did not find this payee among our providers. "
            "Perhaps the bill names a settlement centre: choose your provider and enter the number yourself."
        )
    if not number:
        return _("The code does not hold the account number. Enter it from the bill.")
    return _("The number in the code does not look like this provider's numbers. Enter it from the bill.")
