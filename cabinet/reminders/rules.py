"""On which day which letter is due. Pure rules, in the provider's calendar."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from cabinet.meters.windows import Window
from cabinet.reminders.models import ReminderKind

STAGES = (60, 14)
"""So many days before a verification ends, its letters are due."""
_FIRST_HOUR, _LAST_HOUR = 9, 21
_CATCH_UP = timedelta(days=2)
"""A letter about an opened window that could not be written on its day is still worth it so much later."""

WindowKind = Literal[ReminderKind.WINDOW_OPENS, ReminderKind.WINDOW_CLOSES]


@dataclass(frozen=True, slots=True)
class WindowLetter:
    """A letter about a window: `about` is the day that tells it from all others."""

    kind: WindowKind
    period: date
    opens: date
    closes: date

    @property
    def about(self) -> date:
        """The day that it is about: the first of the window, or its last."""
        return self.opens if self.kind is ReminderKind.WINDOW_OPENS else self.closes


def is_time_for_letters(moment: datetime, timezone: str) -> bool:
    """Whether people there are awake."""
    return _FIRST_HOUR <= moment.astimezone(ZoneInfo(timezone)).hour < _LAST_HOUR


def window_letter(window: Window, today: date) -> WindowLetter | None:
    """The letter about a window that is due on the day, if any: never two on one day."""
    period = window.period_of(today)
    opens, closes = window.opens_on(period), window.closes_on(period)
    if opens < today == closes - timedelta(days=1):
        return WindowLetter(ReminderKind.WINDOW_CLOSES, period, opens, closes)
    if opens <= today <= min(opens + _CATCH_UP, closes):
        return WindowLetter(ReminderKind.WINDOW_OPENS, period, opens, closes)
    return None


def stage_of(due: date, today: date) -> int | None:
    """The letter about a verification that is due now: that of 60 days ahead, that of 14, or none."""
    left = (due - today).days
    return next((stage for stage in reversed(STAGES) if 0 <= left <= stage), None)


def days_of_stage(stage: int, today: date) -> tuple[date, date]:
    """The first and the last day of verification that the stage is the present one for."""
    nearer = [other for other in STAGES if other < stage]
    first = max(nearer, default=-1) + 1
    return today + timedelta(days=first), today + timedelta(days=stage)
