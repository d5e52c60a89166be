"""The days of a resident as an iCalendar (RFC 5545): whole days, no sums, no account numbers, no addresses."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

from icalendar import Calendar, Event

from cabinet.i18n import _, current_locale
from cabinet.kit.dates import say_date, say_month
from cabinet.mail.service import link
from cabinet.meters.words import say_service
from cabinet.reminders.days import Day, DayKind
from cabinet.settings import settings

_EVERY = timedelta(hours=12)
"""How often a calendar should look again."""


def calendar_file(resident_id: UUID, days: Iterable[Day], stamp: datetime) -> bytes:
    """The calendar in the current language; the same days with the same stamp give the same bytes.

    `stamp` is when the feed was made: a DTSTAMP that moved would make every look a change.
    """
    calendar = Calendar()
    calendar.add("prodid", f"-//{settings.operator_name}//Cabinet//{current_locale().upper()}")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", _("Readings and bills"))
    calendar.add("refresh-interval", _EVERY, parameters={"value": "DURATION"})
    calendar.add("x-published-ttl", "PT12H")
    for day in days:
        calendar.add_component(_event(resident_id, day, stamp))
    return calendar.to_ical()


def _event(resident_id: UUID, day: Day, stamp: datetime) -> Event:
    event = Event()
    event.add("uid", _uid(resident_id, day))
    event.add("dtstamp", stamp.astimezone(UTC))
    event.add("dtstart", day.first)
    event.add("dtend", day.last + timedelta(days=1))
    event.add("summary", _summary(day))
    event.add("description", f"{_description(day)}\n{_page(day)}")
    event.add("url", _page(day))
    event.add("transp", "TRANSPARENT")
    event.add("class", "PRIVATE")
    return event


def _uid(resident_id: UUID, day: Day) -> str:
    """The same for the same thing for ever; it tells nothing, and two residents' differ."""
    when = f"{day.month:%Y-%m}" if day.kind is not DayKind.VERIFICATION else f"{day.first}"
    text = f"{resident_id}/{day.kind}/{day.about_id}/{when}"
    return f"{hashlib.sha256(text.encode()).hexdigest()[:32]}@{urlsplit(settings.public_url).hostname}"


def _name(day: Day) -> str:
    return day.account.title(current_locale())


def _service(day: Day) -> str:
    return say_service(day.meter) if day.meter else ""


def _summary(day: Day) -> str:
    match day.kind:
        case DayKind.WINDOW:
            said = _("Send readings: {account}")
        case DayKind.DUE:
            said = _("Pay: {account}")
        case DayKind.VERIFICATION:
            said = _("Meter verification ends: {service}, {account}")
    return said.format(account=_name(day), service=_service(day))


def _description(day: Day) -> str:
    match day.kind:
        case DayKind.WINDOW:
            return _about_window(day)
        case DayKind.DUE:
            return _("The last day to pay the bill for {month}.").format(month=say_month(day.month))
        case DayKind.VERIFICATION:
            said = _("{service}: order a verification before {date}, else you may be billed by the norm.")
            return said.format(service=_service(day), date=say_date(day.last))


def _about_window(day: Day) -> str:
    said = _("Readings for {month} are taken until {date}.")
    if not day.strict:
        said = _("Readings for {month} are taken until {date}. A later one counts for the next month.")
    return said.format(month=say_month(day.month), date=say_date(day.last))


def _page(day: Day) -> str:
    paths = {
        DayKind.WINDOW: "/readings",
        DayKind.DUE: f"/pay?account={day.account.account_id}",
        DayKind.VERIFICATION: f"/readings/{day.account.account_id}",
    }
    return link(paths[day.kind], current_locale())
