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
        return _("Choose at least one account to pay for.")


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
        return _("This payment is already finished.")
