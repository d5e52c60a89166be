"""What stands in the way of a copy of one's data, or of the end of a cabinet."""

from cabinet.errors import CabinetError
from cabinet.i18n import _


class StaffStay(CabinetError):
    """A member of staff cannot delete themselves: what they did has to be told by whom."""

    code = "staff_stay"

    def message(self) -> str:
        """Whom to ask."""
        return _("You work here: ask an administrator to take you from the staff first.")


class TypeTheWord(CabinetError):
    """The word that shows that it is meant was not typed."""

    code = "type_the_word"
    field = "sure"

    def message(self) -> str:
        """What to type."""
        return _("Type the word {word} here, if you are sure.").format(word=delete_word())


class OpenPayments(CabinetError):
    """Money is on its way: nobody could be told where it went."""

    code = "open_payments"

    def __init__(self, numbers: list[int]) -> None:
        self.numbers = numbers
        super().__init__(numbers)

    def message(self) -> str:
        """What to do first."""
        said = ", ".join(str(number) for number in self.numbers)
        return _(
            "A payment is not finished yet: No. {numbers}. Pay or cancel it in the payment history, "
            "or wait until it is closed by itself, then come back."
        ).format(numbers=said)


def delete_word() -> str:
    """What is typed to show that the end of the cabinet is meant."""
    return _("DELETE")
