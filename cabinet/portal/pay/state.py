"""The payment page: what to pay for each account, readings on the way, and off to the payment page."""

from dataclasses import dataclass, field, replace
from uuid import UUID, uuid4

import reflex as rx

from cabinet.accounts import service as accounts
from cabinet.accounts.service import LinkedAccount
from cabinet.database import read_only, unit_of_work
from cabinet.errors import CabinetError
from cabinet.i18n import _, current_locale
from cabinet.kit.dates import say_day, today_in
from cabinet.kit.money import BadAmount, format_amount, parse_amount
from cabinet.kit.text import group_digits
from cabinet.meters import service as meters
from cabinet.meters.errors import BadReadings
from cabinet.meters.service import MeterView, ReadingWish, window_sentence
from cabinet.payments import service as payments
from cabinet.payments.errors import AlreadyPaid, BadWishes
from cabinet.payments.plan import commission
from cabinet.payments.service import Wish
from cabinet.providers import service as providers
from cabinet.providers.service import ProviderView
from cabinet.ui import routes
from cabinet.ui.accounts import as_id
from cabinet.ui.gate import person
from cabinet.ui.meters import MeterLine, ZoneLine, meter_line
from cabinet.ui.submitted import Form, is_ticked, text_in

DEBT, OWN, NOTHING = "debt", "own", "nothing"


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
    loaded: rx.Field[bool] = rx.field(False)
    total: rx.Field[str] = rx.field("")
    commission: rx.Field[str] = rx.field("")
    problem: rx.Field[str] = rx.field("")
    leaving_to: rx.Field[str] = rx.field("")
    paid_page: rx.Field[str] = rx.field("")
    """Where the earlier payment stands that has just gone through."""
    _attempt: str = ""

    @rx.event
    async def load(self) -> None:
        """Read the accounts, debts and meters."""
        self.problem, self.leaving_to, self.paid_page, self._attempt = "", "", "", uuid4().hex
        only = as_id(self.router.url.query_parameters.get("account", ""))
        self.lines = await _lines(person().id, only)
        self._count()
        self.loaded = True

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
    def with_readings(self, account_id: str, wanted: bool) -> None:
        """Open or close the fields for readings."""
        self._change(account_id, with_readings=wanted)

    @rx.event
    async def pay(self, form: Form) -> None:
        """Send the readings, then open the payment page. What was typed stays if anything is wrong."""
        self.problem, self.paid_page = "", ""
        self.lines = [
            replace(_forget_problems(line), own=text_in(form, f"own-{line.id}")) for line in self.lines
        ]
        if not await self._send_readings(form):
            self.problem = _("The readings were not sent. Check the marked ones. Nothing has been charged.")
            return
        await self._start(form)

    async def _send_readings(self, form: Form) -> bool:
        """Whether all readings that were typed are kept now."""
        results = [await _send_readings(person().id, line, form) for line in self.lines]
        self.lines = [line for line, _fine in results]
        return all(fine for _line, fine in results)

    async def _start(self, form: Form) -> None:
        wishes = [wish for line in self.lines if (wish := _wish(line, form))]
        try:
            started = await payments.start_payment(
                person().id, wishes, attempt=self._attempt or uuid4().hex, locale=current_locale()
            )
        except BadWishes as problems:
            self._show(problems)
        except AlreadyPaid as paid:
            self.problem, self.paid_page = paid.message(), routes.payment(paid.payment_id)
        except CabinetError as problem:
            self.problem = problem.message()
        else:
            self.leaving_to = started.url

    def _show(self, problems: BadWishes) -> None:
        said = {str(account_id): problem.message() for account_id, problem in problems.problems.items()}
        self.lines = [replace(line, own_error=said.get(line.id, "")) for line in self.lines]
        self.problem = problems.message()
        self._attempt = uuid4().hex

    def _change(self, account_id: str, **values: str | bool) -> None:
        self.lines = [replace(line, **values) if line.id == account_id else line for line in self.lines]  # pyright: ignore[reportArgumentType]
        self._count()

    def _count(self) -> None:
        parts = [(_amount(line), line.commission_bp) for line in self.lines]
        fee = sum(commission(amount, points) for amount, points in parts)
        total = sum(amount for amount, _points in parts) + fee
        self.total = format_amount(total) if total else ""
        self.commission = format_amount(fee)


def _forget_problems(line: PayLine) -> PayLine:
    return replace(line, own_error="", problem="", readings_sent=False)


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


def _wish(line: PayLine, form: Form) -> Wish | None:
    """What the form says of an account: the debt, an own amount as it was typed, or nothing."""
    match text_in(form, f"choice-{line.id}", line.choice):
        case "debt":
            return Wish(UUID(line.id))
        case "own":
            return Wish(UUID(line.id), own_amount=text_in(form, f"own-{line.id}"))
        case _:
            return None


async def _send_readings(resident_id: UUID, line: PayLine, form: Form) -> tuple[PayLine, bool]:
    wishes = {
        UUID(zone.id): ReadingWish(
            text_in(form, f"reading-{zone.id}"), zero_crossing=is_ticked(form, f"crossing-{zone.id}")
        )
        for meter in line.meters
        for zone in meter.zones
    }
    if not line.with_readings or not any(wish.text.strip() for wish in wishes.values()):
        return line, True
    try:
        async with unit_of_work() as session:
            await meters.submit_readings(resident_id, UUID(line.id), wishes, session=session)
    except BadReadings as problems:
        return _with_problems(line, problems), False
    except CabinetError as problem:
        return replace(line, problem=problem.message()), False
    return replace(_with_problems(line, None), readings_sent=True), True


def _with_problems(line: PayLine, problems: BadReadings | None) -> PayLine:
    """The line with each problem at its zone, or with none."""

    def marked(zone: ZoneLine) -> ZoneLine:
        zone_id = UUID(zone.id)
        said = problems.problems.get(zone_id, "") if problems else ""
        return replace(
            zone, error=said, asks_crossing=bool(problems and zone_id in problems.asks_zero_crossing)
        )

    return replace(
        line, meters=[replace(meter, zones=[marked(zone) for zone in meter.zones]) for meter in line.meters]
    )


async def _lines(resident_id: UUID, only: UUID | None) -> list[PayLine]:
    async with read_only() as session:
        linked = await accounts.linked_accounts(resident_id, session=session)
        chosen = [account for account in linked if only in (None, account.account_id)]
        ids = [account.account_id for account in chosen]
        known = await providers.get_providers({a.provider_id for a in chosen}, session=session)
        devices = await meters.meters_of(ids, session=session)
    alone = len(chosen) == 1
    return [_line(a, known[a.provider_id], devices[a.account_id], alone) for a in chosen]


def _line(account: LinkedAccount, provider: ProviderView, devices: list[MeterView], alone: bool) -> PayLine:
    today = today_in(provider.timezone)
    owes = account.balance_minor > 0
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
        choice=DEBT if owes else (OWN if alone else NOTHING),
        window=window_sentence(provider, today),
        meters=[meter_line(device) for device in devices],
    )
