"""What can stand in the way of a saved card or a standing order."""

from cabinet.errors import CabinetError
from cabinet.i18n import _
from cabinet.kit.money import format_amount


class CardNotSaved(CabinetError):
    """The resident came back from the hosted page without a card."""

    code = "card_not_saved"

    def message(self) -> str:
        return _("The card was not added. Nothing has been charged. You can try again.")


class CardRefused(CabinetError):
    """The processor will not open a page that saves a card."""

    code = "card_refused"

    def message(self) -> str:
        return _(
            "The payment service refused to add a card. Nothing has been charged. Write to support, please."
        )


class ChooseCard(CabinetError):
    """No card was chosen, or one that is not theirs any more."""

    code = "choose_card"
    field = "card"

    def message(self) -> str:
        return _("Choose a card. If the list is empty, add a card first.")


class BadDay(CabinetError):
    """Not a day that every month has."""

    code = "bad_day"
    field = "day"

    def message(self) -> str:
        return _("Choose a day from 1 to 28.")


class BadLimit(CabinetError):
    """What was typed is not a sum that a charge may have."""

    code = "bad_limit"
    field = "limit"

    def __init__(self, least_minor: int, largest_minor: int) -> None:
        super().__init__()
        self.least_minor = least_minor
        self.largest_minor = largest_minor

    def message(self) -> str:
        return _("Enter the limit in digits, from {least} to {largest}.").format(
            least=format_amount(self.least_minor), largest=format_amount(self.largest_minor)
        )


class ConsentMissing(CabinetError):
    """Without consent nothing is charged."""

    code = "consent_missing"
    field = "consent"

    def message(self) -> str:
        return _("Tick the box if you agree. Without it, autopay cannot be turned on.")
