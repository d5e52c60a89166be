"""The paper itself: one A4 page that answers what was paid, to whom, for what, and when."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from cabinet.i18n import _, current_locale
from cabinet.kit.dates import say_moment
from cabinet.kit.money import format_amount
from cabinet.kit.paper import SOFT, Paper
from cabinet.kit.text import group_digits
from cabinet.payments.preview import SplitPart, say_part
from cabinet.settings import settings


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
    paper = _Confirmation(confirmation)
    paper.head()
    paper.facts()
    for item in confirmation.items:
        paper.item(item)
    paper.sums()
    paper.notes()
    return bytes(paper.output())


class _Confirmation(Paper):
    """What a confirmation says, from top to bottom."""

    def __init__(self, confirmation: Confirmation) -> None:
        super().__init__()
        self._told = confirmation
        self._about()

    def head(self) -> None:
        """Who writes, and what this is."""
        self.say(settings.operator_name, 10, bold=True)
        for line in self._operator():
            self.say(line, 9, color=SOFT)
        self.gap(8)
        self.say(_title(self._told), 20, bold=True)
        self.say(self._sum(self._told.total_minor), 26, bold=True)
        self.gap(3)

    def facts(self) -> None:
        """When, and by which number support finds it."""
        self.pair(_("Payment number"), str(self._told.number))
        self.pair(_("Paid on (Moscow time)"), say_moment(self._told.paid_at))

    def item(self, item: ConfirmedItem) -> None:
        """One account: the payee, and how its sum was split."""
        self.rule()
        self.pair(_("Payee"), item.payee)
        self.pair(_("INN"), item.inn)
        self.pair(_("Account number"), group_digits(item.account_number))
        self.pair(_("Amount"), self._sum(item.amount_minor), bold=True)
        for part in item.parts:
            self.pair(say_part(part), self._sum(part.amount_minor), color=SOFT)

    def sums(self) -> None:
        """What the card was charged."""
        self.rule()
        self.pair(_("Commission"), self._sum(self._told.commission_minor))
        self.pair(_("Total"), self._sum(self._told.total_minor), bold=True)
        if self._told.refunded_minor:
            self.pair(_("Refunded"), self._sum(self._told.refunded_minor), bold=True)

    def notes(self) -> None:
        """What this paper is not, and whom to ask."""
        self.rule()
        for line in _notes(self._told):
            self.say(line, 9, color=SOFT)
            self.gap(1)

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
