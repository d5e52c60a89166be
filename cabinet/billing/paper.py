"""The bill as a paper: one A4 page with what is asked, for what, and the code that banks read."""

from dataclasses import dataclass

from fpdf.enums import XPos, YPos

from cabinet.billing.lines import ChargeLine
from cabinet.billing.models import ChargeKind
from cabinet.billing.views import BillView
from cabinet.billing.words import say_change, say_signed, say_tariff, say_volume
from cabinet.i18n import _, current_locale
from cabinet.kit.dates import say_date, say_month
from cabinet.kit.money import format_amount
from cabinet.kit.paper import INK, LEFT, LINE, SOFT, WIDTH, Paper, drawn
from cabinet.kit.text import group_digits
from cabinet.providers.payee import Payee
from cabinet.qr.drawing import QUIET, squares
from cabinet.settings import settings

_CODE = 56
"""Side of the code with its quiet zone, in millimetres."""
_COLUMNS = (64, 28, 24, 26, 28)


@dataclass(frozen=True, slots=True)
class PaperBill:
    """All that the paper says."""

    bill: BillView
    payee: Payee
    account_number: str
    owner: str
    address: str
    code: bytes | None
    """What the QR code holds; None: nothing to pay, or the payee's bank is not known."""


def draw_bill(told: PaperBill) -> bytes:
    """The PDF in the current language; takes some tenths of a second, so call it in a thread."""
    paper = _BillPaper(told)
    paper.head()
    paper.whose()
    paper.lines()
    paper.sums()
    paper.notes()
    return bytes(paper.output())


class _BillPaper(Paper):
    """What a bill says, from top to bottom; the code stands at the top right."""

    def __init__(self, told: PaperBill) -> None:
        super().__init__()
        self._told = told
        self._bill = told.bill
        self._beside = WIDTH - _CODE - 8 if told.code else WIDTH
        self.set_title(_title(told.bill))
        self.set_author(told.payee.name_in(current_locale()))
        self.set_creator("Cabinet")
        self.set_lang(current_locale())
        self.set_creation_date(told.bill.issued_at)

    def head(self) -> None:
        """What month, how much, until when; and the code."""
        top = self.get_y()
        self.say(self._told.payee.name_in(current_locale()), 11, bold=True, width=self._beside)
        self.say(_payee_numbers(self._told.payee), 9, color=SOFT, width=self._beside)
        self.gap(6)
        self.say(_title(self._bill), 19, bold=True, width=self._beside)
        self.gap(4)
        self._asked()
        bottom = self.get_y()
        if self._told.code:
            bottom = max(bottom, self._draw_code(self._told.code, top))
        self.set_y(bottom)

    def whose(self) -> None:
        """The account, and whose it is."""
        self.rule()
        self.pair(_("Account number"), group_digits(self._told.account_number), bold=True)
        for name, value in (
            (_("Owner"), self._told.owner),
            (_("Address"), self._told.address),
            (_("Bill No."), self._bill.number),
        ):
            if value:
                self.pair(name, value)

    def lines(self) -> None:
        """What was charged for the month."""
        self.rule()
        heads = (_("Service"), _("Volume"), _("Tariff"), _("Recalculation"), _("Amount"))
        self._row(heads, size=9, color=SOFT)
        for line in self._bill.lines:
            self._row(_cells(line), size=10)
        self.gap(1)
        total = (_("Charged for the month"), "", "", "", say_signed(self._bill.total_minor))
        self._row(total, bold=True, ruled=False)

    def sums(self) -> None:
        """From the balance before to the one after."""
        bill = self._bill
        self.rule()
        if bill.opening_minor is not None:
            before = _("In advance at the start of the month") if bill.opening_minor < 0 else _owed_before()
            self.pair(before, format_amount(abs(bill.opening_minor)))
        self.pair(_("Charged for the month"), say_signed(bill.total_minor))
        if bill.paid_minor is not None:
            self.pair(_("Paid"), say_signed(-bill.paid_minor))
        if bill.closing_minor is not None:
            after = _("In advance in all") if bill.closing_minor < 0 else _("To pay in all")
            self.pair(after, format_amount(abs(bill.closing_minor)), bold=True)

    def notes(self) -> None:
        """How to pay by the code, and whom to ask."""
        self.rule()
        for line in _notes(self._told):
            self.say(line, 9, color=SOFT)
            self.gap(1)

    def _asked(self) -> None:
        to_pay = self._bill.to_pay_minor
        if to_pay <= 0:
            self.say(_("Nothing to pay"), 16, bold=True, width=self._beside)
            return
        self.say(_("To pay"), 10, color=SOFT, width=self._beside)
        self.say(format_amount(to_pay), 26, bold=True, width=self._beside)
        self.say(_("by {date}").format(date=say_date(self._bill.due_on)), 11, width=self._beside)

    def _draw_code(self, code: bytes, top: float) -> float:
        """Draw the squares as one shape for each run of dark ones; returns where the code ends."""
        rows = squares(code)
        side = _CODE / (len(rows) + 2 * QUIET)
        left = LEFT + WIDTH - _CODE
        self.set_fill_color(0, 0, 0)
        for down, row in enumerate(rows):
            for start, length in _runs(row):
                self.rect(
                    left + (QUIET + start) * side, top + (QUIET + down) * side, length * side, side, style="F"
                )
        self._caption(left, top + _CODE)
        return top + _CODE + 9

    def _caption(self, left: float, top: float) -> None:
        self.set_xy(left, top)
        self.write_with(9, color=SOFT)
        self.multi_cell(_CODE, 4, drawn(_("Scan it in your bank's app")), align="C")
        self.set_x(LEFT)

    def _row(
        self,
        cells: tuple[str, ...],
        *,
        size: int = 10,
        bold: bool = False,
        color: tuple[int, int, int] = INK,
        ruled: bool = True,
    ) -> None:
        """Cells beside each other; the highest makes the row."""
        self.write_with(size, bold=bold, color=color)
        height = max(self.height_of(words, width, 5) for words, width in zip(cells, _COLUMNS, strict=True))
        if self.will_page_break(height + 2):
            self.add_page()
        top, left = self.get_y() + 1, LEFT
        for place, (words, width) in enumerate(zip(cells, _COLUMNS, strict=True)):
            self.set_xy(left, top)
            align = "R" if place else "L"
            self.multi_cell(width, 5, drawn(words), align=align, new_x=XPos.RIGHT, new_y=YPos.TOP)
            left += width
        if ruled:
            self.set_draw_color(*LINE)
            self.line(LEFT, top + height + 1, LEFT + WIDTH, top + height + 1)
        self.set_xy(LEFT, top + height + 1)


def _runs(row: list[bool]) -> list[tuple[int, int]]:
    """Where dark squares begin, and how many stand together."""
    found: list[tuple[int, int]] = []
    for place, dark in enumerate(row):
        if not dark:
            continue
        if place and row[place - 1]:
            start, length = found[-1]
            found[-1] = (start, length + 1)
        else:
            found.append((place, 1))
    return found


def _title(bill: BillView) -> str:
    return _("Bill for {month}").format(month=say_month(bill.period))


def _owed_before() -> str:
    return _("Owed at the start of the month")


def _payee_numbers(payee: Payee) -> str:
    parts = [
        (_("INN"), payee.inn),
        (_("KPP"), payee.kpp),
        (_("current account"), payee.bank_account),
        (_("bank"), payee.bank_name),
        (_("BIC"), payee.bic),
        (_("corr. account"), payee.correspondent_account),
    ]
    return ", ".join(f"{name}\u00a0{value}" for name, value in parts if value)


def _cells(line: ChargeLine) -> tuple[str, ...]:
    service = line.service or (_("Penalty") if line.kind is ChargeKind.PENALTY else _("Charges"))
    recalculation = say_change(line.recalculation_minor) if line.recalculation_minor else ""
    return (
        service,
        say_volume(line.volume, line.unit),
        say_tariff(line.tariff),
        recalculation,
        say_signed(line.amount_minor),
    )


def _notes(told: PaperBill) -> list[str]:
    said = [_("Pay online in your cabinet: {address}").format(address=settings.public_url)]
    if told.code:
        said.append(
            _("The code holds the payee, the account number, the month and the sum: nothing needs typing.")
        )
    if told.payee.support_phone:
        said.append(_("Questions about the charges: {phone}").format(phone=told.payee.support_phone))
    if told.payee.support_address:
        said.append(_("Letters on paper: {address}").format(address=told.payee.support_address))
    said.append(_("Drawn on the provider's figures by {operator}.").format(operator=settings.operator_name))
    return said
