"""The way of a payment, step by step."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from cabinet.accounts.service import AccountCard
from cabinet.payments.models import DisputeState, PaymentState, RefundState
from cabinet.payments.service import Happening, ItemView, PaymentView, Step, timeline_of
from cabinet.payments.views import DisputeView, RefundView
from cabinet.providers.models import ProviderKind

START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
CARD = AccountCard(uuid4(), uuid4(), "Газ", "", ProviderKind.GAS, "100200300", "Europe/Moscow")


def after(hours: int) -> datetime:
    return START + timedelta(hours=hours)


def item(**known: datetime) -> ItemView:
    return ItemView(uuid4(), CARD, 100_000, None, **known)


def payment(state: PaymentState, *items: ItemView, settled: bool = True) -> PaymentView:
    return PaymentView(
        id=uuid4(),
        number=100_001,
        state=state,
        reason="",
        amount_minor=100_000,
        commission_minor=0,
        currency="RUB",
        checkout_url="",
        created_at=START,
        expires_at=None,
        settled_at=after(1) if settled else None,
        items=items or (item(),),
    )


def steps(view: PaymentView) -> list[tuple[Step, bool]]:
    return [(happening.step, happening.done) for happening in timeline_of(view)]


def test_an_open_payment_has_all_before_it() -> None:
    assert steps(payment(PaymentState.PENDING, settled=False)) == [
        (Step.CREATED, True),
        (Step.CHARGED, False),
        (Step.CONFIRMED, False),
        (Step.HANDED_OVER, False),
        (Step.POSTED, False),
    ]


def test_a_paid_one_waits_for_the_provider() -> None:
    happened = timeline_of(payment(PaymentState.SUCCEEDED))
    assert [one.step for one in happened if one.done] == [Step.CREATED, Step.CHARGED, Step.CONFIRMED]
    assert [one.at for one in happened] == [START, after(1), after(1), None, None]


def test_handed_over_and_posted_with_their_moments() -> None:
    view = payment(PaymentState.SUCCEEDED, item(handed_over_at=after(2), posted_at=after(3)))
    assert [one.at for one in timeline_of(view)] == [START, after(1), after(1), after(2), after(3)]


def test_a_step_is_reached_when_it_is_for_every_account() -> None:
    view = payment(PaymentState.SUCCEEDED, item(handed_over_at=after(2)), item())
    handed = next(one for one in timeline_of(view) if one.step is Step.HANDED_OVER)
    assert handed == Happening(Step.HANDED_OVER, False, None, parts_done=1, parts=2)


@pytest.mark.parametrize("state", [PaymentState.FAILED, PaymentState.CANCELED])
def test_one_that_was_not_paid_is_closed_and_nothing_is_to_come(state: PaymentState) -> None:
    assert steps(payment(state, settled=False)) == [(Step.CREATED, True), (Step.CLOSED, True)]


def test_one_to_be_checked_says_so() -> None:
    assert steps(payment(PaymentState.REVIEW, settled=False))[:3] == [
        (Step.CREATED, True),
        (Step.CHARGED, True),
        (Step.CHECKED, False),
    ]


def test_a_pending_refund_is_not_done() -> None:
    view = replace(
        payment(PaymentState.SUCCEEDED), refunds=(RefundView(5, RefundState.PENDING, after(4), None),)
    )
    assert (Step.REFUND_BEGUN, True) in steps(view)
    assert (Step.REFUNDED, False) in steps(view)


def test_after_a_whole_refund_nothing_is_to_come() -> None:
    refund = RefundView(100_000, RefundState.SUCCEEDED, after(4), after(5))
    view = replace(payment(PaymentState.SUCCEEDED), refunds=(refund,))
    assert steps(view)[-2:] == [(Step.REFUND_BEGUN, True), (Step.REFUNDED, True)]
    assert all(done for _step, done in steps(view))


def test_a_failed_refund_is_told() -> None:
    refund = RefundView(100_000, RefundState.FAILED, after(4), after(5))
    view = replace(payment(PaymentState.SUCCEEDED), refunds=(refund,))
    assert (Step.REFUND_FAILED, True) in steps(view)
    assert (Step.POSTED, False) in steps(view)


def test_money_sent_back_from_review_was_charged() -> None:
    refund = RefundView(1, RefundState.SUCCEEDED, after(4), after(5))
    view = replace(payment(PaymentState.CANCELED, settled=False), refunds=(refund,))
    assert steps(view) == [
        (Step.CREATED, True),
        (Step.CHARGED, True),
        (Step.REFUND_BEGUN, True),
        (Step.REFUNDED, True),
    ]


@pytest.mark.parametrize(
    ("decided", "last"),
    [
        (DisputeState.OPEN, Step.DISPUTED),
        (DisputeState.WON, Step.DISPUTE_WON),
        (DisputeState.LOST, Step.DISPUTE_LOST),
    ],
)
def test_a_dispute_stands_in_its_time(decided: DisputeState, last: Step) -> None:
    closed = None if decided is DisputeState.OPEN else after(9)
    handed = item(handed_over_at=after(8))
    view = replace(
        payment(PaymentState.DISPUTED, handed), disputes=(DisputeView(100_000, decided, after(7), closed),)
    )
    done = [one for one in timeline_of(view) if one.done]
    moments = [one.at or START for one in done]
    assert moments == sorted(moments)
    assert last in [one.step for one in done]
