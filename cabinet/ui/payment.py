"""Payments as pages show them, and the one under way."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import UUID

import reflex as rx

from cabinet.database import read_only
from cabinet.errors import CabinetError, NotFound
from cabinet.i18n import _, current_locale
from cabinet.kit.dates import now, say_moment
from cabinet.kit.money import format_amount
from cabinet.kit.text import group_digits
from cabinet.payments import service as payments
from cabinet.payments.declines import say_decline
from cabinet.payments.models import PaymentState as Step
from cabinet.payments.service import ItemView, PaymentView
from cabinet.ui import routes
from cabinet.ui.accounts import as_id
from cabinet.ui.gate import person

PAUSES = (1, 1, 2, 2, 3, 3) + (5,) * 60
"""Seconds between two looks at a payment that waits."""


@dataclass
class PaymentLine:
    """One account's part of a payment."""

    provider: str
    number: str
    amount: str


@dataclass
class PaymentCard:
    """A payment in the words of the page's language."""

    id: str = ""
    number: str = ""
    state: str = ""
    """`waiting`, `paid`, `unpaid` or `review`: decides the sign."""
    title: str = ""
    explanation: str = ""
    amount: str = ""
    commission: str = ""
    made_at: str = ""
    paid_at: str = ""
    lines: list[PaymentLine] = field(default_factory=list)
    page: str = ""
    continue_url: str = ""
    """The hosted page, while it can still be paid there."""


class PaymentState(rx.State):
    """The payment of the page's address; its truth is in the database, so a restart changes nothing."""

    card: rx.Field[PaymentCard] = rx.field(default_factory=PaymentCard)
    loaded: rx.Field[bool] = rx.field(False)
    found: rx.Field[bool] = rx.field(True)
    problem: rx.Field[str] = rx.field("")
    leaving_to: rx.Field[str] = rx.field("")

    @rx.event
    async def load(self) -> None:
        """Settle what can be settled, then show the truth."""
        self.problem, self.leaving_to = "", ""
        await self._read(settle_first=True)
        self.loaded = True

    @rx.event(background=True)
    async def watch(self) -> None:
        """While the payment waits, look again now and then, for as long as a hosted page is open."""
        card = self.card
        for pause in PAUSES:
            if card.state != "waiting":
                return
            await asyncio.sleep(pause)
            async with self:
                await self._read(settle_first=False)
                card = self.card

    @rx.event
    def continue_paying(self) -> None:
        """Go back to the open hosted page."""
        self.leaving_to = self.card.continue_url

    @rx.event
    async def cancel(self) -> None:
        """Give the payment up."""
        payment_id = as_id(self.card.id)
        if payment_id is None:
            return
        try:
            await payments.cancel_payment(person().id, payment_id)
        except CabinetError as problem:
            self.problem = problem.message()
        await self._read(settle_first=False)

    async def _read(self, *, settle_first: bool) -> None:
        payment_id = as_id(self.router.url.path.rstrip("/").rpartition("/")[2])
        try:
            self.card = await _card(payment_id, settle_first=settle_first)
            self.found = True
        except CabinetError:
            self.found = False


async def _card(payment_id: UUID | None, *, settle_first: bool) -> PaymentCard:
    if payment_id is None:
        raise NotFound
    async with read_only() as session:
        view = await payments.payment_of(person().id, payment_id, session=session)
    if settle_first and view.is_open:
        with suppress(CabinetError):
            await payments.settle(view.id)
        async with read_only() as session:
            view = await payments.payment_of(person().id, payment_id, session=session)
    return card_of(view)


def card_of(payment: PaymentView) -> PaymentCard:
    """What a payment looks like to its resident, in the current language."""
    state, title, explanation = _say(payment)
    open_still = payment.is_open and payment.expires_at is not None and payment.expires_at > now()
    return PaymentCard(
        id=str(payment.id),
        number=str(payment.number),
        state=state,
        title=title,
        explanation=explanation,
        amount=format_amount(payment.total_minor, payment.currency),
        commission=format_amount(payment.commission_minor, payment.currency)
        if payment.commission_minor
        else "",
        made_at=say_moment(payment.created_at),
        paid_at=say_moment(payment.settled_at) if payment.settled_at else "",
        lines=[_line(item) for item in payment.items],
        page=routes.payment(payment.id),
        continue_url=payment.checkout_url if open_still else "",
    )


def _line(item: ItemView) -> PaymentLine:
    return PaymentLine(
        provider=item.account.provider_name_in(current_locale()),
        number=group_digits(item.account.number),
        amount=format_amount(item.amount_minor),
    )


def _say(payment: PaymentView) -> tuple[str, str, str]:
    """Sign, title and sentence: what happened, what it means for the money, what to do."""
    match payment.state:
        case Step.SUCCEEDED | Step.DISPUTED | Step.LOST:
            return (
                "paid",
                _("Paid"),
                _("The money is credited to your account. The confirmation is in your mail."),
            )
        case Step.CREATED | Step.PENDING:
            if payment.reason:
                return "waiting", _("Pending"), say_decline(payment.reason)
            return (
                "waiting",
                _("Pending"),
                _("Nothing has been charged yet. You can go on paying."),
            )
        case Step.REVIEW:
            return (
                "review",
                _("Being checked"),
                _("The bank reported another sum than ours. Our staff check it and will write to you."),
            )
        case _:
            return "unpaid", _("Not paid"), _why_unpaid(payment.reason)


def _why_unpaid(reason: str) -> str:
    if reason in ("", "expired", "abandoned", "never_opened"):
        return _("The payment was not finished. Nothing has been charged. You can start again.")
    return say_decline(reason)
