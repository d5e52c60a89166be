"""The history of an account's readings: a chart and a table for each meter, and what the meters are."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import pairwise
from uuid import UUID

import reflex as rx

from cabinet.database import read_only
from cabinet.errors import CabinetError
from cabinet.i18n import _, current_locale, ngettext
from cabinet.kit.dates import add_months, say_date, say_month, say_short_month, today_in
from cabinet.kit.text import group_digits, mask_serial
from cabinet.kit.units import say_unit
from cabinet.meters.consumption import ByMonth, last_months, yearly
from cabinet.meters.history import MONTHS, History, Line, MeterHistory, PastReading, read_history
from cabinet.meters.models import ReadingState
from cabinet.meters.words import say_given, say_quantity, say_reading, say_service, say_state, say_zone
from cabinet.ui import routes
from cabinet.ui.accounts import as_id
from cabinet.ui.charts import Chart, Point
from cabinet.ui.gate import person
from cabinet.ui.meters import sign_of

SHOWN = 13
"""A year and the same month before it: what the table shows at once."""
SOON = 60
"""So many days ahead a verification is warned of."""


@dataclass
class View:
    """One way to look at the charts."""

    name: str
    page: str
    is_chosen: bool


@dataclass
class ReadingRow:
    """One reading in the words of the page's language; empty: there is nothing to say."""

    id: str
    month: str
    zone: str
    meter: str
    """Which of several meters that stood in one place."""
    value: str
    used: str
    given: str
    state: str
    tone: str
    """`plain`, `fine` or `failed`: never the only sign of meaning."""
    reason: str
    corrected: list[str] = field(default_factory=list)
    is_first: bool = True
    """Whether the month begins with it."""


@dataclass
class OldMeter:
    """A meter that was replaced."""

    serial: str
    days: str
    last: str


@dataclass
class LineCard:
    """One meter, and those that stood in its place before."""

    id: str
    sign: str
    service: str
    serial: str
    about: str
    verification: str
    tone: str
    """`plain`, `due` or `failed`."""
    charts: list[Chart] = field(default_factory=list)
    rows: list[ReadingRow] = field(default_factory=list)
    old: list[OldMeter] = field(default_factory=list)


class MetersState(rx.State):
    """The history of the account of the page's address; how much and which charts stand in the address too."""

    title: rx.Field[str] = rx.field("")
    number: rx.Field[str] = rx.field("")
    page: rx.Field[str] = rx.field("")
    csv: rx.Field[str] = rx.field("")
    send: rx.Field[str] = rx.field("")
    prove: rx.Field[str] = rx.field("")
    """Where to prove the account, so that everybody's readings are shown; empty: it is proved."""
    more: rx.Field[str] = rx.field("")
    """Where the whole history stands; empty: it is here."""
    less: rx.Field[str] = rx.field("")
    views: rx.Field[list[View]] = rx.field(default_factory=list)
    lines: rx.Field[list[LineCard]] = rx.field(default_factory=list)
    address: rx.Field[str] = rx.field("")
    """The page that the history was read for: under another address it says nothing."""
    found: rx.Field[bool] = rx.field(True)

    @rx.event
    async def load(self) -> None:
        """Read the history; a stranger's is not found."""
        account_id = as_id(self.router.url.path.rstrip("/").rpartition("/")[2])
        asked = self.router.url.query_parameters
        self.found, self.lines = account_id is not None, []
        try:
            if account_id:
                await self._read(account_id, asked.get("show", ""), whole=asked.get("all") == "1")
        except CabinetError:
            self.found = False
        self.address = self.router.url.path

    async def _read(self, account_id: UUID, view: str, *, whole: bool) -> None:
        async with read_only() as session:
            history = await read_history(
                person().id, account_id, session=session, months=None if whole else MONTHS
            )
        account = history.account
        self.title, self.number = account.title(current_locale()), group_digits(account.number)
        self.page, self.send = routes.account(account_id), routes.readings(account_id)
        self.csv = routes.readings_csv(account_id)
        self.prove = routes.prove(account_id) if history.own_only else ""
        hidden = not history.whole or any(_hides(line) for line in history.lines)
        self.more = routes.meters(account_id, view, whole=True) if hidden and not whole else ""
        self.less = routes.meters(account_id, view) if whole else ""
        self.views = _views(history, account_id, view, whole=whole)
        self.lines = lines_of(history, person().id, view, whole=whole)


def lines_of(history: History, viewer: UUID, view: str, *, whole: bool) -> list[LineCard]:
    """The cards of the page; `whole`: all that was read, else the last months only."""
    today = today_in(history.account.timezone)
    return [_line(line, history.own_only, viewer, view, today, whole=whole) for line in history.lines]


def say_verification(due: date | None, today: date) -> tuple[str, str]:
    """What to say of a verification, and in which tone."""
    if due is None:
        return "", "plain"
    if due < today:
        said = _(
            "The verification ended on {date}. Order a new one: until then you may be billed by the norm."
        )
        return said.format(date=say_date(due)), "failed"
    days = (due - today).days
    if days > SOON:
        return _("Verification until {date}").format(date=say_date(due)), "plain"
    if days == 0:
        return _("The verification ends today. Order a new one."), "due"
    left = ngettext("in {n} day", "in {n} days", days).format(n=days)
    said = _("The verification ends on {date}, {left}. Order a new one in time: it takes a few days.")
    return said.format(date=say_date(due), left=left), "due"


def _views(history: History, account_id: UUID, view: str, *, whole: bool) -> list[View]:
    """Nothing to choose where there is nothing to compare."""
    names = {"": _("By month"), "years": _("With a year ago")}
    if any(len(line.zones) > 1 for line in history.lines):
        names["zones"] = _("By zone")
    chosen = view if view in names else ""
    return [
        View(words, routes.meters(account_id, name, whole=whole), name == chosen)
        for name, words in names.items()
    ]


def _line(line: Line, own_only: bool, viewer: UUID, view: str, today: date, *, whole: bool) -> LineCard:
    meter = line.newest
    removed = meter.removed_on
    said, tone = ("", "plain") if removed else say_verification(meter.verification_due, today)
    return LineCard(
        id=str(meter.id),
        sign=sign_of(meter.kind),
        service=say_service(meter.kind),
        serial=_serial(meter, own_only),
        about=_("removed on {date}").format(date=say_date(removed)) if removed else "",
        verification=said,
        tone=tone,
        charts=_charts(line, view, whole=whole),
        rows=_rows(line, own_only, viewer, whole=whole),
        old=[_old(one, own_only) for one in line.meters[1:]],
    )


def _serial(meter: MeterHistory, own_only: bool) -> str:
    return mask_serial(meter.serial) if own_only else meter.serial


def _old(meter: MeterHistory, own_only: bool) -> OldMeter:
    since, until = meter.installed_on, meter.removed_on
    days = _("removed on {date}").format(date=say_date(until)) if until else ""
    if since and until:
        days = _("from {since} to {until}").format(since=say_date(since), until=say_date(until))
    last = [
        f"{_zone(one.zone, meter)} {say_quantity(one.value, meter.unit)}".strip()
        for zone in meter.zones
        for one in [one for one in meter.readings if one.zone == zone][:1]
    ]
    return OldMeter(_serial(meter, own_only), days, ", ".join(last))


def _hides(line: Line) -> bool:
    """Whether the table leaves something out of what was read."""
    periods = [one.period for meter in line.meters for one in meter.readings]
    return bool(periods) and min(periods) < add_months(max(periods), 1 - SHOWN)


def _rows(line: Line, own_only: bool, viewer: UUID, *, whole: bool) -> list[ReadingRow]:
    every = [(one, meter) for meter in line.meters for one in meter.readings]
    every.sort(key=lambda pair: pair[0].period, reverse=True)
    since = add_months(every[0][0].period, 1 - SHOWN) if every and not whole else date.min
    several = len(line.meters) > 1
    shown = [(one, meter) for one, meter in every if one.period >= since]
    rows = [
        _row(one, meter, viewer, _("No. {serial}").format(serial=_serial(meter, own_only)) if several else "")
        for one, meter in shown
    ]
    for before, row in pairwise(rows):
        row.is_first = row.month != before.month
    return rows


def _row(one: PastReading, meter: MeterHistory, viewer: UUID, name: str) -> ReadingRow:
    tones = {ReadingState.ACCEPTED: "fine", ReadingState.DECLINED: "failed"}
    return ReadingRow(
        id=str(one.id),
        month=say_month(one.period),
        zone=_zone(one.zone, meter),
        meter=name,
        value=say_reading(one.value),
        used="" if one.use is None else say_quantity(one.use, meter.unit),
        given=_given(one, viewer),
        state=say_state(one.state),
        tone=tones.get(one.state, "plain"),
        reason=one.declined_because,
        corrected=[
            _("{value}, {given}").format(
                value=say_quantity(earlier.value, meter.unit), given=_given(earlier, viewer)
            )
            for earlier in one.corrected
        ],
    )


def _given(one: PastReading, viewer: UUID) -> str:
    return say_given(one.taken_on, one.source, by=one.resident_id, viewer=viewer)


def _zone(number: int, meter: MeterHistory) -> str:
    return say_zone(number, len(meter.zones)) if len(meter.zones) > 1 else ""


def _charts(line: Line, view: str, *, whole: bool) -> list[Chart]:
    """What was used, month by month; nothing to see in a single month."""
    newest, months = line.newest_month, line.by_month()
    if newest is None or len(months) < 2:
        return []
    unit = say_unit(line.newest.unit)
    if view == "years":
        first = _against_a_year_ago(months, newest, unit)
    elif view == "zones" and len(line.zones) > 1:
        first = _by_zone(line, last_months(newest, SHOWN))
    else:
        first = _by_month(months, last_months(newest, MONTHS - 1 if whole else SHOWN), unit)
    years = yearly(months)
    return [first, _by_year(years, unit)] if whole and len(years) > 1 else [first]


def _by_month(months: ByMonth, shown: list[date], unit: str) -> Chart:
    known = [period for period in shown if period >= min(months)]
    return Chart(
        _("Used by month, {unit}").format(unit=unit), unit, [_point(period, months, unit) for period in known]
    )


def _against_a_year_ago(months: ByMonth, newest: date, unit: str) -> Chart:
    points = [_point(period, months, unit) for period in last_months(newest, 12)]
    for point, period in zip(points, last_months(add_months(newest, -12), 12), strict=True):
        point.before, point.before_words = float(months.get(period, 0)), _words(period, months, unit)
    return Chart(
        _("Used by month and a year ago, {unit}").format(unit=unit), _("this year"), points, _("a year ago")
    )


def _by_zone(line: Line, shown: list[date]) -> Chart:
    unit, whole = line.newest.unit, line.by_month()
    zones = {zone: line.by_month(zone) for zone in line.zones}
    points = [_point(period, whole, unit) for period in shown if period >= min(whole)]
    for point, period in zip(points, [one for one in shown if one >= min(whole)], strict=True):
        point.parts = [float(months.get(period, 0)) for months in zones.values()]
        point.parts_words = [_words(period, months, unit) for months in zones.values()]
    return Chart(
        _("Used by month and zone, {unit}").format(unit=unit),
        _("together"),
        points,
        parts=[say_zone(zone, len(zones)) for zone in zones],
    )


def _by_year(years: dict[int, Decimal], unit: str) -> Chart:
    points = [Point(str(year), float(use), say_quantity(use, unit), str(year)) for year, use in years.items()]
    return Chart(_("Used by year, {unit}").format(unit=unit), unit, points, label_name=_("Year"))


def _point(period: date, months: ByMonth, unit: str) -> Point:
    return Point(
        say_short_month(period),
        float(months.get(period, 0)),
        _words(period, months, unit),
        say_month(period),
    )


def _words(period: date, months: ByMonth, unit: str) -> str:
    return say_quantity(months[period], unit) if period in months else _("no data")
