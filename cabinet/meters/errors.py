"""What can be wrong with a reading, each in words that say what to do."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from uuid import UUID

from cabinet.errors import BadFields, CabinetError
from cabinet.i18n import _, ngettext
from cabinet.kit.dates import say_date, say_day
from cabinet.meters.concerns import Concern
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
    """Less than before, and the provider does not take that."""

    code = "below_previous"

    def __init__(self, previous: Decimal) -> None:
        super().__init__()
        self.previous = previous

    def message(self) -> str:
        """What the value is below, and who can help."""
        said = _(
            "This is less than the previous reading, {previous}. Check the digits. "
            "If they are right, call the provider."
        )
        return said.format(previous=say_reading(self.previous))


class NothingUsed(ReadingProblem):
    """The same as before, and the provider does not take that."""

    code = "nothing_used"

    def message(self) -> str:
        """What to do when nothing was used."""
        return _("The reading is the same as the previous one. If nothing was used, call the provider.")


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
    """Some readings are wrong or not confirmed yet, so none was kept.

    `problems` has a text for each wrong zone; `concerns` holds what is odd about each odd one.
    """

    code = "bad_readings"
    field = "readings"

    def __init__(
        self,
        errors: Mapping[UUID, ReadingProblem],
        concerns: Mapping[UUID, tuple[Concern, ...]] | None = None,
    ) -> None:
        super().__init__()
        self.errors = dict(errors)
        self.concerns = dict(concerns or {})

    @property
    def problems(self) -> dict[UUID, str]:
        """By zone: what is wrong and what to do, in the language of the current context."""
        return {zone_id: error.message() for zone_id, error in self.errors.items()}

    def message(self) -> str:
        """That nothing was kept; the zones have their own texts."""
        if self.errors:
            return _("The readings were not sent. Check the marked ones.")
        return _(
            "The readings are not sent yet. Look at the marked ones, and confirm them if they are right."
        )


class WrongDay(CabinetError):
    """The reading cannot have been taken on that day."""

    code = "wrong_day"
    field = "taken_on"

    def __init__(self, first: date, last: date) -> None:
        super().__init__()
        self.first = first
        self.last = last

    def message(self) -> str:
        """Between which days it has to lie."""
        if self.first == self.last:
            return _("The provider takes readings of the day on which they are sent.")
        said = _("Choose a day from {first} to {last}.")
        return said.format(first=say_day(self.first), last=say_day(self.last))


class AlreadyDecided(CabinetError):
    """The reading has been accepted, declined or corrected meanwhile."""

    code = "already_decided"

    def message(self) -> str:
        """That somebody was faster."""
        return _("This reading has been accepted, declined or corrected meanwhile.")


class NoReason(CabinetError):
    """A reading is declined with a reason that the resident can read."""

    code = "no_reason"
    field = "reason"

    def __init__(self, longest: int) -> None:
        super().__init__()
        self.longest = longest

    def message(self) -> str:
        """What to write."""
        said = _("Write why: the resident reads it. Up to {count} characters.")
        return said.format(count=self.longest)


class BadMeter(BadFields):
    """What a provider delivered for a meter cannot be kept."""

    code = "bad_meter"
