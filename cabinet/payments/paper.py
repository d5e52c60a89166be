"""The paper itself: one A4 page that answers what was paid, to whom, for what, and when."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import cast

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from cabinet.i18n import _, current_locale
from cabinet.kit.dates import say_moment
from cabinet.kit.money import format_amount
from cabinet.kit.text import group_digits
from cabinet.payments.preview import SplitPart, say_part
from cabinet.settings import settings

_FONT = "PT Sans"
_INK, _SOFT, _LINE = (27, 35, 38), (74, 86, 91), (228, 223, 213)
_LEFT, _WIDTH = 20, 170
_WITHOUT_GLYPH = str.maketrans({"\u202f": "\u00a0", "\u2009": "\u00a0"})


@dataclass(frozen=True, slots=True)
class ConfirmedItem:
    """One account of a confirmed payment, with its payee."""

    payee: str
    inn: str
    account_number: str
    amount_minor: int
    parts: tuple[SplitPart, ...]
    """How the sum was split, less what went back."""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """All that the paper says, in minor units and UTC."""

    number: int
    paid_at: datetime
    items: tuple[ConfirmedItem, ...]
    commission_minor: int
    total_minor: int
    refunded_minor: int
    currency: str
    is_fiscal: bool
    """Whether a fiscal receipt comes from here too."""


def draw_confirmation(confirmation: Confirmation) -> bytes:
    """The PDF in the current language; takes some tenths of a second, so call it in a thread."""
    paper = _Paper(confirmation)
    paper.head()
    paper.facts()
    for item in confirmation.items:
        paper.item(item)
    paper.sums()
    paper.notes()
    return bytes(paper.output())


class _Paper(FPDF):
    """A page with our font and the few shapes that we draw."""

    def __init__(self, confirmation: Confirmation) -> None:
        super().__init__()
        self._told = confirmation
        self._about()
        self.set_margins(_LEFT, 18)
        self.c_margin = 0
        for style, name in (("", "Regular"), ("B", "Bold")):
            font = files("fontpkg_pt_sans").joinpath("files", f"PT_Sans-Web-{name}.ttf")
            self.add_font(_FONT, style, str(font))
        self.add_page()

    def head(self) -> None:
        """Who writes, and what this is."""
        self._say(settings.operator_name, 10, bold=True)
        for line in self._operator():
            self._say(line, 9, color=_SOFT)
        self._gap(8)
        self._say(_title(self._told), 20, bold=True)
        self._say(self._sum(self._told.total_minor), 26, bold=True)
        self._gap(3)

    def facts(self) -> None:
        """When, and by which number support finds it."""
        self._pair(_("Payment number"), str(self._told.number))
        self._pair(_("Paid on (Moscow time)"), say_moment(self._told.paid_at))

    def item(self, item: ConfirmedItem) -> None:
        """One account: the payee, and how its sum was split."""
        self._rule()
        self._pair(_("Payee"), item.payee)
        self._pair(_("INN"), item.inn)
        self._pair(_("Account number"), group_digits(item.account_number))
        self._pair(_("Amount"), self._sum(item.amount_minor), bold=True)
        for part in item.parts:
            self._pair(say_part(part), self._sum(part.amount_minor), color=_SOFT)

    def sums(self) -> None:
        """What the card was charged."""
        self._rule()
        self._pair(_("Commission"), self._sum(self._told.commission_minor))
        self._pair(_("Total"), self._sum(self._told.total_minor), bold=True)
        if self._told.refunded_minor:
            self._pair(_("Refunded"), self._sum(self._told.refunded_minor), bold=True)

    def notes(self) -> None:
        """What this paper is not, and whom to ask."""
        self._rule()
        for line in _notes(self._told):
            self._say(line, 9, color=_SOFT)
            self._gap(1)

    def _about(self) -> None:
        self.set_title(_title(self._told))
        self.set_author(settings.operator_name)
        self.set_creator("Cabinet")
        self.set_lang(current_locale())
        self.set_creation_date(self._told.paid_at)

    def _operator(self) -> Iterator[str]:
        yield f"{_('INN')}\u00a0{settings.operator_inn}"
        yield settings.operator_address
        yield f"{settings.operator_phone}, {settings.operator_email}, {settings.operator_hours}"

    def _say(self, text: str, size: int, *, bold: bool = False, color: tuple[int, int, int] = _INK) -> None:
        self._write(size, bold, color)
        self.multi_cell(_WIDTH, size * 0.5, _drawn(text), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _pair(self, name: str, value: str, *, bold: bool = False, color: tuple[int, int, int] = _INK) -> None:
        """A name at the left, its value at the right; whichever is longer makes the row."""
        top = self.get_y()
        self._write(11, bold, color)
        self.multi_cell(_WIDTH / 2, 6, _drawn(name), align="L", new_x=XPos.RIGHT, new_y=YPos.TOP)
        left = self._bottom_of(name)
        self.multi_cell(_WIDTH / 2, 6, _drawn(value), align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.set_y(max(self.get_y(), top + left))

    def _bottom_of(self, name: str) -> float:
        lines = self.multi_cell(_WIDTH / 2, 6, _drawn(name), dry_run=True, output="LINES")
        return 6 * len(cast(list[str], lines))

    def _write(self, size: int, bold: bool, color: tuple[int, int, int]) -> None:
        self.set_font(_FONT, "B" if bold else "", size)
        self.set_text_color(*color)

    def _rule(self) -> None:
        self._gap(3)
        self.set_draw_color(*_LINE)
        self.line(_LEFT, self.get_y(), _LEFT + _WIDTH, self.get_y())
        self._gap(3)

    def _gap(self, height: float) -> None:
        self.set_y(self.get_y() + height)

    def _sum(self, minor: int) -> str:
        return format_amount(minor, self._told.currency)


def _title(told: Confirmation) -> str:
    return _("Confirmation of payment No. {number}").format(number=told.number)


def _notes(told: Confirmation) -> Iterator[str]:
    if told.is_fiscal:
        yield _("The fiscal receipt comes by a separate letter.")
    else:
        yield _("This is a confirmation of payment, not a fiscal receipt.")
    yield _("Support finds this payment by its number: {number}.").format(number=told.number)


def _drawn(text: str) -> str:
    """The text with the spaces that the font has."""
    return text.translate(_WITHOUT_GLYPH)
