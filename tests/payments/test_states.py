"""Every end of a payment says what happened, what it means for the money, and what to do."""

from dataclasses import replace

import pytest

from cabinet.i18n import use_locale
from cabinet.payments.declines import KNOWN, say_decline
from cabinet.payments.models import PaymentState, RefundState
from cabinet.payments.service import Fate, say_payment
from cabinet.payments.views import PaymentView, RefundView
from tests.payments.test_timeline import after, payment

CHARGED = {"charged", "credited", "money", "card"}


def view(state: PaymentState, reason: str = "", *refunds: RefundView) -> PaymentView:
    return replace(payment(state, settled=state in CREDITED), reason=reason, refunds=refunds)


CREDITED = (PaymentState.SUCCEEDED, PaymentState.DISPUTED, PaymentState.LOST)
WHOLE = RefundView(100_000, RefundState.SUCCEEDED, after(2), after(3))
PART = RefundView(40_000, RefundState.SUCCEEDED, after(2), after(3))
PENDING = RefundView(40_000, RefundState.PENDING, after(2), None)
FAILED = RefundView(40_000, RefundState.FAILED, after(2), after(3))


@pytest.mark.parametrize(
    ("state", "refunds", "fate"),
    [
        (PaymentState.CREATED, (), Fate.WAITING),
        (PaymentState.PENDING, (), Fate.WAITING),
        (PaymentState.SUCCEEDED, (), Fate.PAID),
        (PaymentState.SUCCEEDED, (PENDING,), Fate.PAID),
        (PaymentState.SUCCEEDED, (FAILED,), Fate.PAID),
        (PaymentState.SUCCEEDED, (PART,), Fate.PARTLY_REFUNDED),
        (PaymentState.SUCCEEDED, (WHOLE,), Fate.REFUNDED),
        (PaymentState.CANCELED, (WHOLE,), Fate.REFUNDED),
        (PaymentState.CANCELED, (), Fate.UNPAID),
        (PaymentState.FAILED, (), Fate.UNPAID),
        (PaymentState.REVIEW, (), Fate.REVIEW),
        (PaymentState.DISPUTED, (), Fate.DISPUTED),
        (PaymentState.LOST, (), Fate.LOST),
    ],
)
def test_every_state_has_its_words(state: PaymentState, refunds: tuple[RefundView, ...], fate: Fate) -> None:
    for locale in ("ru", "en"):
        with use_locale(locale):
            said = say_payment(view(state, "", *refunds))
        assert said.fate is fate
        assert said.title
        assert said.explanation
    assert any(word in said.explanation.lower() for word in CHARGED)


def test_a_refund_under_way_and_one_that_failed_are_told() -> None:
    with use_locale("en"):
        assert "on its way" in say_payment(view(PaymentState.SUCCEEDED, "", PENDING)).explanation
        assert "support" in say_payment(view(PaymentState.SUCCEEDED, "", FAILED)).explanation


@pytest.mark.parametrize("code", [*KNOWN, "something_new"])
def test_every_decline_says_that_nothing_was_charged(code: str) -> None:
    with use_locale("en"):
        said = say_decline(code)
        assert "Nothing has been charged." in said
        assert said.count(".") >= 3 or "?" in said
        assert said in say_payment(view(PaymentState.FAILED, code)).explanation
