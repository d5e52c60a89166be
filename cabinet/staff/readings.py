"""Readings that residents have sent: accepting several, declining one with a reason."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import col, select
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette_admin.routing import route

from cabinet.database import unit_of_work
from cabinet.errors import CabinetError
from cabinet.exchange.exports.service import registry_of_reading
from cabinet.i18n import N_, _
from cabinet.kit.text import group_digits
from cabinet.kit.units import say_unit
from cabinet.meters.decisions import accept_readings, decline_reading
from cabinet.meters.models import ReadingSource, ReadingState
from cabinet.meters.words import say_reading, say_zone
from cabinet.residents.models import Resident
from cabinet.residents.person import Permission
from cabinet.staff.desk_view import note
from cabinet.staff.gate import Desk, desk_of
from cabinet.staff.menu import Section
from cabinet.staff.money_view import act, done, fields_of, id_in_path
from cabinet.staff.readings_queue import (
    PAGE,
    QueueRow,
    Wanted,
    find_reading,
    find_readings,
    readings_before,
)
from cabinet.staff.words import later
from cabinet.staff.work_view import BASE, WorkView, as_id, asked_id, desk_provider, own_provider, with_query
from cabinet.staff.work_words import DOUBTS, METER_KINDS, READING_SOURCES, READING_STATES, WORK_WORDS

_ANY_STATE = "any"


class NoneChosen(CabinetError):
    """Nothing was ticked."""

    code = "none_chosen"

    def message(self) -> str:
        """What to do."""
        return str(WORK_WORDS["none_chosen"])


class ReadingsView(WorkView):
    """The queue of submitted readings, and the decided ones."""

    menu_label = later(N_("Readings"))
    icon = "fa-solid fa-gauge"
    section = Section.READINGS
    place = 10
    path = "/readings"
    route_name = "readings"
    permission = Permission.SEE_METERS

    @route("")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def index(self, request: Request) -> Response:
        """A page of them, the odd ones first."""
        return await self._list(request)

    async def _list(self, request: Request, error: str = "") -> Response:
        wanted = _wanted(request)
        rows, more = await find_readings(wanted, session=request.state.session)
        await note(request, "list", "reading", "", {"q": _query(request), "rows": len(rows)})
        return self.render(
            request,
            "readings.html",
            error,
            rows=rows,
            wanted=wanted,
            period=wanted.period.strftime("%Y-%m") if wanted.period else "",
            query=_query(request),
            next_page=with_query(f"{BASE}/readings", **_query(request), skip=wanted.skip + PAGE)
            if more
            else "",
            first_page=with_query(f"{BASE}/readings", **_query(request)) if wanted.skip else "",
            **_words(),
        )

    @act("/accept", Permission.DECIDE_READINGS, name="readings-accept")
    async def accept(self, request: Request) -> Response:
        """Take the chosen ones over."""
        form = await request.form()
        ids = [known for one in form.getlist("id") if isinstance(one, str) and (known := as_id(one))]
        taken: list[UUID] = []
        back = with_query(f"{BASE}/readings", **_query(request))
        answer = await done(request, _accept(ids, desk_of(request), desk_provider(request), taken), back)
        if isinstance(answer, str):
            return await self._list(request, answer)
        said = {"accepted": len(taken), "skipped": len(set(ids)) - len(taken) or ""}
        answer.headers["location"] = with_query(f"{BASE}/readings", **_query(request), **said)
        return answer

    @route("/{reading_id}", name="reading")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def reading(self, request: Request) -> Response:
        """One reading with those before it."""
        return await self._show(request, id_in_path(request, "reading_id"))

    @act("/{reading_id}/decline", Permission.DECIDE_READINGS, name="reading-decline")
    async def decline(self, request: Request) -> Response:
        """Refuse it with a reason."""
        reading_id, form = id_in_path(request, "reading_id"), await fields_of(request)
        work = _decline(reading_id, form.get("reason", ""), desk_of(request), desk_provider(request))
        answer = await done(request, work, with_query(f"{BASE}/readings", **_query(request), declined=1))
        return await self._show(request, reading_id, answer) if isinstance(answer, str) else answer

    async def _show(self, request: Request, reading_id: UUID, error: str = "") -> Response:
        session = request.state.session
        row = await find_reading(reading_id, desk_provider(request), session=session)
        if row is None:
            raise HTTPException(404)
        await note(request, "view", "reading", reading_id)
        by = row.reading.decided_by
        return self.render(
            request,
            "reading.html",
            error,
            registry=await registry_of_reading(reading_id, session=session)
            if desk_of(request).person.may(Permission.SEE_REGISTRIES)
            else None,
            row=row,
            before=await readings_before(row, session=session),
            decided_by=await _name(by, session) if by else "",
            is_waiting=row.reading.state is ReadingState.SUBMITTED,
            query=_query(request),
            **_words(),
        )


def _wanted(request: Request) -> Wanted:
    asked = request.query_params
    day = _day_in(asked.get("day", ""))
    state, skip = asked.get("state", ReadingState.SUBMITTED.value), asked.get("skip", "")
    return Wanted(
        provider_id=own_provider(desk_of(request), asked_id(request, "provider")),
        state=ReadingState(state) if state in set(ReadingState) else None,
        period=_month_in(asked.get("period", "")),
        words=asked.get("q", "").strip()[:100],
        source=ReadingSource(source) if (source := asked.get("source", "")) in set(ReadingSource) else None,
        sent_from=_midnight(day, desk_of(request)),
        sent_before=_midnight(day and day + timedelta(days=1), desk_of(request)),
        skip=int(skip) if skip.isdecimal() and len(skip) < 8 else 0,
    )


def _query(request: Request) -> dict[str, str]:
    """What was asked for, to be kept in links and after an act."""
    asked = request.query_params
    return {
        name: asked[name] for name in ("provider", "state", "period", "q", "source", "day") if asked.get(name)
    }


def _month_in(text: str) -> date | None:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        return None


def _day_in(text: str) -> date | None:
    """The day on which readings were sent, as the start page's figures name it."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1900 < day.year < date.max.year else None


def _midnight(day: date | None, desk: Desk) -> datetime | None:
    return datetime.combine(day, time(), ZoneInfo(desk.timezone)) if day else None


def _words() -> dict[str, Any]:
    return {
        "states": READING_STATES,
        "sources": READING_SOURCES,
        "kinds": METER_KINDS,
        "say_doubt": _say_doubt,
        "say_zone": say_zone,
        "say_value": _say_value,
        "say_number": group_digits,
        "any_state": _ANY_STATE,
        "with_query": with_query,
        "ReadingState": ReadingState,
    }


def _say_doubt(name: str) -> str:
    """The doubt in words; a name that is not known any more is shown as it is."""
    words = {doubt.value: word for doubt, word in DOUBTS.items()}
    return _(words[name]) if name in words else name


def _say_value(value: Decimal | None, row: QueueRow | None = None) -> str:
    if value is None:
        return "—"
    said = say_reading(round(value, 3)).replace("-", "\u2212")
    return f"{said}\u00a0{say_unit(row.meter.unit)}" if row else said


async def _name(resident_id: UUID, session: Any) -> str:
    found = await session.exec(
        select(Resident.full_name, Resident.email).where(col(Resident.id) == resident_id)
    )
    full_name, email = found.one()
    return full_name or email


async def _accept(ids: list[UUID], desk: Desk, provider_id: UUID | None, taken: list[UUID]) -> None:
    if not ids:
        raise NoneChosen
    async with unit_of_work() as session:
        taken += await accept_readings(
            ids, by=desk.person, session=session, provider_id=provider_id, address=desk.address
        )


async def _decline(reading_id: UUID, reason: str, desk: Desk, provider_id: UUID | None) -> None:
    async with unit_of_work() as session:
        await decline_reading(
            reading_id,
            reason.replace("\x00", ""),
            by=desk.person,
            session=session,
            provider_id=provider_id,
            address=desk.address,
        )
