"""Time: stored in UTC with zone, shown in the zone of whom it concerns."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_timedelta

from cabinet.i18n import current_locale

_ahead = timedelta()


def now() -> datetime:
    """The present moment in UTC, with zone."""
    return datetime.now(UTC) + _ahead


def run_ahead(step: timedelta) -> None:
    """Let `now` run so much ahead of the machine's clock: for simulations and tests only."""
    global _ahead
    _ahead = step


def today_in(timezone: str) -> date:
    """The calendar day in an IANA zone such as `Europe/Moscow`."""
    return now().astimezone(ZoneInfo(timezone)).date()


def say_day(day: date) -> str:
    """«22 ноября» or "22 November"."""
    return format_date(day, "d MMMM", locale=_babel())


def say_date(day: date) -> str:
    """«22 ноября 2026 г.» or "22 November 2026"."""
    return format_date(day, "long", locale=_babel())


def say_month(period: date) -> str:
    """«ноябрь 2026» or "November 2026"."""
    return format_date(period, "LLLL y", locale=_babel())


def say_short_month(period: date) -> str:
    """«янв. 26» in January, «окт.» in other months: what stands under the bars of a chart."""
    return format_date(period, "LLL yy" if period.month == 1 else "LLL", locale=_babel())


def say_moment(moment: datetime, timezone: str = "Europe/Moscow") -> str:
    """«22 ноября 2026 г., 14:05» in the given zone."""
    return format_datetime(moment.astimezone(ZoneInfo(timezone)), "d MMMM y, HH:mm", locale=_babel())


def say_duration(duration: timedelta) -> str:
    """«3 часа», «2 дня»: in the largest unit that fits, rounded."""
    return format_timedelta(duration, threshold=1, locale=_babel())


def month_of(day: date) -> date:
    """The first day of the month: how a period is stored."""
    return day.replace(day=1)


def add_months(period: date, months: int) -> date:
    """The first day of the month so many months later (or earlier)."""
    index = period.year * 12 + period.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def _babel() -> str:
    return "en_GB" if current_locale() == "en" else "ru"
