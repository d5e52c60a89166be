"""Schedules of registries for providers, and which readings are handed over."""

from typing import Any
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette_admin.routing import route

from cabinet.database import unit_of_work
from cabinet.errors import CabinetError, NotFound
from cabinet.exchange.exports import schedules
from cabinet.exchange.exports import service as exports
from cabinet.exchange.exports.errors import CannotRepeat, WrongFormat
from cabinet.exchange.exports.models import ExportKind, ExportSchedule, ExportWay, ReadingsChoice, Rhythm
from cabinet.exchange.exports.schedules import ScheduleWish
from cabinet.exchange.rows import RegistryFormat
from cabinet.i18n import N_, _
from cabinet.kit.dates import say_moment
from cabinet.residents.person import Permission
from cabinet.staff.export_words import EXPORT_WORDS, READINGS_CHOICES, RHYTHMS
from cabinet.staff.exports import HERE as REGISTRIES
from cabinet.staff.exports import chosen, words
from cabinet.staff.gate import Desk, desk_of
from cabinet.staff.menu import Section
from cabinet.staff.money_view import done, fields_of, id_in_path
from cabinet.staff.words import later
from cabinet.staff.work_view import BASE, WorkView, as_id, asked_id, own_provider, with_query

HERE = f"{BASE}/export-schedules"
_WEEKDAYS = (
    N_("on Mondays"),
    N_("on Tuesdays"),
    N_("on Wednesdays"),
    N_("on Thursdays"),
    N_("on Fridays"),
    N_("on Saturdays"),
    N_("on Sundays"),
)


class ExportSchedulesView(WorkView):
    """Registries that are made by themselves."""

    menu_label = later(N_("Schedules of registries"))
    icon = "fa-solid fa-clock"
    section = Section.EXCHANGE
    path = "/export-schedules"
    route_name = "export-schedules"
    permission = Permission.SEE_REGISTRIES
    add_to_menu = False

    @route("")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def index(self, request: Request) -> Response:
        """Every schedule with its next time."""
        return await self._list(request)

    async def _list(self, request: Request, error: str = "") -> Response:
        desk, session = desk_of(request), request.state.session
        asked = own_provider(desk, asked_id(request, "provider"))
        shown = [asked] if asked else list(desk.providers)
        return self.render(
            request,
            "export_schedules.html",
            error,
            chosen=asked,
            schedules=await schedules.schedules_of(shown, session=session),
            choices={one: await exports.readings_choice(one, session=session) for one in shown},
            say_when=say_when,
            say_next=lambda one: _say_next(one, desk),
            **_words(),
        )

    @route("/new", methods=["GET", "POST"], name="export-schedule-new")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def new(self, request: Request) -> Response:
        """An empty form, or what was written."""
        if request.method == "POST":
            return await self._take(request, None)
        provider_id = asked_id(request, "provider") or desk_of(request).person.provider_id
        return self._form(request, None, {"provider_id": str(provider_id or "")})

    @route("/{schedule_id}", methods=["GET", "POST"], name="export-schedule")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def edit(self, request: Request) -> Response:
        """One schedule and its form."""
        schedule = await self._own(request)
        if request.method == "POST":
            return await self._take(request, schedule)
        return self._form(request, schedule, _form_of(schedule))

    @route("/{schedule_id}/switch", methods=["POST"], name="export-schedule-switch")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def switch(self, request: Request) -> Response:
        """Off or on."""
        schedule_id, form = id_in_path(request, "schedule_id"), await fields_of(request)
        work = _switch(schedule_id, form.get("active") == "on", desk_of(request))
        answer = await done(request, work, with_query(HERE, said="saved"))
        return await self._list(request, answer) if isinstance(answer, str) else answer

    @route("/readings/{provider_id}", methods=["POST"], name="export-readings-choice")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def readings(self, request: Request) -> Response:
        """Which readings the provider is handed."""
        provider_id, form = id_in_path(request, "provider_id"), await fields_of(request)
        work = _choose(provider_id, form.get("readings", ""), desk_of(request))
        answer = await done(request, work, with_query(HERE, said="saved"))
        return await self._list(request, answer) if isinstance(answer, str) else answer

    async def _take(self, request: Request, schedule: ExportSchedule | None) -> Response:
        form = await fields_of(request)
        work = _save(schedule.id if schedule else None, form, desk_of(request))
        answer = await done(request, work, with_query(HERE, said="saved"))
        return self._form(request, schedule, form, answer) if isinstance(answer, str) else answer

    def _form(
        self, request: Request, schedule: ExportSchedule | None, form: dict[str, str], error: str = ""
    ) -> Response:
        if not desk_of(request).person.may(Permission.EXPORT_REGISTRIES):
            raise HTTPException(403)
        return self.render(
            request,
            "export_schedule.html",
            error,
            title=EXPORT_WORDS["edit_schedule" if schedule else "add_schedule"],
            schedule_id=schedule.id if schedule else None,
            form=form,
            **_words(),
        )

    async def _own(self, request: Request) -> ExportSchedule:
        try:
            schedule = await schedules.find_schedule(
                id_in_path(request, "schedule_id"),
                Permission.SEE_REGISTRIES,
                by=desk_of(request).person,
                session=request.state.session,
            )
        except NotFound:
            raise HTTPException(404) from None
        request.state.session.expunge(schedule)
        return schedule


def _words() -> dict[str, Any]:
    return words() | {"rhythms": RHYTHMS, "readings_choices": READINGS_CHOICES, "registries": REGISTRIES}


def say_when(schedule: ExportSchedule) -> str:
    """«каждый день в 06:00», by the provider's clock."""
    hour = f"{schedule.hour:02d}:00"
    match schedule.rhythm:
        case Rhythm.DAILY:
            return _("every day at {hour}").format(hour=hour)
        case Rhythm.WEEKLY:
            return _("{weekday} at {hour}").format(weekday=_(_WEEKDAYS[schedule.day - 1]), hour=hour)
        case Rhythm.MONTHLY:
            return _("on day {day} of each month at {hour}").format(day=schedule.day, hour=hour)


def _say_next(schedule: ExportSchedule, desk: Desk) -> str:
    zone = desk.providers[schedule.provider_id].timezone
    return say_moment(schedules.next_moment(schedule, zone), zone)


def _form_of(schedule: ExportSchedule) -> dict[str, str]:
    return {
        "provider_id": str(schedule.provider_id),
        "kind": schedule.kind.value,
        "format": schedule.format.value,
        "encoding": schedule.encoding,
        "rhythm": schedule.rhythm.value,
        "day": str(schedule.day),
        "hour": str(schedule.hour),
        "way": schedule.way.value,
        "even_empty": "on" if schedule.even_empty else "",
    }


def _wish(form: dict[str, str]) -> ScheduleWish:
    """What was written. Raises WrongFormat, CannotRepeat."""
    day, hour = form.get("day", "1").strip() or "1", form.get("hour", "").strip()
    if not (day.isdecimal() and hour.isdecimal() and len(day) < 3 and len(hour) < 3):
        raise CannotRepeat
    return ScheduleWish(
        kind=chosen(ExportKind, form.get("kind", "")),
        format=chosen(RegistryFormat, form.get("format", "")),
        encoding=form.get("encoding", ""),
        rhythm=chosen(Rhythm, form.get("rhythm", "")),
        day=int(day),
        hour=int(hour),
        way=chosen(ExportWay, form.get("way", "")),
        even_empty=bool(form.get("even_empty")),
    )


async def _save(schedule_id: UUID | None, form: dict[str, str], desk: Desk) -> None:
    wish = _wish(form)
    async with unit_of_work() as session:
        if schedule_id is not None:
            await schedules.change_schedule(
                schedule_id, wish, by=desk.person, session=session, address=desk.address
            )
            return
        provider_id = as_id(form.get("provider_id", ""))
        if provider_id is None:
            raise NoProvider
        await schedules.add_schedule(provider_id, wish, by=desk.person, session=session, address=desk.address)


class NoProvider(CabinetError):
    """Nobody said whose registry it is."""

    code = "no_provider"
    field = "provider_id"

    def message(self) -> str:
        """What to do."""
        return _("Choose the provider.")


async def _switch(schedule_id: UUID, active: bool, desk: Desk) -> None:
    async with unit_of_work() as session:
        await schedules.switch_schedule(
            schedule_id, active, by=desk.person, session=session, address=desk.address
        )


async def _choose(provider_id: UUID, choice: str, desk: Desk) -> None:
    if choice not in set(ReadingsChoice):
        raise WrongFormat
    async with unit_of_work() as session:
        await exports.choose_readings(
            provider_id, ReadingsChoice(choice), by=desk.person, session=session, address=desk.address
        )
