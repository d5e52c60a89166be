"""The way of a payment, step by step: what has happened, and what is still to come."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from cabinet.payments.models import DisputeState, PaymentState, RefundState
from cabinet.payments.views import DisputeView, PaymentView, RefundView


class Step(StrEnum):
    """What can happen to a payment."""

    CREATED = "created"
    CHARGED = "charged"
    CHECKED = "checked"
    CONFIRMED = "confirmed"
    HANDED_OVER = "handed_over"
    POSTED = "posted"
    CLOSED = "closed"
    REFUND_BEGUN = "refund_begun"
    REFUNDED = "refunded"
    REFUND_FAILED = "refund_failed"
    DISPUTED = "disputed"
    DISPUTE_WON = "dispute_won"
    DISPUTE_LOST = "dispute_lost"


@dataclass(frozen=True, slots=True)
class Happening:
    """One step. `done` without `at`: it has happened, the moment is not known."""

    step: Step
    done: bool
    at: datetime | None = None
    amount_minor: int = 0
    """Of a refund or a dispute."""
    parts_done: int = 0
    parts: int = 0
    """Of how many accounts, while a step has been reached for some only."""


def timeline_of(payment: PaymentView) -> list[Happening]:
    """The steps in their order; those to come stand last. A pure rule."""
    steps = [Happening(Step.CREATED, True, payment.created_at), *_main(payment)]
    entries = [*_refunds(payment.refunds), *_disputes(payment.disputes)]
    done = [step for step in steps if step.done]
    to_come = [step for step in steps if not step.done]
    return [*_in_time([*done, *entries]), *([] if _is_over(payment) else to_come)]


def _main(payment: PaymentView) -> Iterator[Happening]:
    if payment.state in (PaymentState.FAILED, PaymentState.CANCELED) and not payment.refunds:
        yield Happening(Step.CLOSED, True)
        return
    came = payment.settled_at is not None or payment.state is PaymentState.REVIEW
    yield Happening(Step.CHARGED, came or bool(payment.refunds), payment.settled_at)
    if payment.state is PaymentState.REVIEW:
        yield Happening(Step.CHECKED, False)
    yield Happening(Step.CONFIRMED, payment.settled_at is not None, payment.settled_at)
    yield _of_all(Step.HANDED_OVER, [item.handed_over_at or item.posted_at for item in payment.items])
    yield _of_all(Step.POSTED, [item.posted_at for item in payment.items])


def _of_all(step: Step, moments: list[datetime | None]) -> Happening:
    """Reached when it is reached for every account."""
    known = [moment for moment in moments if moment is not None]
    if len(known) == len(moments):
        return Happening(step, True, max(known))
    return Happening(step, False, None, parts_done=len(known), parts=len(moments))


def _is_over(payment: PaymentView) -> bool:
    """Whether nothing is to come any more: the money is not there, or has gone back."""
    gone = payment.refunded_minor >= payment.total_minor
    ended = (PaymentState.FAILED, PaymentState.CANCELED, PaymentState.LOST)
    return gone or payment.state in ended


def _refunds(refunds: Iterable[RefundView]) -> Iterator[Happening]:
    for refund in refunds:
        yield Happening(Step.REFUND_BEGUN, True, refund.created_at, refund.amount_minor)
        if refund.state is RefundState.FAILED:
            yield Happening(Step.REFUND_FAILED, True, refund.settled_at, refund.amount_minor)
        else:
            done = refund.state is RefundState.SUCCEEDED
            yield Happening(Step.REFUNDED, done, refund.settled_at if done else None, refund.amount_minor)


def _disputes(disputes: Iterable[DisputeView]) -> Iterator[Happening]:
    for dispute in disputes:
        yield Happening(Step.DISPUTED, True, dispute.opened_at, dispute.amount_minor)
        if dispute.state is DisputeState.WON:
            yield Happening(Step.DISPUTE_WON, True, dispute.closed_at, dispute.amount_minor)
        elif dispute.state is DisputeState.LOST:
            yield Happening(Step.DISPUTE_LOST, True, dispute.closed_at, dispute.amount_minor)


def _in_time(steps: list[Happening]) -> list[Happening]:
    """By time; what has no moment stays behind what it follows, what is not done comes last."""
    latest = datetime.min.replace(tzinfo=UTC)
    keyed: list[tuple[bool, datetime, Happening]] = []
    for step in steps:
        latest = step.at or latest
        keyed.append((not step.done, latest, step))
    return [step for _late, _at, step in sorted(keyed, key=lambda one: one[:2])]
