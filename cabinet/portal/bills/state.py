"""The bills of an account, and one bill: what it says, why its sum changed, what is left to pay."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

import reflex as rx

from cabinet.accounts import service as accounts
from cabinet.accounts.errors import NeedsProof
from cabinet.accounts.models import LinkLevel
from cabinet.accounts.rights import Right, has_right
from cabinet.accounts.service import LinkedAccount
from cabinet.billing import service as billing
from cabinet.billing.consumption import consumption_of
from cabinet.billing.service import BillView, OpenLine
from cabinet.billing.views import MONTHS, WholeBill
from cabinet.billing.words import (
    say_cause,
    say_change,
    say_signed,
    say_tariff,
    say_volume,
    say_why,
)
from cabinet.database import read_only
from cabinet.errors import CabinetError
from cabinet.http.logos import logo_path
from cabinet.i18n import _, current_locale
from cabinet.kit.dates import say_date, say_day, say_month, say_short_month, today_in
from cabinet.kit.money import format_amount
from cabinet.kit.text import group_digits
from cabinet.kit.units import say_unit
from cabinet.payments import service as payments
from cabinet.providers.logos import logo_digests
from cabinet.ui import routes
from cabinet.ui.accounts import as_id
from cabinet.ui.charts import Chart, Point
from cabinet.ui.gate import person


@dataclass
class Choice:
    """An account in the row above the bills."""

    id: str
    title: str
    page: str


@dataclass
class BillRow:
    """One bill in the list."""

    id: str
    month: str
    amount: str
    tone: str
    """`due` or `fine`: never the only sign of meaning."""
    words: str
    page: str


@dataclass
class LineRow:
    """A line of a bill; empty: the bill does not say."""

    service: str
    volume: str
    tariff: str
    recalculation: str
    amount: str


@dataclass
class Reason:
    """A part of the difference to the bill before."""

    service: str
    words: str
    change: str


@dataclass
class BillCard:
    """One bill in the words of the page's language; empty: the provider did not say."""

    id: str = ""
    account: str = ""
    kind: str = ""
    provider: str = ""
    logo: str = ""
    """The address of the provider's picture; empty: it has none."""
    number: str = ""
    address: str = ""
    month: str = ""
    bill_number: str = ""
    due: str = ""
    total: str = ""
    opening: str = ""
    opening_is_advance: bool = False
    charged: str = ""
    recalculation: str = ""
    penalty: str = ""
    paid: str = ""
    closing: str = ""
    closing_is_advance: bool = False
    gap: str = ""
    tone: str = "fine"
    words: str = ""
    left: str = ""
    """What is still to pay of this bill; empty: nothing."""
    pay: str = ""
    """Empty for who may only look."""
    pdf: str = ""
    why: str = ""
    before: str = ""
    before_month: str = ""
    lines: list[LineRow] = field(default_factory=list)
    reasons: list[Reason] = field(default_factory=list)


class BillsState(rx.State):
    """The bills of one account; which one, and from when on, stands in the address."""

    choices: rx.Field[list[Choice]] = rx.field(default_factory=list)
    account: rx.Field[str] = rx.field("")
    rows: rx.Field[list[BillRow]] = rx.field(default_factory=list)
    charts: rx.Field[list[Chart]] = rx.field(default_factory=list)
    prove: rx.Field[str] = rx.field("")
    """Where to prove the account; empty: it is proved."""
    earlier: rx.Field[str] = rx.field("")
    latest: rx.Field[str] = rx.field("")
    loaded: rx.Field[bool] = rx.field(False)

    @rx.event
    async def load(self) -> None:
        """Read the bills of the account that the address names, else of the first that is proved."""
        asked = self.router.url.query_parameters
        before = as_month(asked.get("before", ""))
        self.rows, self.charts, self.prove, self.earlier = [], [], "", ""
        async with read_only() as session:
            linked = await accounts.linked_accounts(person().id, session=session)
            chosen = _chosen(linked, as_id(asked.get("account", "")))
            if chosen and chosen.level is LinkLevel.FULL:
                found = await billing.list_bills(
                    person().id, chosen.account_id, session=session, limit=MONTHS + 1, before=before
                )
                debts = await payments.open_debts([chosen.account_id], session=session)
                self._show(chosen, found, debts[chosen.account_id])
        self.choices = _choices(linked)
        self.account = str(chosen.account_id) if chosen else ""
        self.prove = routes.prove(self.account) if chosen and chosen.level is not LinkLevel.FULL else ""
        self.latest = routes.bills(self.account) if before else ""
        self.loaded = True

    def _show(self, account: LinkedAccount, found: list[BillView], debts: list[OpenLine]) -> None:
        shown = found[:MONTHS]
        today = today_in(account.timezone)
        self.rows = [_row(bill, debts, today) for bill in shown]
        self.charts = _charts(shown)
        if len(found) > MONTHS:
            self.earlier = routes.bills(account.account_id, f"{shown[-1].period:%Y-%m}")


class BillState(rx.State):
    """The bill of the page's address."""

    card: rx.Field[BillCard] = rx.field(default_factory=BillCard)
    prove: rx.Field[str] = rx.field("")
    loaded: rx.Field[bool] = rx.field(False)
    found: rx.Field[bool] = rx.field(True)

    @rx.event
    async def load(self) -> None:
        """Read the bill; a stranger's is not found, one behind an unproved link says how to see it."""
        bill_id = as_id(self.router.url.path.rstrip("/").rpartition("/")[2])
        self.card, self.prove, self.found = BillCard(), "", bill_id is not None
        try:
            if bill_id:
                self.card = await _read(person().id, bill_id)
        except NeedsProof:
            self.prove = await _way_to_prove(bill_id)
        except CabinetError:
            self.found = False
        self.loaded = True


def as_month(text: str) -> date | None:
    """The month in an address, `2026-10`; anything else is none."""
    try:
        return date.fromisoformat(f"{text}-01") if len(text) == len("2026-10") else None
    except ValueError:
        return None


async def _read(resident_id: UUID, bill_id: UUID) -> BillCard:
    async with read_only() as session:
        whole = await billing.read_bill(resident_id, bill_id, session=session)
        account_id = whole.account.account_id
        debts = (await payments.open_debts([account_id], session=session))[account_id]
        digest = (await logo_digests(session=session)).get(whole.account.provider_id)
    return card_of(whole, debts, logo_path(whole.account.provider_id, digest) if digest else "")


async def _way_to_prove(bill_id: UUID | None) -> str:
    """For somebody who has linked the account already."""
    if bill_id is None:
        return ""
    async with read_only() as session:
        return routes.prove(await billing.account_of_bill(bill_id, session=session))


def card_of(whole: WholeBill, debts: list[OpenLine], logo: str = "") -> BillCard:
    """What the page of a bill says; `debts` are the open lines of its account."""
    bill, account, before = whole.bill, whole.account, whole.before
    left = left_of(bill, debts)
    return BillCard(
        id=str(bill.id),
        account=account.title(current_locale()),
        kind=account.kind.value,
        provider=account.provider_name_in(current_locale()),
        logo=logo,
        number=group_digits(account.number),
        address=account.masked_address,
        month=say_month(bill.period),
        bill_number=bill.number,
        due=say_date(bill.due_on),
        total=say_signed(bill.total_minor),
        opening=_given(bill.opening_minor),
        opening_is_advance=(bill.opening_minor or 0) < 0,
        charged=say_signed(bill.total_minor - bill.penalty_minor),
        recalculation=say_change(bill.recalculation_minor) if bill.recalculation_minor else "",
        penalty=say_signed(bill.penalty_minor) if bill.penalty_minor else "",
        paid=say_signed(-bill.paid_minor) if bill.paid_minor is not None else "",
        closing=_given(bill.closing_minor),
        closing_is_advance=(bill.closing_minor or 0) < 0,
        gap=format_amount(abs(bill.gap_minor)) if bill.gap_minor else "",
        tone="due" if left else "fine",
        words=_state_words(bill, left, today_in(account.timezone)),
        left=format_amount(left) if left else "",
        pay=_way_to_pay(whole, left),
        pdf=routes.bill_pdf(bill.id),
        why=say_why(whole),
        before=routes.bill(before.id) if before else "",
        before_month=say_month(before.period) if before else "",
        lines=[_line(line) for line in bill.lines],
        reasons=[
            Reason(effect.service or _("Penalty"), say_cause(effect), say_change(effect.amount_minor))
            for effect in whole.effects
        ],
    )


def _way_to_pay(whole: WholeBill, left: int) -> str:
    """The payment page, with the month of the bill while it owes something."""
    if not has_right(Right.PAY, role=whole.account.role, level=whole.account.level):
        return ""
    month = f"{whole.bill.period:%Y-%m}" if left else ""
    return routes.pay(whole.account.account_id, month)


def left_of(bill: BillView, debts: list[OpenLine]) -> int:
    """What is still to pay of the bill, in minor units."""
    return sum(line.open_minor for line in debts if line.period == bill.period)


def _given(minor: int | None) -> str:
    """A balance without its sign: words beside it say whether it is a debt."""
    return "" if minor is None else format_amount(abs(minor))


def _chosen(linked: list[LinkedAccount], asked: UUID | None) -> LinkedAccount | None:
    named = [account for account in linked if account.account_id == asked]
    proved = [account for account in linked if account.level is LinkLevel.FULL]
    return next(iter([*named, *proved, *linked]), None)


def _choices(linked: list[LinkedAccount]) -> list[Choice]:
    """The accounts by name; of those with the same name the end of the number is said, too."""
    titles = [account.title(current_locale()) for account in linked]
    return [
        Choice(
            str(account.account_id),
            f"{title} …{account.number[-4:]}" if titles.count(title) > 1 else title,
            routes.bills(account.account_id),
        )
        for account, title in zip(linked, titles, strict=True)
    ]


def _row(bill: BillView, debts: list[OpenLine], today: date) -> BillRow:
    left = left_of(bill, debts)
    return BillRow(
        id=str(bill.id),
        month=say_month(bill.period),
        amount=say_signed(bill.total_minor),
        tone="due" if left else "fine",
        words=_state_words(bill, left, today),
        page=routes.bill(bill.id),
    )


def _state_words(bill: BillView, left: int, today: date) -> str:
    """Paid, paid in part, or until when it is to be paid."""
    if not left:
        return _("Paid") if bill.total_minor > 0 else _("Nothing to pay")
    if left < bill.total_minor:
        return _("Paid in part, {sum} left").format(sum=format_amount(left))
    if bill.due_on < today:
        return _("Not paid, was due on {day}").format(day=say_day(bill.due_on))
    return _("Pay by {day}").format(day=say_day(bill.due_on))


def _line(line: billing.ChargeLine) -> LineRow:
    tariff = say_tariff(line.tariff)
    return LineRow(
        service=line.service,
        volume=say_volume(line.volume, line.unit),
        tariff=tariff,
        recalculation=say_change(line.recalculation_minor) if line.recalculation_minor else "",
        amount=say_signed(line.amount_minor),
    )


def _charts(bills: list[BillView]) -> list[Chart]:
    """Amounts first, then the use of each metered service; nothing to see in a single month."""
    if len(bills) < 2:
        return []
    timeline = list(reversed(bills))
    amounts = Chart(
        _("Charged by month, roubles"),
        _("Charged"),
        [_point(bill.period, bill.total_minor / 100, say_signed(bill.total_minor)) for bill in timeline],
    )
    return [amounts, *(_use_chart(use.service, use.unit, use.by_month) for use in consumption_of(timeline))]


def _use_chart(service: str, unit: str, by_month: list[tuple[date, Decimal]]) -> Chart:
    return Chart(
        f"{service}, {say_unit(unit)}",
        say_unit(unit),
        [_point(month, float(volume), say_volume(volume, unit)) for month, volume in by_month],
    )


def _point(month: date, value: float, words: str) -> Point:
    return Point(say_short_month(month), value, words, say_month(month))
