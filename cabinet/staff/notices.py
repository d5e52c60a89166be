"""Notices: writing, looking at them as residents do, withdrawing."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import col, select
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette_admin.routing import route

from cabinet.database import unit_of_work
from cabinet.errors import CabinetError, Forbidden, NotFound
from cabinet.i18n import N_, _, use_locale
from cabinet.kit.dates import now, say_moment
from cabinet.notices.errors import BadNotice
from cabinet.notices.models import Notice, NoticeKind
from cabinet.notices.service import HOME_ZONE, NoticeView
from cabinet.notices.words import say_kind, say_when
from cabinet.notices.writing import (
    NoticeValues,
    Reach,
    reach_of,
    save_notice,
    withdraw_notice,
)
from cabinet.residents.person import Permission
from cabinet.staff.desk_view import finish_reading
from cabinet.staff.gate import Desk, desk_of
from cabinet.staff.menu import Section
from cabinet.staff.money_view import act, done, fields_of, id_in_path
from cabinet.staff.words import later
from cabinet.staff.work_view import BASE, WorkView, as_id
from cabinet.staff.work_words import NOTICE_KINDS, WORK_WORDS

SHOWN = 100
_USUAL_DAYS = 7
_TIMES = ("happens_from", "happens_until", "shown_from", "shown_until")


class BadMoment(CabinetError):
    """A date or an hour is not one."""

    code = "bad_moment"

    def __init__(self, field: str) -> None:
        super().__init__()
        self.field = field

    def message(self) -> str:
        """How to enter it."""
        return _("Choose the day and the hour.")


class NoticesView(WorkView):
    """News and outages."""

    menu_label = later(N_("Notices"))
    icon = "fa-solid fa-bullhorn"
    section = Section.PEOPLE
    path = "/notices"
    route_name = "notices"
    permission = Permission.SEE_NOTICES

    @route("")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def index(self, request: Request) -> Response:
        """The latest notices."""
        desk = desk_of(request)
        wanted = select(Notice).order_by(col(Notice.shown_from).desc(), col(Notice.id)).limit(SHOWN)
        if not desk.sees_all:
            wanted = wanted.where(Notice.provider_id == desk.person.provider_id)
        rows: Sequence[Notice] = (await request.state.session.exec(wanted)).all()
        return self.render(
            request, "notices.html", notices=rows, say_state=say_state, kinds=NOTICE_KINDS, moments=_moment
        )

    @act("/new", Permission.EDIT_NOTICES, name="notice-new", methods=("GET", "POST"))
    async def new(self, request: Request) -> Response:
        """An empty form, or what was written."""
        if request.method == "POST":
            return await self._take(request, None)
        return await self._form(request, None, _usual(desk_of(request)))

    @route("/{notice_id:uuid}", name="notice")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def notice(self, request: Request) -> Response:
        """One notice, and its form for those who may change it."""
        notice = await self._own(request)
        return await self._form(request, notice, _form_of(notice, desk_of(request)))

    @act("/{notice_id:uuid}", Permission.EDIT_NOTICES, name="notice-edit")
    async def edit(self, request: Request) -> Response:
        """Change it, or look at the change."""
        return await self._take(request, await self._own(request))

    @act("/{notice_id}/withdraw", Permission.EDIT_NOTICES, name="notice-withdraw")
    async def withdraw(self, request: Request) -> Response:
        """Show it to nobody any more."""
        notice, desk = await self._own(request), desk_of(request)
        form = _form_of(notice, desk)
        answer = await done(request, _withdraw(notice.id, desk), f"{BASE}/notices")
        return await self._form(request, notice, form, answer) if isinstance(answer, str) else answer

    async def _own(self, request: Request) -> Notice:
        notice = await request.state.session.get(Notice, id_in_path(request, "notice_id"))
        if notice is None or not desk_of(request).person.serves(notice.provider_id):
            raise HTTPException(404)
        request.state.session.expunge(notice)
        return notice

    async def _take(self, request: Request, notice: Notice | None) -> Response:
        """Save it, or show the form again: with a problem at its field, or with the preview that was asked for."""
        form, desk = await fields_of(request), desk_of(request)
        await finish_reading(request)
        try:
            values = _values(form, desk)
            if form.get("do") == "preview":
                return await self._form(request, notice, form, preview=values)
            await _save(notice.id if notice else None, values, desk)
        except NotFound:
            raise HTTPException(404) from None
        except Forbidden:
            raise HTTPException(403) from None
        except CabinetError as problem:
            return await self._form(request, notice, form, problem)
        return RedirectResponse(f"{BASE}/notices", status_code=303)

    async def _form(
        self,
        request: Request,
        notice: Notice | None,
        form: dict[str, str],
        problem: CabinetError | str = "",
        preview: NoticeValues | None = None,
    ) -> Response:
        desk = desk_of(request)
        shown = preview or (_values(form, desk) if notice and not problem else None)
        reach = await _reach(desk, shown, request) if shown else None
        return self.render(
            request,
            "notice.html",
            problem if isinstance(problem, str) else problem.message(),
            title=WORK_WORDS["edit_notice" if notice else "new_notice"],
            notice=notice,
            form=form,
            problems=_problems(problem),
            kinds=NOTICE_KINDS,
            reach=reach,
            previews=_previews(shown, desk) if shown else [],
            state=say_state(notice) if notice else "",
        )


def say_state(notice: Notice) -> str:
    """Whether residents see it."""
    moment = now()
    if notice.withdrawn_at is not None:
        return str(WORK_WORDS["withdrawn"])
    if moment < notice.shown_from:
        return str(WORK_WORDS["is_to_come"])
    return str(WORK_WORDS["is_over" if moment >= notice.shown_until else "is_shown"])


def _moment(at: datetime, provider_id: UUID | None, desk: Desk) -> str:
    return say_moment(at, _zone(provider_id, desk).key)


def _zone(provider_id: UUID | None, desk: Desk) -> ZoneInfo:
    """The provider's own zone, in which its notices are dated; the operator's is Moscow's."""
    known = desk.providers.get(provider_id) if provider_id else None
    return ZoneInfo(known.timezone if known else HOME_ZONE)


def _problems(problem: CabinetError | str) -> dict[str, str]:
    if isinstance(problem, BadNotice):
        return problem.problems
    return {problem.field: problem.message()} if isinstance(problem, BadMoment) else {}


def _usual(desk: Desk) -> dict[str, str]:
    """What a new form begins with: news for a week, from now."""
    provider_id = None if desk.sees_all else desk.person.provider_id
    begins = now().astimezone(_zone(provider_id, desk))
    ends = datetime.combine(begins.date() + timedelta(days=_USUAL_DAYS), time(23, 59))
    return {
        "provider_id": str(provider_id or ""),
        "kind": NoticeKind.NEWS.value,
        "shown_from": begins.strftime("%Y-%m-%dT%H:%M"),
        "shown_until": ends.strftime("%Y-%m-%dT%H:%M"),
    }


def _form_of(notice: Notice, desk: Desk) -> dict[str, str]:
    zone = _zone(notice.provider_id, desk)
    times = {name: getattr(notice, name) for name in _TIMES}
    return {
        "provider_id": str(notice.provider_id or ""),
        "kind": notice.kind.value,
        "title_ru": notice.title_ru,
        "title_en": notice.title_en,
        "text_ru": notice.text_ru,
        "text_en": notice.text_en,
        "address_part": notice.address_part,
        "by_letter": "on" if notice.by_letter else "",
        **{name: at.astimezone(zone).strftime("%Y-%m-%dT%H:%M") if at else "" for name, at in times.items()},
    }


def _values(form: dict[str, str], desk: Desk) -> NoticeValues:
    """What was written. Raises BadMoment, NotFound for a provider that is not the person's."""
    chosen = form.get("provider_id", "")
    provider_id = as_id(chosen)
    if chosen and (provider_id is None or provider_id not in desk.providers):
        raise NotFound
    zone = _zone(provider_id, desk)
    times = {name: _moment_in(form, name, zone) for name in _TIMES}
    shown_from, shown_until = times["shown_from"], times["shown_until"]
    if shown_from is None or shown_until is None:
        raise BadMoment("shown_from" if shown_from is None else "shown_until")
    kind = form.get("kind", "")
    return NoticeValues(
        provider_id=provider_id,
        kind=NoticeKind(kind) if kind in set(NoticeKind) else NoticeKind.NEWS,
        title_ru=_line(form, "title_ru"),
        title_en=_line(form, "title_en"),
        text_ru=_text(form, "text_ru"),
        text_en=_text(form, "text_en"),
        address_part=_line(form, "address_part"),
        happens_from=times["happens_from"],
        happens_until=times["happens_until"],
        shown_from=shown_from,
        shown_until=shown_until,
        by_letter=bool(form.get("by_letter")),
    )


def _moment_in(form: dict[str, str], name: str, zone: ZoneInfo) -> datetime | None:
    typed = form.get(name, "").strip()
    if not typed:
        return None
    try:
        at = datetime.fromisoformat(typed)
    except ValueError:
        raise BadMoment(name) from None
    if at.tzinfo is not None or not date(2000, 1, 1) < at.date() < date(2200, 1, 1):
        raise BadMoment(name)
    return at.replace(tzinfo=zone)


def _line(form: dict[str, str], name: str) -> str:
    return " ".join(form.get(name, "").replace("\x00", "").split())


def _text(form: dict[str, str], name: str) -> str:
    return form.get(name, "").replace("\x00", "").replace("\r\n", "\n").strip()


async def _reach(desk: Desk, values: NoticeValues, request: Request) -> Reach | None:
    if not desk.person.serves(values.provider_id):
        return None
    return await reach_of(values.provider_id, values.address_part, session=request.state.session)


def _previews(values: NoticeValues, desk: Desk) -> list[dict[str, Any]]:
    """The notice as it will be read, in both languages."""
    known = desk.providers.get(values.provider_id) if values.provider_id else None
    view = NoticeView(
        id=UUID(int=0),
        kind=values.kind,
        provider_name=known.name if known else "",
        provider_name_en=known.name_en if known else "",
        title_ru=values.title_ru,
        title_en=values.title_en,
        text_ru=values.text_ru,
        text_en=values.text_en,
        happens_from=values.happens_from,
        happens_until=values.happens_until,
        shown_from=values.shown_from,
        timezone=_zone(values.provider_id, desk).key,
    )
    return [_preview(view, locale) for locale in ("ru", "en")]


def _preview(view: NoticeView, locale: str) -> dict[str, Any]:
    with use_locale(locale):
        return {
            "locale": locale,
            "is_outage": view.kind is NoticeKind.OUTAGE,
            "kind": say_kind(view.kind),
            "provider": view.provider_in(locale),
            "title": view.title_in(locale),
            "when": say_when(view),
            "text": view.text_in(locale),
        }


async def _save(notice_id: UUID | None, values: NoticeValues, desk: Desk) -> None:
    async with unit_of_work() as session:
        await save_notice(notice_id, values, by=desk.person, session=session, address=desk.address)


async def _withdraw(notice_id: UUID, desk: Desk) -> None:
    async with unit_of_work() as session:
        await withdraw_notice(notice_id, by=desk.person, session=session, address=desk.address)
