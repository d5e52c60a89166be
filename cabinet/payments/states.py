"""What became of a payment, in words: what happened, what it means for the money, what to do."""

from dataclasses import dataclass
from enum import StrEnum

from cabinet.i18n import N_, _
from cabinet.kit.money import format_amount
from cabinet.payments.declines import say_decline
from cabinet.payments.models import DisputeState, PaymentOrigin, PaymentState, RefundState
from cabinet.payments.views import PaymentView


class Fate(StrEnum):
    """What a payment looks like to its resident; decides the sign beside the words."""

    WAITING = "waiting"
    PAID = "paid"
    UNPAID = "unpaid"
    REVIEW = "review"
    PARTLY_REFUNDED = "partly_refunded"
    REFUNDED = "refunded"
    DISPUTED = "disputed"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Saying:
    """A title of a word or two, and sentences."""

    fate: Fate
    title: str
    explanation: str


NEVER_PAID = frozenset({"", "expired", "abandoned", "never_opened", "never_charged"})
"""Ends without a decline: nobody paid."""


def fate_of(payment: PaymentView) -> Fate:
    """Where the money is; what is pending is not done."""
    match payment.state:
        case PaymentState.CREATED | PaymentState.PENDING:
            return Fate.WAITING
        case PaymentState.REVIEW:
            return Fate.REVIEW
        case PaymentState.DISPUTED:
            return Fate.DISPUTED
        case PaymentState.LOST:
            return Fate.LOST
        case PaymentState.FAILED | PaymentState.CANCELED:
            return Fate.REFUNDED if payment.refunds else Fate.UNPAID
        case PaymentState.SUCCEEDED:
            return _paid_fate(payment)


def _paid_fate(payment: PaymentView) -> Fate:
    if payment.refunded_minor >= payment.total_minor:
        return Fate.REFUNDED
    return Fate.PARTLY_REFUNDED if payment.refunded_minor else Fate.PAID


_TITLES = {
    Fate.WAITING: N_("Pending"),
    Fate.PAID: N_("Paid"),
    Fate.UNPAID: N_("Not paid"),
    Fate.REVIEW: N_("Being checked"),
    Fate.PARTLY_REFUNDED: N_("Refunded in part"),
    Fate.REFUNDED: N_("Refunded"),
    Fate.DISPUTED: N_("Disputed"),
    Fate.LOST: N_("Returned by the bank"),
}
_PLAIN = {
    Fate.PAID: N_("The money is credited to your account. You can download the confirmation below."),
    Fate.REVIEW: N_(
        "The bank reported another sum than ours. The money has arrived and is safe, but is not "
        "credited yet. Our staff check it and will credit it or send it back. You need not pay again."
    ),
    Fate.DISPUTED: N_(
        "Your bank has asked for the money back. Until it decides, the payment counts as made. "
        "If this is a mistake, tell your bank."
    ),
    Fate.LOST: N_(
        "Your bank has taken the money back and returned it to you. The debt on the account is open "
        "again. To settle it, pay once more."
    ),
}
"""The sentences that are the same for every payment of that fate."""


def say_state(payment: PaymentView) -> str:
    """The state in a word or two."""
    return _(_TITLES[fate_of(payment)])


def say_payment(payment: PaymentView) -> Saying:
    """Title and sentences for the result page."""
    fate = fate_of(payment)
    explanation = " ".join([_explain(payment, fate), *_refund_news(payment), *_dispute_news(payment)])
    return Saying(fate, _(_TITLES[fate]), explanation)


def _explain(payment: PaymentView, fate: Fate) -> str:
    match fate:
        case Fate.WAITING:
            return _waiting(payment)
        case Fate.UNPAID:
            return _unpaid(payment.reason)
        case Fate.PARTLY_REFUNDED:
            return _("{sum} have gone back to your card. The rest is credited to your account.").format(
                sum=format_amount(payment.refunded_minor, payment.currency)
            )
        case Fate.REFUNDED:
            return _refunded(payment)
        case _:
            return _(_PLAIN[fate])


def _waiting(payment: PaymentView) -> str:
    if payment.reason:
        return say_decline(payment.reason)
    if payment.origin is PaymentOrigin.AUTOPAY:
        return _("Autopay is asking your bank. You need not do anything.")
    return _("Nothing has been charged yet. You can go on paying.")


def _unpaid(reason: str) -> str:
    if reason in NEVER_PAID:
        return _("The payment was not finished. Nothing has been charged. You can start again.")
    if reason == "refused":
        return _(
            "The payment service refused this payment. Nothing has been charged. Write to support, please."
        )
    return say_decline(reason)


def _refunded(payment: PaymentView) -> str:
    if payment.refunded_minor:
        return _(
            "{sum} have gone back to your card. The bank may take a few days to show them. "
            "Nothing of this payment is credited to your account."
        ).format(sum=format_amount(payment.refunded_minor, payment.currency))
    return _("This payment was not credited to your account.")


def _refund_news(payment: PaymentView) -> list[str]:
    """What is under way, and what did not work."""
    said: list[str] = []
    for refund in payment.refunds:
        amount = format_amount(refund.amount_minor, payment.currency)
        if refund.state is RefundState.FAILED:
            said.append(
                _(
                    "A refund of {sum} did not reach your card, and the money is still with us. "
                    "Write to support, please: we will find another way."
                ).format(sum=amount)
            )
        elif refund.state is not RefundState.SUCCEEDED:
            said.append(_("A refund of {sum} is on its way to your card.").format(sum=amount))
    return said


def _dispute_news(payment: PaymentView) -> list[str]:
    """What the bank took back of a payment that is still credited."""
    lost = sum(one.amount_minor for one in payment.disputes if one.state is DisputeState.LOST)
    if not lost or payment.state not in (PaymentState.SUCCEEDED, PaymentState.DISPUTED):
        return []
    return [
        _("Your bank has taken {sum} of it back and returned it to you. That part is owed again.").format(
            sum=format_amount(lost, payment.currency)
        )
    ]
