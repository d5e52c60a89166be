"""The payment page: what to pay for each account, readings on the way, and off to the payment page."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID, uuid4

import reflex as rx

from cabinet.accounts import service as accounts
from cabinet.accounts.models import LinkLevel, LinkRole
from cabinet.accounts.rights import Right
from cabinet.accounts.service import LinkedAccount
from cabinet.billing.service import OpenLine
from cabinet.database import read_only, unit_of_work
from cabinet.errors import CabinetError
from cabinet.i18n import _, current_locale
from cabinet.kit.dates import say_day, say_month, today_in
from cabinet.kit.money import BadAmount, format_amount, parse_amount
from cabinet.kit.text import group_digits
from cabinet.meters import service as meters
from cabinet.meters.errors import BadReadings
from cabinet.meters.service import MeterView, window_sentence
from cabinet.payments import service as payments
from cabinet.payments.errors import AlreadyPaid, BadWishes
from cabinet.payments.plan import commission
from cabinet.payments.service import Started, Waits, Warned, Wish
from cabinet.portal.pay.wished import wished
from cabinet.providers import service as providers
from cabinet.providers.service import ProviderView
from cabinet.ui import routes
from cabinet.ui.accounts import as_id
from cabinet.ui.departure import leave_for
from cabinet.ui.gate import person
from cabinet.ui.meters import MeterLine, is_left_unsure, meter_line, wishes_in, with_problems
from cabinet.ui.payment_earlier import Earlier, earlier_of
from cabinet.ui.submitted import Form, text_in

DEBT, OWN, NOTHING = "debt", "own", "nothing"


@dataclass
class Choice:
    """A value with its words."""

    value: str
    words: str


@dataclass
class Part:
    """A part of the sum, in words."""

    words: str
    amount: str


@dataclass
class PayLine:
    """One account on the payment page. Amounts in minor units are for the sum shown only: the server counts anew."""

    id: str
    title: str
    kind: str
    number: str
    address: str
    payee: str
    inn: str
    debt: str
    debt_minor: int
    as_of: str
    limit: str
    commission_bp: int
    choice: str
    periods: list[Choice] = field(default_factory=list)
    """The months that are not paid yet; the choice between them is offered from two on."""
    period: str = ""
    """The month that the sum is for; empty: the oldest debt first."""
    parts: list[Part] = field(default_factory=list)
    """How the sum splits."""
    earlier: Earlier = field(default_factory=Earlier)
    asked: str = ""
    """What the address asks for, in a sentence: the month and the sum of a bill."""
    first_own: str = ""
    """The sum that the form begins with."""
    own: str = ""
    own_error: str = ""
    with_readings: bool = False
    window: str = ""
    problem: str = ""
    readings_sent: bool = False
    meters: list[MeterLine] = field(default_factory=list)


class PayState(rx.State):
    """The payment page of one account (`?account=`) or of all."""

    lines: rx.Field[list[PayLine]] = rx.field(default_factory=list)
    total: rx.Field[str] = rx.field("")
    commission: rx.Field[str] = rx.field("")
    problem: rx.Field[str] = rx.field("")
    asks: rx.Field[bool] = rx.field(False)
    """The problem is no mistake: readings wait to be confirmed."""
    leaving_to: rx.Field[str] = rx.field("")
    paid_page: rx.Field[str] = rx.field("")
    """Where the earlier payment stands that has just gone through."""
    watched: rx.Field[str] = rx.field("")
    """The accounts that the person was invited to look at, and may not pay for."""
    connection: rx.Field[str] = rx.field("")
    """The one that the form was loaded for: with another it is drawn anew, and told what had been typed."""
    _attempt: str = ""
    _debts: dict[str, list[OpenLine]] = {}
    """What each account owes, charge by charge: what the preview counts with."""

    @rx.event
    async def load(self) -> None:
        """Read the accounts, debts and meters."""
        self.problem, self.leaving_to, self.paid_page, self._attempt = "", "", "", uuid4().hex
        await self._read()
        self._count()
        self.connection = self.router.session.session_id

    @rx.event
    def choose(self, account_id: str, choice: str) -> None:
        """Pay the debt, an own amount, or nothing for the account."""
        if choice in (DEBT, OWN, NOTHING):
            self._change(account_id, choice=choice, own_error="")

    @rx.event
    def type_own(self, account_id: str, text: str) -> None:
        """An own amount is being typed: it is chosen by that."""
        self._change(account_id, choice=OWN, own=text[:30], own_error="")

    @rx.event
    def choose_period(self, account_id: str, period: str) -> None:
        """The month that the own amount is for; nothing: the oldest debt first."""
        self._change(account_id, period=period[:10])

    @rx.event
    def continue_earlier(self, account_id: str) -> None:
        """Go back to the hosted page that is open for the account."""
        url = next((x.earlier.continue_url for x in self.lines if x.id == account_id), "")
        self.leaving_to = leave_for(url)

    @rx.event
    def with_readings(self, account_id: str, wanted: bool) -> None:
        """Open or close the fields for readings."""
        self._change(account_id, with_readings=wanted)

    @rx.event(background=True)
    async def pay(self, form: Form) -> None:
        """Send the readings, then open the payment page. What was typed stays if anything is wrong.

        The processor may take longer than the lock of the state lasts: it is asked without the lock.
        """
        async with self:
            if not await self._prepare(form):
                return
            wishes = [wish for line in self.lines if (wish := _wish(line, form))]
            attempt = self._attempt or uuid4().hex
        outcome = await _start(wishes, attempt)
        async with self:
            self._say(outcome)

    async def _prepare(self, form: Form) -> bool:
        """Take over what was typed and send the readings; whether paying may begin."""
        self.problem, self.paid_page, self.asks = "", "", False
        if not self.lines:  # lost with the server's memory, while the form stayed open
            await self._read()
        self.lines = [
            replace(_forget_problems(line), own=text_in(form, f"own-{line.id}")) for line in self.lines
        ]
        if await self._send_readings(form):
            return True
        self.problem = self._say_unsent()
        return False

    async def _read(self) -> None:
        only = as_id(self.router.url.query_parameters.get("account", ""))
        self.lines, self._debts, self.watched = await _lines(person().id, only)
        if only:
            asked = self.router.url.query_parameters
            self.lines = [_as_wished(line, self._debts[line.id], asked) for line in self.lines]

    async def _send_readings(self, form: Form) -> bool:
        """Whether all readings that were typed are kept now."""
        results = [await _send_readings(person().id, line, form) for line in self.lines]
        self.lines = [line for line, _fine in results]
        return all(fine for _line, fine in results)

    def _say_unsent(self) -> str:
        self.asks = not any(line.problem or _is_wrong(line) for line in self.lines)
        if not self.asks:
            return _("The readings were not sent. Check the marked ones. Nothing has been charged.")
        return _(
            "Nothing has been charged yet. Confirm the marked readings, or just press “Pay” again: "
            "then they are not sent."
        )

    def _say(self, outcome: Started | CabinetError) -> None:
        match outcome:
            case BadWishes():
                self._show(outcome)
            case AlreadyPaid():
                self.problem, self.paid_page = outcome.message(), routes.payment(outcome.payment_id)
            case CabinetError():
                self.problem = outcome.message()
            case _:
                self.leaving_to = leave_for(outcome.url)

    def _show(self, problems: BadWishes) -> None:
        said = {str(account_id): problem.message() for account_id, problem in problems.problems.items()}
        self.lines = [replace(line, own_error=said.get(line.id, "")) for line in self.lines]
        self.problem = problems.message()
        self._attempt = uuid4().hex

    def _change(self, account_id: str, **values: str | bool) -> None:
        self.lines = [replace(line, **values) if line.id == account_id else line for line in self.lines]
        self._count()

    def _count(self) -> None:
        self.lines = [replace(line, parts=_parts(line, self._debts.get(line.id, []))) for line in self.lines]
        parts = [(_amount(line), line.commission_bp) for line in self.lines]
        fee = sum(commission(amount, points) for amount, points in parts)
        total = sum(amount for amount, _points in parts) + fee
        self.total = format_amount(total) if total else ""
        self.commission = format_amount(fee)


async def _start(wishes: list[Wish], attempt: str) -> Started | CabinetError:
    try:
        return await payments.start_payment(person().id, wishes, attempt=attempt, locale=current_locale())
    except CabinetError as problem:
        return problem


def _forget_problems(line: PayLine) -> PayLine:
    return replace(line, own_error="", problem="", readings_sent=False)


def _is_wrong(line: PayLine) -> bool:
    return any(zone.error for meter in line.meters for zone in meter.zones)


def _amount(line: PayLine) -> int:
    """What the page counts for a line; 0 for what is not a sum yet."""
    if line.choice == DEBT:
        return max(line.debt_minor, 0)
    if line.choice == OWN:
        try:
            return parse_amount(line.own)
        except BadAmount:
            return 0
    return 0


def _parts(line: PayLine, debts: list[OpenLine]) -> list[Part]:
    """The preview: what would be stored if this were paid now."""
    amount = _amount(line)
    if not amount:
        return []
    split = payments.preview_split(amount, debts, _period(line, line.period) if line.choice == OWN else None)
    return [Part(payments.say_part(part), format_amount(part.amount_minor)) for part in split]


def _period(line: PayLine, text: str) -> date | None:
    """The month that was chosen, if it is one of those offered."""
    return date.fromisoformat(text) if text and text in {one.value for one in line.periods} else None


def _wish(line: PayLine, form: Form) -> Wish | None:
    """What the form says of an account: the debt, an own amount as it was typed, or nothing."""
    match text_in(form, f"choice-{line.id}", line.choice):
        case "debt":
            return Wish(UUID(line.id), period=_period(line, line.period))
        case "own":
            period = _period(line, text_in(form, f"period-{line.id}", line.period))
            return Wish(UUID(line.id), own_amount=text_in(form, f"own-{line.id}"), period=period)
        case _:
            return None


async def _send_readings(resident_id: UUID, line: PayLine, form: Form) -> tuple[PayLine, bool]:
    """Keep what was typed. What is odd is asked about once; not confirmed then, it stays behind, and paying goes on."""
    zones = [zone for meter in line.meters for zone in meter.zones]
    wishes = wishes_in(form, [zone.id for zone in zones if not is_left_unsure(zone, form)])
    if not any(wish.text.strip() for wish in wishes.values()):
        return line, True
    try:
        async with unit_of_work() as session:
            await meters.submit_readings(resident_id, UUID(line.id), wishes, session=session)
    except BadReadings as problems:
        return replace(line, meters=with_problems(line.meters, problems, form)), False
    except CabinetError as problem:
        return replace(line, problem=problem.message()), False
    return replace(line, meters=with_problems(line.meters, None, form), readings_sent=True), True


async def _lines(
    resident_id: UUID, only: UUID | None
) -> tuple[list[PayLine], dict[str, list[OpenLine]], str]:
    """The accounts to pay for, what each owes, and the names of those that the person may only look at."""
    async with read_only() as session:
        linked = await accounts.linked_accounts(resident_id, session=session)
        asked = [account for account in linked if only in (None, account.account_id)]
        chosen = [account for account in asked if account.may(Right.PAY)]
        ids = [account.account_id for account in chosen]
        known = await providers.get_providers({a.provider_id for a in chosen}, session=session)
        devices = await meters.meters_of(ids, session=session)
        debts = await payments.open_debts(ids, session=session)
        warned = await payments.earlier_payments(resident_id, ids, session=session)
    lines = [_line(a, known[a.provider_id], devices[a.account_id]) for a in chosen]
    told = [
        replace(
            line,
            choice=_first_choice(account, warned.get(account.account_id), alone=len(chosen) == 1),
            periods=_periods(debts[account.account_id]),
            earlier=earlier_of(warned.get(account.account_id), account.timezone),
        )
        for line, account in zip(lines, chosen, strict=True)
    ]
    watched = ", ".join(account.title(current_locale()) for account in asked if not account.may(Right.PAY))
    return told, {str(account_id): debts[account_id] for account_id in ids}, watched


def _as_wished(line: PayLine, debts: list[OpenLine], asked: Mapping[str, str]) -> PayLine:
    """The line that begins with the month and the sum of a bill."""
    wish = wished(asked, debts, line.debt_minor)
    if wish is None:
        return line
    period = wish.period.isoformat() if wish.period else ""
    choice = OWN if wish.own else line.choice
    return replace(line, asked=wish.words, choice=choice, own=wish.own, first_own=wish.own, period=period)


def _first_choice(account: LinkedAccount, warned: Warned | None, *, alone: bool) -> str:
    """The debt, unless money for it has left a card already; with one account there is no «not now»."""
    gone = warned is not None and warned.covers and warned.waits is not Waits.BEGUN
    if account.balance_minor > 0 and (alone or not gone):
        return DEBT
    return OWN if alone else NOTHING


def _periods(debts: list[OpenLine]) -> list[Choice]:
    return [
        Choice(one.period.isoformat(), f"{say_month(one.period)}, {format_amount(one.open_minor)}")
        for one in payments.open_periods(debts)
    ]


def _line(account: LinkedAccount, provider: ProviderView, devices: list[MeterView]) -> PayLine:
    today = today_in(provider.timezone)
    return PayLine(
        id=str(account.account_id),
        title=account.title(current_locale()),
        kind=account.kind.value,
        number=group_digits(account.number),
        address=account.masked_address,
        payee=account.provider_name_in(current_locale()),
        inn=provider.inn,
        debt=format_amount(max(account.balance_minor, 0)),
        debt_minor=account.balance_minor,
        as_of=_("on {day}").format(day=say_day(today)),
        limit=format_amount(provider.max_payment_minor),
        commission_bp=provider.commission_bp,
        choice=NOTHING,
        window=window_sentence(provider, today),
        meters=[] if account.role is LinkRole.VIEWER else _meters(account, devices, today),
    )


def _meters(account: LinkedAccount, devices: list[MeterView], today: date) -> list[MeterLine]:
    masked = account.level is LinkLevel.LITE
    return [meter_line(device, person().id, masked=masked, today=today) for device in devices]
