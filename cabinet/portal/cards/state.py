"""Saved cards and autopay, as their owner sees and changes them."""

from dataclasses import dataclass
from datetime import date
from typing import Protocol
from uuid import UUID

import reflex as rx
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts import service as accounts
from cabinet.accounts.rights import Right
from cabinet.accounts.service import LinkedAccount
from cabinet.autopay import service as autopay
from cabinet.autopay.models import AutopayMode, AutopayRunState
from cabinet.autopay.service import RETURNED, AutopayView, CardView, LastRun, OrderWish
from cabinet.database import read_only, unit_of_work
from cabinet.errors import CabinetError
from cabinet.i18n import _, current_locale
from cabinet.kit.dates import now, say_day
from cabinet.kit.money import format_amount, plain_amount
from cabinet.kit.text import group_digits
from cabinet.ui import routes
from cabinet.ui.accounts import as_id
from cabinet.ui.departure import leave_for
from cabinet.ui.gate import person
from cabinet.ui.submitted import Form, is_ticked, text_in

UNPAID = (AutopayRunState.NEEDS_RESIDENT, AutopayRunState.FAILED)
USUAL_DAY = 10
USUAL_LIMIT_MINOR = 1_000_000


class Change(Protocol):
    """Pausing, resuming or stopping."""

    async def __call__(self, resident_id: UUID, autopay_id: UUID, *, session: AsyncSession) -> None:
        """Do it to an order of this resident. Raises NotFound."""
        ...


@dataclass
class CardLine:
    """A saved card in the words of the page's language."""

    id: str
    name: str
    expiry: str
    expired: bool
    used_for: str
    """The accounts whose autopay charges it; empty if none."""


@dataclass
class AutopayLine:
    """A linked account with its autopay, if there is one."""

    account: str
    title: str
    kind: str
    number: str
    state: str
    """`on`, `paused`, `off`, or `watched`: of an account that the person was invited to look at."""
    order: str = ""
    plan: str = ""
    card: str = ""
    limit: str = ""
    next: str = ""
    last: str = ""
    last_page: str = ""
    pay: str = ""
    """Where to pay by hand what the last charge did not; empty if it did, or nothing is owed."""
    mode: str = AutopayMode.DAY.value
    """What the form begins with."""
    day: str = str(USUAL_DAY)
    typed_limit: str = ""
    card_id: str = ""


class CardsState(rx.State):
    """The cards of the person and the autopay of each account; read anew on every visit."""

    cards: rx.Field[list[CardLine]] = rx.field(default_factory=list)
    lines: rx.Field[list[AutopayLine]] = rx.field(default_factory=list)
    loaded: rx.Field[bool] = rx.field(False)
    said: rx.Field[str] = rx.field("")
    problem: rx.Field[str] = rx.field("")
    removing: rx.Field[str] = rx.field("")
    leaving_to: rx.Field[str] = rx.field("")

    @rx.event(background=True)
    async def load(self) -> None:
        """Keep the card that the resident comes back with, then read everything.

        The processor is asked without the lock of the state: it may take longer than that lasts.
        """
        async with self:
            self.said = self.problem = self.removing = self.leaving_to = ""
            added = self.router.url.query_parameters.get("added", "")
        kept = await _keep(added) if added else None
        async with self:
            match kept:
                case CabinetError():
                    self.problem = kept.message()
                case str():
                    self.said = kept
                case _:
                    pass
            await self._read()

    @rx.event
    async def refresh(self) -> None:
        """Read everything again after a change; what was said before is over."""
        self.said = self.problem = ""
        await self._read()

    @rx.event(background=True)
    async def add(self) -> None:
        """Go to the processor's page that saves a card."""
        async with self:
            self.said = self.problem = self.leaving_to = ""
        problem = address = ""
        try:
            address = await autopay.start_adding(person().id, locale=current_locale())
        except CabinetError as refused:
            problem = refused.message()
        async with self:
            self.leaving_to, self.problem = leave_for(address), problem

    @rx.event
    def ask_to_remove(self, card_id: str) -> None:
        """Ask once more before the card goes."""
        self.removing, self.said, self.problem = card_id, "", ""

    @rx.event
    def leave(self) -> None:
        """Close what is open."""
        self.removing = ""

    @rx.event
    async def remove(self) -> None:
        """Forget the card, and end the autopay that uses it."""
        card_id = as_id(self.removing)
        if card_id is None:
            return
        try:
            async with unit_of_work() as session:
                await autopay.remove_card(person().id, card_id, session=session)
        except CabinetError as problem:
            self.problem = problem.message()
        else:
            self.said = _("The card has been removed.")
        self.removing = ""
        await self._read()

    async def _read(self) -> None:
        self.cards, self.lines = await _read(person().id)
        self.loaded = True


async def _keep(session_ref: str) -> str | CabinetError:
    """The card that was saved at the processor, in a sentence."""
    try:
        card = await autopay.finish_adding(person().id, session_ref)
    except CabinetError as problem:
        return problem
    return _("The card {card} has been added.").format(card=card.name)


class AutopayState(rx.State):
    """Turning autopay on, changing, pausing and stopping it; one account at a time is open."""

    editing: rx.Field[str] = rx.field("")
    stopping: rx.Field[str] = rx.field("")
    mode: rx.Field[str] = rx.field(AutopayMode.DAY.value)
    card_error: rx.Field[str] = rx.field("")
    day_error: rx.Field[str] = rx.field("")
    limit_error: rx.Field[str] = rx.field("")
    consent_error: rx.Field[str] = rx.field("")
    problem: rx.Field[str] = rx.field("")

    @rx.event
    def load(self) -> None:
        """Begin with nothing open."""
        self._close()

    @rx.event
    def edit(self, account_id: str, mode: str) -> None:
        """Open the form of one account."""
        self._close()
        self.editing = account_id
        self.choose_mode(mode)

    @rx.event
    def choose_mode(self, mode: str) -> None:
        """On a day of the month, or when a bill arrives."""
        self.mode = mode if mode in list(AutopayMode) else AutopayMode.DAY.value

    @rx.event
    def ask_to_stop(self, account_id: str) -> None:
        """Ask once more before autopay goes."""
        self._close()
        self.stopping = account_id

    @rx.event
    def leave(self) -> None:
        """Close what is open."""
        self._close()

    @rx.event
    async def save(self, form: Form) -> object:
        """Turn autopay on for the account that is open, or say at the field what is wrong."""
        self._forget_problems()
        account_id = as_id(self.editing)
        if account_id is None:
            return None
        try:
            async with unit_of_work() as session:
                await autopay.start_autopay(
                    person().id, account_id, _wish(form), locale=current_locale(), session=session
                )
        except CabinetError as problem:
            self._show(problem)
            return None
        self._close()
        return CardsState.refresh

    @rx.event
    async def pause(self, order_id: str) -> object:
        """Charge nothing until it is resumed."""
        return await self._change(order_id, autopay.pause_autopay)

    @rx.event
    async def resume(self, order_id: str) -> object:
        """Go on."""
        return await self._change(order_id, autopay.resume_autopay)

    @rx.event
    async def stop(self, order_id: str) -> object:
        """Turn autopay off."""
        return await self._change(order_id, autopay.stop_autopay)

    async def _change(self, order_id: str, change: Change) -> object:
        self._close()
        autopay_id = as_id(order_id)
        if autopay_id is None:
            return None
        try:
            async with unit_of_work() as session:
                await change(person().id, autopay_id, session=session)
        except CabinetError as problem:
            self.problem = problem.message()
        return CardsState.refresh

    def _show(self, problem: CabinetError) -> None:
        name = f"{problem.field or 'form'}_error"
        if name in ("card_error", "day_error", "limit_error", "consent_error"):
            setattr(self, name, problem.message())
        else:
            self.problem = problem.message()

    def _forget_problems(self) -> None:
        self.card_error = self.day_error = self.limit_error = self.consent_error = self.problem = ""

    def _close(self) -> None:
        self.editing = self.stopping = ""
        self._forget_problems()


def _wish(form: Form) -> OrderWish:
    """What the form says; what is no choice becomes one that the service refuses."""
    mode = text_in(form, "mode")
    day = text_in(form, "day", str(USUAL_DAY))
    return OrderWish(
        card_id=as_id(text_in(form, "card")) or UUID(int=0),
        mode=AutopayMode(mode) if mode in list(AutopayMode) else AutopayMode.DAY,
        day=int(day) if day.isascii() and day.isdigit() and len(day) < 3 else 0,
        limit=text_in(form, "limit"),
        agrees=is_ticked(form, "consent"),
    )


async def _read(resident_id: UUID) -> tuple[list[CardLine], list[AutopayLine]]:
    async with read_only() as session:
        linked = await accounts.linked_accounts(resident_id, session=session)
        cards = await autopay.cards_of(resident_id, session=session)
        orders = await autopay.autopays_of(resident_id, session=session)
    by_account = {order.account_id: order for order in orders}
    titles = {account.account_id: account.title(current_locale()) for account in linked}
    return (
        [_card_line(card, [titles[o.account_id] for o in orders if o.card.id == card.id]) for card in cards],
        [_line(account, by_account.get(account.account_id), cards) for account in linked],
    )


def _card_line(card: CardView, used_for: list[str]) -> CardLine:
    return CardLine(
        id=str(card.id),
        name=card.name,
        expiry=f"{card.exp_month:02d}/{card.exp_year % 100:02d}",
        expired=card.is_expired(now().date()),
        used_for=", ".join(used_for),
    )


def _line(account: LinkedAccount, order: AutopayView | None, cards: list[CardView]) -> AutopayLine:
    line = AutopayLine(
        account=str(account.account_id),
        title=account.title(current_locale()),
        kind=account.kind.value,
        number=group_digits(account.number),
        state="off" if account.may(Right.PAY) else "watched",
        typed_limit=plain_amount(USUAL_LIMIT_MINOR),
        card_id=str(cards[0].id) if cards else "",
    )
    return _with_order(line, order, owes=account.balance_minor > 0) if order else line


def _with_order(line: AutopayLine, order: AutopayView, *, owes: bool) -> AutopayLine:
    line.state = "paused" if order.is_paused else "on"
    line.order, line.card, line.card_id = str(order.id), order.card.name, str(order.card.id)
    line.plan = _say_plan(order)
    line.limit = format_amount(order.limit_minor)
    line.next = _say_next(order)
    line.last = _say_last(order.last) if order.last else ""
    line.last_page = routes.payment(order.last.payment_id) if order.last and order.last.payment_id else ""
    if owes and order.last and order.last.state in UNPAID:
        line.pay = routes.pay(order.account_id)
    line.mode, line.day, line.typed_limit = order.mode.value, str(order.day), plain_amount(order.limit_minor)
    return line


def _say_plan(order: AutopayView) -> str:
    if order.mode is AutopayMode.BILL:
        return _("when a bill arrives")
    return _("on day {day} of each month").format(day=order.day)


def _say_next(order: AutopayView) -> str:
    if order.is_paused:
        return _("Paused: nothing will be charged.")
    if order.next_on is None:
        return _("Two days after the next bill.")
    if order.announced_minor is None:
        return _("{day}, if something is owed").format(day=say_day(order.next_on))
    return _("{day}: {sum}").format(day=say_day(order.next_on), sum=format_amount(order.announced_minor))


def _say_last(last: LastRun) -> str:
    """What became of the last charge, in a few words."""
    match last.state:
        case AutopayRunState.PAID:
            return _("{day}: paid").format(day=say_day(last.charge_on))
        case AutopayRunState.NEEDS_RESIDENT:
            return _("{day}: not paid, your bank asks you to confirm").format(day=say_day(last.charge_on))
        case AutopayRunState.FAILED if last.reason == RETURNED:
            return _("{day}: paid, then returned by your bank").format(day=say_day(last.charge_on))
        case AutopayRunState.FAILED:
            return _("{day}: not paid").format(day=say_day(last.charge_on))
        case _:
            return _say_skipped(last.reason, last.charge_on)


def _say_skipped(reason: str, charge_on: date) -> str:
    day = say_day(charge_on)
    match reason:
        case "above_limit" | "above_largest":
            return _("{day}: not paid, the debt is above the limit").format(day=day)
        case "nothing_owed" | "below_minimum":
            return _("{day}: nothing to pay").format(day=day)
        case _:
            return _("{day}: left out").format(day=day)
