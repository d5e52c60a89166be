"""What can stand in the way of a payment, in words that a resident can act on."""

from collections.abc import Mapping
from uuid import UUID

from cabinet.errors import CabinetError
from cabinet.i18n import _
from cabinet.kit.money import format_amount


class BadAmountText(CabinetError):
    """What was typed is not a sum."""

    code = "bad_amount"
    field = "amount"

    def message(self) -> str:
        return _("Enter the sum in digits, for example 1500 or 1500.50.")


class AmountTooSmall(CabinetError):
    """Below the processor's minimum."""

    code = "amount_too_small"
    field = "amount"

    def __init__(self, minimum_minor: int) -> None:
        super().__init__()
        self.minimum_minor = minimum_minor

    def message(self) -> str:
        least = format_amount(self.minimum_minor)
        return _("The smallest payment is {sum}. What you pay above the debt stays as an advance.").format(
            sum=least
        )


class AmountTooLarge(CabinetError):
    """Above the provider's limit for one payment."""

    code = "amount_too_large"
    field = "amount"

    def __init__(self, limit_minor: int) -> None:
        super().__init__()
        self.limit_minor = limit_minor

    def message(self) -> str:
        limit = format_amount(self.limit_minor)
        return _("One payment to this provider can be up to {sum}. Split a larger sum in two.").format(
            sum=limit
        )


class BelowLeast(CabinetError):
    """Below the provider's least amount."""

    code = "below_least"
    field = "amount"

    def __init__(self, least_minor: int) -> None:
        super().__init__()
        self.least_minor = least_minor

    def message(self) -> str:
        least = format_amount(self.least_minor)
        return _("One payment to this provider is at least {sum}, or the whole debt.").format(sum=least)


class NoDebt(CabinetError):
    """The debt was chosen, and there is none any more."""

    code = "no_debt"
    field = "amount"

    def message(self) -> str:
        return _("There is no debt on this account now. To pay in advance, choose another amount.")


class NothingChosen(CabinetError):
    """No account was chosen."""

    code = "nothing_chosen"

    def message(self) -> str:
        return _("Choose at least one account to pay for. Nothing has been charged.")


class BadWishes(CabinetError):
    """One problem or more, each at its account."""

    code = "bad_wishes"

    def __init__(self, problems: Mapping[UUID, CabinetError]) -> None:
        super().__init__()
        self.problems = problems

    def message(self) -> str:
        return _("Look at the sums marked below. Nothing has been charged.")


class AlreadyPaid(CabinetError):
    """The earlier payment for the same accounts went through while this one was being made."""

    code = "already_paid"

    def __init__(self, payment_id: UUID) -> None:
        super().__init__()
        self.payment_id = payment_id

    def message(self) -> str:
        return _(
            "Your earlier payment for this account has just gone through. Nothing more has been charged."
        )


class ProcessorDown(CabinetError):
    """The payment page cannot be opened now; the payment stays and is looked after."""

    code = "processor_down"

    def message(self) -> str:
        return _("The payment service does not answer. Nothing has been charged. Try again in a few minutes.")


class PaymentRefused(CabinetError):
    """The processor will not open a payment page for this."""

    code = "payment_refused"

    def message(self) -> str:
        return _(
            "The payment service refused this payment. Nothing has been charged. Write to support, please."
        )


class NotOpen(CabinetError):
    """The payment is no longer waiting for money."""

    code = "not_open"

    def message(self) -> str:
        return _(
            "This payment is already finished. Nothing more has been charged. Its page says what became of it."
        )


class ReasonMissing(CabinetError):
    """What staff do with money has a reason."""

    code = "reason_missing"
    field = "reason"

    def message(self) -> str:
        return _("Write why, in a few words: it is kept with the payment.")


class NotRefundable(CabinetError):
    """The payment holds no money that could go back."""

    code = "not_refundable"

    def message(self) -> str:
        return _("Only a paid payment that is not disputed can be refunded.")


class RefundTooLarge(CabinetError):
    """More than what is left of the payment."""

    code = "refund_too_large"
    field = "amount"

    def __init__(self, left_minor: int) -> None:
        super().__init__()
        self.left_minor = left_minor

    def message(self) -> str:
        return _("Of this payment {sum} can still be refunded. Enter that or less.").format(
            sum=format_amount(self.left_minor)
        )


class SamePerson(CabinetError):
    """Who asks for a large refund does not approve it."""

    code = "same_person"

    def message(self) -> str:
        return _("You asked for this refund yourself. Another administrator has to approve it.")


class NotWaiting(CabinetError):
    """The refund is decided already."""

    code = "not_waiting"

    def message(self) -> str:
        return _("This refund is no longer waiting for a decision.")


class NotInReview(CabinetError):
    """The payment is not, or no longer, to be checked."""

    code = "not_in_review"

    def message(self) -> str:
        return _("This payment is no longer to be checked.")


class TooLittleReceived(CabinetError):
    """What arrived does not cover what was agreed, or is another currency."""

    code = "too_little_received"

    def message(self) -> str:
        return _("What arrived does not cover the payment: it can only be sent back.")


class NothingOwed(CabinetError):
    """There is nothing to hand over."""

    code = "nothing_owed"

    def message(self) -> str:
        return _("Nothing is owed to this provider now.")


class OwedChanged(CabinetError):
    """What the person saw is no longer what is owed."""

    code = "owed_changed"

    def message(self) -> str:
        return _("What is owed has changed since you opened the page. Check the sum and repeat.")


class BadConfirmationDay(CabinetError):
    """A provider cannot confirm before the payout, or in the future."""

    code = "bad_confirmation_day"
    field = "confirmed_on"

    def message(self) -> str:
        return _("Enter a day from the payout until today.")


class NewerStatementKnown(CabinetError):
    """An older balance would undo a newer one."""

    code = "newer_statement_known"
    field = "as_of"

    def message(self) -> str:
        return _("A balance for a later day has been taken in already. Nothing has changed.")


class NotThisDifference(CabinetError):
    """The action does not fit the difference, or it is settled already."""

    code = "not_this_difference"

    def message(self) -> str:
        return _("This cannot be done with this difference.")


class BadPeriod(CabinetError):
    """The end is not after the beginning."""

    code = "bad_period"
    field = "until"

    def message(self) -> str:
        return _("The period has to end after it begins.")
