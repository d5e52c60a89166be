"""What can be wrong with a reading, each in words that say what to do."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from uuid import UUID

from cabinet.errors import CabinetError
from cabinet.i18n import _, ngettext
from cabinet.kit.dates import say_date
from cabinet.meters.windows import Window, say_window
from cabinet.meters.words import say_reading


class ReadingProblem(CabinetError):
    """Something wrong with the value of one zone."""

    code = "reading_problem"
    field = "reading"


class NotANumber(ReadingProblem):
    """Letters, a sign, two commas."""

    code = "not_a_number"

    def message(self) -> str:
        """What may be entered."""
        return _("Enter the digits of the meter only, for example 1234,5.")


class TooManyDigits(ReadingProblem):
    """The value does not fit on the dial."""

    code = "too_many_digits"

    def __init__(self, digits: int) -> None:
        super().__init__()
        self.digits = digits

    def message(self) -> str:
        """How many digits fit."""
        said = ngettext(
            "The meter has {count} digit before the comma: enter no more.",
            "The meter has {count} digits before the comma: enter no more.",
            self.digits,
        )
        return said.format(count=self.digits)


class TooManyDecimals(ReadingProblem):
    """More decimals than the dial has."""

    code = "too_many_decimals"

    def __init__(self, decimals: int) -> None:
        super().__init__()
        self.decimals = decimals

    def message(self) -> str:
        """How many decimals fit."""
        if not self.decimals:
            return _("Enter the whole number only, without the red digits after the comma.")
        said = ngettext(
            "The meter has {count} digit after the comma: enter no more.",
            "The meter has {count} digits after the comma: enter no more.",
            self.decimals,
        )
        return said.format(count=self.decimals)


class BelowPrevious(ReadingProblem):
    """Less than before: a slip, or the dial passed its highest value."""

    code = "below_previous"

    def __init__(self, previous: Decimal, may_confirm: bool) -> None:
        super().__init__()
        self.previous = previous
        self.may_confirm = may_confirm

    def message(self) -> str:
        """What the value is below, and whether a confirmation would help."""
        said = _("This is less than the previous reading, {previous}. Check the digits.")
        if self.may_confirm:
            said += " " + _("If the meter has started again from zero, confirm it.")
        else:
            said += " " + _("If they are right, call the provider.")
        return said.format(previous=say_reading(self.previous))


class NothingUsed(ReadingProblem):
    """The same as before, and the provider does not take that."""

    code = "nothing_used"

    def message(self) -> str:
        """What to do when nothing was used."""
        return _("The reading is the same as the previous one. If nothing was used, call the provider.")


class TooMuchUsed(ReadingProblem):
    """More than anyone uses between two readings."""

    code = "too_much_used"

    def __init__(self, use: Decimal, unit: str, likely: Decimal | None) -> None:
        super().__init__()
        self.use = use
        self.unit = unit
        self.likely = likely

    def message(self) -> str:
        """What was used by this value, and what may have been meant."""
        use = f"{say_reading(self.use)} {self.unit}".strip()
        said = _("By this reading you used {use}: too much.").format(use=use)
        if self.likely is None:
            return f"{said} " + _("Check the digits. If they are right, call the provider.")
        asked = _("A digit may have slipped in: is it {likely}?").format(likely=say_reading(self.likely))
        return f"{said} {asked}"


class WindowClosed(ReadingProblem):
    """The provider takes readings on other days."""

    code = "window_closed"

    def __init__(self, window: Window, today: date) -> None:
        super().__init__()
        self.window = window
        self.today = today

    def message(self) -> str:
        """When readings are taken."""
        return say_window(self.window, self.today)


class VerificationExpired(ReadingProblem):
    """The meter may not be used for billing any more."""

    code = "verification_expired"

    def __init__(self, due: date) -> None:
        super().__init__()
        self.due = due

    def message(self) -> str:
        """Since when, and who can help."""
        said = _("The verification of this meter ended on {date}. Call the provider to renew it.")
        return said.format(date=say_date(self.due))


class BadReadings(CabinetError):
    """Some readings are wrong, so none was kept; `problems` has a text for each zone."""

    code = "bad_readings"
    field = "readings"

    def __init__(self, errors: Mapping[UUID, ReadingProblem]) -> None:
        super().__init__()
        self.errors = dict(errors)

    @property
    def problems(self) -> dict[UUID, str]:
        """By zone: what is wrong and what to do, in the language of the current context."""
        return {zone_id: error.message() for zone_id, error in self.errors.items()}

    @property
    def asks_zero_crossing(self) -> frozenset[UUID]:
        """The zones for which a confirmation that the meter started again from zero would help."""
        return frozenset(
            zone_id
            for zone_id, error in self.errors.items()
            if isinstance(error, BelowPrevious) and error.may_confirm
        )

    def message(self) -> str:
        """That nothing was kept; the zones have their own texts."""
        return _("The readings were not sent. Check the marked ones.")
