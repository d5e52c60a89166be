"""On which days a provider takes readings, and for which month they count. Pure rules."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from cabinet.i18n import _
from cabinet.kit.dates import add_months, month_of, say_day, say_month


@dataclass(frozen=True, slots=True)
class Window:
    """The days of a month; one that ends before it begins reaches into the next month.

    A day that a month does not have means its last one.
    """

    first: int
    last: int
    strict: bool

    @property
    def wraps(self) -> bool:
        """Whether it ends in the next month."""
        return self.last < self.first

    def opens_on(self, period: date) -> date:
        """The first day of the window of that month."""
        return _day_of(period, self.first)

    def closes_on(self, period: date) -> date:
        """The last day of the window of that month."""
        return _day_of(add_months(period, 1) if self.wraps else period, self.last)

    def is_open(self, day: date) -> bool:
        """Whether the day lies in a window."""
        return self.opens_on(self.period_of(day)) <= day

    def period_of(self, day: date) -> date:
        """The month that a reading of that day counts for: of the window that is open, else of the next."""
        earliest = add_months(month_of(day), -1)
        return next(
            period
            for period in (earliest, add_months(earliest, 1), add_months(earliest, 2))
            if day <= self.closes_on(period)
        )

    def began_on(self, day: date) -> date:
        """The first day whose readings count for the same month as this day's."""
        return self.closes_on(add_months(self.period_of(day), -1)) + timedelta(days=1)

    def earliest_on(self, today: date) -> date:
        """The first day that a reading which is sent today may be dated: never one of the month before."""
        began = self.began_on(today)
        return max(began, self.opens_on(self.period_of(today))) if self.is_open(today) else began


def say_window(window: Window, today: date) -> str:
    """One sentence: until when readings are taken, or what happens to one that is sent now."""
    period = window.period_of(today)
    if window.is_open(today):
        return _("Send readings by {day}.").format(day=say_day(window.closes_on(period)))
    opens, closes = say_day(window.opens_on(period)), say_day(window.closes_on(period))
    if window.strict:
        said = _(
            "Readings are not taken now: send them from {first} to {last}. "
            "Without them the provider bills by your average use."
        )
        return said.format(first=opens, last=closes)
    said = _("Readings are taken from {first} to {last}. One sent now counts for the next period, {month}.")
    return said.format(first=opens, last=closes, month=say_month(period))


def _day_of(period: date, day: int) -> date:
    return period.replace(day=min(day, monthrange(period.year, period.month)[1]))
