"""What can be wrong with a bill that is to be issued."""

from datetime import date

from cabinet.errors import BadFields, CabinetError
from cabinet.i18n import _
from cabinet.kit.dates import say_month


class BillExists(CabinetError):
    """The account has a bill for the period already."""

    code = "bill_exists"
    field = "period"

    def __init__(self, period: date) -> None:
        super().__init__()
        self.period = period

    def message(self) -> str:
        """Which month has one."""
        return _("There is a bill for {month} already.").format(month=say_month(self.period))


class BadBill(BadFields):
    """What a provider delivered for a bill cannot be kept."""

    code = "bad_bill"


class BillIsPaid(CabinetError):
    """A bill that something was paid of cannot be withdrawn."""

    code = "bill_is_paid"

    def __init__(self, period: date) -> None:
        super().__init__()
        self.period = period

    def message(self) -> str:
        """Which month it is for."""
        return _("Something was paid of the bill for {month}.").format(month=say_month(self.period))
