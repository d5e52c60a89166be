"""Notices in words: what kind it is, and when it happens."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from cabinet.i18n import _
from cabinet.kit.dates import now, say_date, say_day
from cabinet.notices.models import NoticeKind
from cabinet.notices.service import NoticeView


def say_kind(kind: NoticeKind) -> str:
    """«Отключение» or «Новость»."""
    return _("Outage") if kind is NoticeKind.OUTAGE else _("News")


def say_when(notice: NoticeView) -> str:
    """When it happens in the provider's own time, else the day from which it is told.

    «сегодня, с 10:00 до 16:00» · «24 ноября, с 10:00» · «с 24 ноября, 22:00, до 25 ноября, 06:00».
    """
    zone = ZoneInfo(notice.timezone)
    today = now().astimezone(zone).date()
    if notice.happens_from is None:
        return say_near(notice.shown_from.astimezone(zone).date(), today)
    begins = notice.happens_from.astimezone(zone)
    ends = notice.happens_until.astimezone(zone) if notice.happens_until else None
    return _say_span(begins, ends, today)


def is_over(notice: NoticeView) -> bool:
    """Whether what was to happen has happened."""
    return notice.happens_until is not None and notice.happens_until <= now()


def say_near(day: date, today: date) -> str:
    """«сегодня», «завтра», «вчера», else the day, with its year where it is another one."""
    near = {0: _("today"), 1: _("tomorrow"), -1: _("yesterday")}.get((day - today).days)
    return near or _say_date(day, today)


def _say_span(begins: datetime, ends: datetime | None, today: date) -> str:
    first = say_near(begins.date(), today)
    if ends is None:
        return _("{day}, from {time}").format(day=first, time=_clock(begins))
    if _is_midnight(begins) and _is_midnight(ends):
        return _say_whole_days(begins.date(), ends.date() - timedelta(days=1), today)
    if begins.date() == ends.date():
        said = _("{day}, from {start} to {end}")
        return said.format(day=first, start=_clock(begins), end=_clock(ends))
    said = _("from {time} {day} to {end_time} {end_day}")
    return said.format(
        time=_clock(begins), day=first, end_time=_clock(ends), end_day=say_near(ends.date(), today)
    )


def _say_whole_days(first: date, last: date, today: date) -> str:
    if first == last:
        return _("{day}, all day").format(day=say_near(first, today))
    said = _("{first} to {last}, all day")
    return said.format(first=_say_date(first, today), last=_say_date(last, today))


def _say_date(day: date, today: date) -> str:
    return say_day(day) if day.year == today.year else say_date(day)


def _clock(moment: datetime) -> str:
    return moment.strftime("%H:%M")


def _is_midnight(moment: datetime) -> bool:
    return moment.hour == moment.minute == 0
