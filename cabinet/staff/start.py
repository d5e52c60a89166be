"""The first page of the staff: what came in today, what waits, the last 30 days, and the first steps."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from babel.dates import format_timedelta
from babel.numbers import format_decimal
from sqlmodel import select
from starlette.requests import Request
from starlette.responses import Response
from starlette_admin import CustomView
from starlette_admin.routing import route

from cabinet.accounts.models import Account
from cabinet.i18n import N_, _, current_locale
from cabinet.kit.dates import now, say_date, say_day
from cabinet.kit.money import format_amount
from cabinet.residents.person import Permission
from cabinet.staff.charts import HEIGHT, WIDTH, bars
from cabinet.staff.figures import DAYS, Day, Series, find_series, find_waiting
from cabinet.staff.gate import Desk, desk_of
from cabinet.staff.words import later

_ADD_COLLEAGUES = (Permission.SEE_STAFF, Permission.MANAGE_STAFF)
_ADD_REGISTRIES = (Permission.SEE_REGISTRIES, Permission.IMPORT_REGISTRIES)


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do on a fresh installation; without a link it is done elsewhere, as the text says."""

    title: str
    text: str
    link: str
    done: bool


class Home(CustomView):
    """The first page."""

    menu_label = later(N_("Home"))
    icon = "fa-solid fa-house"
    path = "/"
    route_name = "index"
    add_to_menu = False

    def title(self, request: Request) -> str:
        """What stands on the browser's tab."""
        return _("Today")

    @route("")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def index(self, request: Request) -> Response:
        """Render the page."""
        desk, session = desk_of(request), request.state.session
        series = await find_series(desk, session=session)
        waiting, oldest = await find_waiting(desk, session=session)
        admin = cast(Any, self._admin)
        facts = {
            "title": self.title(request),
            "series": series,
            "waiting": waiting,
            "oldest": _say_age(oldest),
            "steps": await _first_steps(desk, session, admin.entries()),
            "today": say_date(series[0].today.day) if series else "",
            "days": DAYS,
            "bars": bars,
            "width": WIDTH,
            "height": HEIGHT,
            "say": _,
            "day": say_day,
            "number": _number,
            "shown": _shown,
            "total": _total,
            "money": format_amount,
            "tip": _tip,
            "words": WORDS,
        }
        return admin._template_response(request, "home.html", facts)


WORDS: dict[str, Any] = {
    "waits": later(N_("Waits for somebody")),
    "came_today": later(N_("Came in today")),
    "week_ago": later(N_("a week ago, the whole day:")),
    "oldest": later(N_("the oldest waits for")),
    "last_days": later(N_("The last 30 days")),
    "in_all": later(N_("in all")),
    "as_table": later(N_("As a table")),
    "day": later(N_("Day")),
    "count": later(N_("Count")),
    "sum": later(N_("Sum")),
    "begin": later(N_("Where to begin")),
    "done": later(N_("Done")),
}


async def _first_steps(desk: Desk, session: Any, entries: list[Any]) -> list[Step]:
    """For who can set an installation up, until there is a provider with accounts."""
    if not desk.person.may(Permission.ADD_PROVIDERS):
        return []
    has_accounts = (await session.exec(select(Account.id).limit(1))).first() is not None
    if desk.providers and has_accounts:
        return []
    return [
        Step(
            _("Add a provider"),
            _("Its name, the pattern of its account numbers and its bank details."),
            "/admin/providers/create",
            bool(desk.providers),
        ),
        Step(
            _("Create colleagues"),
            _("A clerk for each provider, support agents, an auditor."),
            _entry(entries, _ADD_COLLEAGUES),
            False,
        ),
        Step(
            _("Import a registry"),
            _("Accounts, meters and bills come with the provider's files."),
            _entry(entries, _ADD_REGISTRIES),
            has_accounts,
        ),
    ]


def _entry(entries: list[Any], permissions: tuple[Permission, ...]) -> str:
    """The address of the page that a permission opens; empty if there is none."""
    for view in entries:
        if getattr(view, "permission", None) in permissions:
            key = getattr(view, "key", None)
            return f"/admin/{key}/list" if key else f"/admin{view.path}"
    return ""


def _number(count: int) -> str:
    return format_decimal(count, locale=current_locale())


def _shown(series: Series, day: Day) -> str:
    """What a chart and its table say of a day."""
    return format_amount(day.sum_minor) if series.kind.is_money else _number(day.count)


def _total(series: Series) -> str:
    total = sum(series.values())
    return format_amount(total) if series.kind.is_money else _number(total)


def _tip(series: Series, day: Day) -> str:
    return f"{say_day(day.day)}: {_shown(series, day)}"


def _say_age(since: datetime | None) -> str:
    return format_timedelta(now() - since, locale=current_locale()) if since else ""
