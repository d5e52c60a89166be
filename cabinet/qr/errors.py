"""Why a code cannot be used, and what the person can do instead."""

from enum import StrEnum

from cabinet.errors import CabinetError
from cabinet.i18n import _


class CannotWrite(ValueError):
    """The standard forbids this value; `key` is its name in the code, `reason` is for the log."""

    def __init__(self, key: str, reason: str) -> None:
        super().__init__(f"{key}: {reason}")
        self.key = key
        self.reason = reason


class UnusableCode(CabinetError):
    """A code was read, and it is none that can be paid by."""

    code = "unusable_code"


class OtherKind(StrEnum):
    """What a code is that is not a payment code of ГОСТ Р 56042."""

    EMPTY = "empty"
    FAST_PAYMENT = "fast_payment"
    """A link of the Fast Payment System (СБП)."""
    ADDRESS = "address"
    """Any other link."""
    DIGITS = "digits"
    """The number of a bar code."""
    OTHER = "other"


class NotPaymentCode(UnusableCode):
    """The code says something, but it does not name a payee."""

    code = "not_payment_code"

    def __init__(self, kind: OtherKind) -> None:
        super().__init__()
        self.kind = kind

    def message(self) -> str:
        match self.kind:
            case OtherKind.FAST_PAYMENT:
                return _(
                    "This is a code of the Fast Payment System: it opens in your bank's app. "
                    "Here scan the other square code on the bill, beside the payee's details."
                )
            case OtherKind.ADDRESS:
                return _(
                    "This code opens a website. Look on the bill for another square code, "
                    "beside the payee's details."
                )
            case OtherKind.DIGITS:
                return _(
                    "This code holds a number only, without the payee. Look on the bill for another square code."
                )
            case _:
                return _("This is not a payment code. Look on the bill for the square code for paying.")


class UnknownVersion(UnusableCode):
    """The code says that it follows another version of the standard than 0001."""

    code = "unknown_version"

    def __init__(self, version: str) -> None:
        super().__init__()
        self.version = version

    def message(self) -> str:
        return _("This payment code is of a kind that we do not know yet. Enter the number from the bill.")


class BrokenCode(UnusableCode):
    """It begins as a payment code does, but what follows cannot be read."""

    code = "broken_code"

    def message(self) -> str:
        return _(
            "This payment code was printed with a mistake: it does not name the payee. "
            "Enter the number from the bill."
        )


class TooMuch(UnusableCode):
    """More bytes than a square code can hold."""

    code = "too_much"

    def message(self) -> str:
        return _("This is not a payment code. Look on the bill for the square code for paying.")
