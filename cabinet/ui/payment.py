"""Payments as pages show them, and the one under way."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import UUID

import reflex as rx

from cabinet.database import read_only
from cabinet.errors import CabinetError, NotFound
from cabinet.exchange.exports.service import Told, registries_of_payment
from cabinet.i18n import N_, _, current_locale
from cabinet.kit.dates import now, say_moment
from cabinet.kit.money import format_amount
from cabinet.kit.text import group_digits
from cabinet.payments import service as payments
from cabinet.payments.service import Happening, ItemView, PaymentView, Step
from cabinet.ui import routes
from cabinet.ui.accounts import as_id
from cabinet.ui.departure import leave_for
from cabinet.ui.gate import look_again, person

PAUSES = (1, 1, 2, 2, 3, 3) + (5,) * 60
"""Seconds between two looks while a payment waits to be paid."""
SLOW_PAUSES = (15,) * 240
"""Afterwards: refunds and the provider take days, and a page stays open for an hour at most."""


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
    """A value of `Fate`: decides the sign."""
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
    confirmation: str = ""
    """Where the paper is, once the money is credited."""


@dataclass
class StepLine:
    """A step of the way of a payment; `state` is `done`, `failed` or `coming`."""

    text: str
    at: str
    state: str


class PaymentState(rx.State):
    """The payment of the page's address; its truth is in the database, so a restart changes nothing."""

    card: rx.Field[PaymentCard] = rx.field(default_factory=PaymentCard)
    steps: rx.Field[list[StepLine]] = rx.field(default_factory=list)
    loaded: rx.Field[bool] = rx.field(False)
    found: rx.Field[bool] = rx.field(True)
    problem: rx.Field[str] = rx.field("")
    leaving_to: rx.Field[str] = rx.field("")
    address: rx.Field[str] = rx.field("")
    """The page that the payment was read for: under another address it says nothing."""
    _watches: int = 0
    """Counts the openings of the page: only the newest watch goes on."""

    @rx.event(background=True)
    async def load(self) -> None:
        """Settle what can be settled, then show the truth.

        The processor is asked without the lock of the state: it may take longer than that lasts.
        """
        async with self:
            self.problem, self.leaving_to = "", ""
            payment_id = self._payment_id()
        await _settle_if_open(payment_id)
        async with self:
            await self._read()
            self.loaded, self.address = True, self.router.url.path

    @rx.event(background=True)
    async def watch(self) -> None:
        """As long as the page shows this payment, look now and then whether anything has changed."""
        async with self:
            self._watches += 1
            mine, payment_id = self._watches, self._payment_id()
        # A background handler does not wait for `load`: the card is not there yet, so the first look comes soon.
        mark, waits = "", True
        for pause in PAUSES + SLOW_PAUSES:
            await asyncio.sleep(pause if waits else SLOW_PAUSES[0])
            await look_again()
            found = await _mark(payment_id)
            async with self:
                if not found or self._watches != mine or self._payment_id() != payment_id:
                    return
                if found != mark:
                    await self._read()
                mark, waits = found, self.card.state == "waiting"

    @rx.event
    async def continue_paying(self) -> None:
        """Go back to the open hosted page."""
        await self._read()
        self.leaving_to = leave_for(self.card.continue_url if self.found else "")

    @rx.event(background=True)
    async def cancel(self) -> None:
        """Give the payment up."""
        async with self:
            payment_id = self._payment_id()
        if payment_id is None:
            return
        problem = ""
        try:
            await payments.cancel_payment(person().id, payment_id)
        except CabinetError as refused:
            problem = refused.message()
        async with self:
            self.problem = problem or self.problem
            await self._read()

    def _payment_id(self) -> UUID | None:
        """As the address says: the state may have been lost under the open page."""
        return as_id(self.router.url.path.rstrip("/").rpartition("/")[2])

    async def _read(self) -> None:
        try:
            view = await _view(self._payment_id())
            told = await _told(view.id)
        except CabinetError:
            self.found = False
            return
        self.card, self.found = card_of(view), True
        self.steps = steps_of(view, told)


async def _view(payment_id: UUID | None) -> PaymentView:
    if payment_id is None:
        raise NotFound
    async with read_only() as session:
        return await payments.payment_of(person().id, payment_id, session=session)


async def _settle_if_open(payment_id: UUID | None) -> None:
    with suppress(CabinetError):
        if (view := await _view(payment_id)).is_open:
            await payments.settle(view.id)


async def _told(payment_id: UUID) -> list[Told]:
    async with read_only() as session:
        return await registries_of_payment(payment_id, session=session)


async def _mark(payment_id: UUID | None) -> str:
    """What tells that the payment has changed; empty if there is none."""
    if payment_id is None:
        return ""
    async with read_only() as session:
        with suppress(CabinetError):
            return await payments.change_mark(person().id, payment_id, session=session)
    return ""


def card_of(payment: PaymentView) -> PaymentCard:
    """What a payment looks like to its resident, in the current language."""
    said = payments.say_payment(payment)
    open_still = payment.is_open and payment.expires_at is not None and payment.expires_at > now()
    return PaymentCard(
        id=str(payment.id),
        number=str(payment.number),
        state=said.fate.value,
        title=said.title,
        explanation=said.explanation,
        amount=format_amount(payment.total_minor, payment.currency),
        commission=format_amount(payment.commission_minor, payment.currency)
        if payment.commission_minor
        else "",
        made_at=say_moment(payment.created_at),
        paid_at=say_moment(payment.settled_at) if payment.settled_at else "",
        lines=[_line(item) for item in payment.items],
        page=routes.payment(payment.id),
        continue_url=payment.checkout_url if open_still else "",
        confirmation=routes.confirmation(payment.id) if payment.is_credited else "",
    )


def _line(item: ItemView) -> PaymentLine:
    return PaymentLine(
        provider=item.account.provider_name_in(current_locale()),
        number=group_digits(item.account.number),
        amount=format_amount(item.amount_minor),
    )


def steps_of(payment: PaymentView, told: Sequence[Told]) -> list[StepLine]:
    """The way of a payment, with the registries in which its providers were told of it, by time."""
    happenings = payments.timeline_of(payment)
    lines = [step_line(one) for one in happenings]
    for registry in reversed(told):
        later = (i for i, one in enumerate(happenings) if not one.done or (one.at and one.at > registry.at))
        lines.insert(next(later, len(happenings)), _told_line(registry))
    return lines


def _told_line(registry: Told) -> StepLine:
    text = _("The provider was told in registry No. {number}").format(number=registry.number)
    return StepLine(text=text, at=say_moment(registry.at), state="done")


def step_line(happening: Happening) -> StepLine:
    """A step in words; one that is to come has no moment."""
    words = _STEPS[happening.step] if happening.done else _TO_COME.get(happening.step, _STEPS[happening.step])
    text = _(words).format(sum=format_amount(happening.amount_minor))
    if happening.parts_done:
        text += " " + _("({done} of {all} done)").format(done=happening.parts_done, all=happening.parts)
    return StepLine(
        text=text,
        at=say_moment(happening.at) if happening.at else "",
        state=_sign(happening) if happening.done else "coming",
    )


def _sign(happening: Happening) -> str:
    return "failed" if happening.step in _BAD else "done"


_STEPS = {
    Step.CREATED: N_("Created"),
    Step.CHARGED: N_("The card is charged"),
    Step.CHECKED: N_("Checked by our staff"),
    Step.CONFIRMED: N_("Confirmation written"),
    Step.HANDED_OVER: N_("Handed over to the provider"),
    Step.POSTED: N_("Posted by the provider"),
    Step.CLOSED: N_("Closed, nothing charged"),
    Step.REFUND_BEGUN: N_("Refund of {sum} sent"),
    Step.REFUNDED: N_("Refund of {sum} is at your bank"),
    Step.REFUND_FAILED: N_("Refund of {sum} did not go through"),
    Step.DISPUTED: N_("Your bank asked for {sum} back"),
    Step.DISPUTE_WON: N_("Your bank decided: the payment stands"),
    Step.DISPUTE_LOST: N_("Your bank decided: {sum} went back to you"),
}
_TO_COME = {
    Step.CHARGED: N_("The card will be charged"),
    Step.CHECKED: N_("Our staff check the payment"),
    Step.CONFIRMED: N_("The confirmation will be written"),
    Step.HANDED_OVER: N_("Will be handed over to the provider"),
    Step.POSTED: N_("Will be posted by the provider"),
    Step.REFUNDED: N_("Refund of {sum} on its way to your bank"),
}
_BAD = (Step.CLOSED, Step.REFUND_FAILED, Step.DISPUTED, Step.DISPUTE_LOST)
