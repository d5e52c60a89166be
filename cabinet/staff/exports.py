"""Registries for providers: what waits, making one, handing it over again, confirming it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette_admin.routing import route

from cabinet.audit.service import record
from cabinet.database import unit_of_work
from cabinet.errors import CabinetError, Forbidden, NotFound
from cabinet.exchange.exports import service as exports
from cabinet.exchange.exports.errors import WrongFormat, WrongPeriod, say_failure
from cabinet.exchange.exports.files import FORMATS, check_seal, checked_encoding, file_name, written
from cabinet.exchange.exports.folder import DIFFERS
from cabinet.exchange.exports.jobs import deliver_export
from cabinet.exchange.exports.models import ExportKind, ExportState, ExportWay, RegistryExport
from cabinet.exchange.exports.service import ExportWish, Waiting
from cabinet.exchange.rows import RegistryFormat
from cabinet.i18n import N_, _
from cabinet.jobs import defer
from cabinet.kit.dates import now
from cabinet.kit.text import group_digits
from cabinet.meters.words import say_reading
from cabinet.residents.person import Permission
from cabinet.staff.desk_view import finish_reading, note
from cabinet.staff.export_words import (
    ENCODING_NAMES,
    EXPORT_FORMATS,
    EXPORT_KINDS,
    EXPORT_STATES,
    EXPORT_WAYS,
    EXPORT_WORDS,
    ROW_CAUSES,
)
from cabinet.staff.gate import Desk, desk_of
from cabinet.staff.menu import Section
from cabinet.staff.money_view import done, fields_of, id_in_path
from cabinet.staff.money_words import MONEY_WORDS
from cabinet.staff.words import later
from cabinet.staff.work_view import BASE, WorkView, as_id, asked_id, own_provider, with_query
from cabinet.staff.work_words import METER_KINDS, WORK_WORDS

HERE = f"{BASE}/exports"
PAGE = 30
SHOWN_ROWS = 25
_CHUNK = 64 * 1024
_TYPES = {
    RegistryFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    RegistryFormat.JSON: "application/json",
    RegistryFormat.CSV: "text/csv",
    RegistryFormat.DBF: "application/octet-stream",
}


class ExportsView(WorkView):
    """Registries out."""

    menu_label = later(N_("Registries for providers"))
    icon = "fa-solid fa-file-export"
    section = Section.EXCHANGE
    path = "/exports"
    route_name = "exports"
    permission = Permission.SEE_REGISTRIES

    @route("")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def index(self, request: Request) -> Response:
        """A form and the registries made; what waits is fetched by the page."""
        return await self._list(request, _usual_form(request))

    async def _list(
        self, request: Request, form: dict[str, str], error: str = "", content: Any = None
    ) -> Response:
        session, asked = request.state.session, request.query_params
        chosen, shown = _shown(request)
        kind, skip = asked.get("kind", ""), _number(asked.get("skip", ""))
        named = asked.get("q", "").replace("\x00", "")[:40]
        found = await exports.exports_of(
            shown,
            session=session,
            kind=ExportKind(kind) if kind in set(ExportKind) else None,
            words=named,
            skip=skip,
            limit=PAGE + 1,
        )
        query = {"provider": asked.get("provider", ""), "kind": kind, "q": named}
        return self.render(
            request,
            "exports.html",
            error,
            form=form,
            content=content,
            chosen=chosen,
            shown=shown,
            exports=found[:PAGE],
            query=query,
            next_page=with_query(HERE, **query, skip=skip + PAGE) if len(found) > PAGE else "",
            first_page=with_query(HERE, **query) if skip else "",
            **words(),
        )

    @route("/waiting", name="exports-waiting")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def waiting(self, request: Request) -> Response:
        """What is in no registry yet: seconds of counting in a large city. A page, or its rows for the list."""
        desk, (_chosen, shown) = desk_of(request), _shown(request)
        template = "exports_rows.html" if "rows" in request.query_params else "exports_waiting.html"
        waiting = await _waiting(shown, desk, request.state.session)
        return self.render(request, template, title=EXPORT_WORDS["waiting"], waiting=waiting, **words())

    @route("/make", methods=["POST"], name="exports-make")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def make(self, request: Request) -> Response:
        """Show what would be handed over, or hand it over."""
        form, desk = await fields_of(request), desk_of(request)
        try:
            provider_id, wish = _wish(form, desk)
            if form.get("do") == "make":
                await finish_reading(request)
                made = await _make(provider_id, wish, desk)
                return RedirectResponse(with_query(f"{HERE}/{made}", said="made"), status_code=303)
            content = await exports.preview_export(
                provider_id, wish, by=desk.person, session=request.state.session
            )
        except (NotFound, Forbidden) as problem:
            raise HTTPException(403 if isinstance(problem, Forbidden) else 404) from None
        except CabinetError as problem:
            return await self._list(request, form, problem.message())
        return await self._list(request, form, content=content)

    @route("/{export_id}", name="export")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def show(self, request: Request) -> Response:
        """One registry with its sums, its file and its first rows, which name people."""
        await note(request, "view", "registry_export", (await _own(request)).id)
        return await self._show(request)

    async def _show(self, request: Request, error: str = "") -> Response:
        export = await _own(request)
        return self.render(
            request,
            "export.html",
            error,
            title=f"{EXPORT_WORDS['registry_no']} {export.number}",
            export=export,
            formats=[one for one in FORMATS[export.kind] if one is not export.format],
            rows=await exports.rows_of_export(export.id, session=request.state.session, limit=SHOWN_ROWS),
            **words(),
        )

    @route("/{export_id}/file", name="export-file")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def file(self, request: Request) -> Response:
        """The registry as it was handed over, or the same rows in another format."""
        export, desk = await _own(request), desk_of(request)
        wanted = request.query_params.get("format", export.format.value)
        try:
            return await _download(request, export, wanted, desk)
        except CabinetError as problem:
            return await self._show(request, problem.message())

    @route("/{export_id}/confirm", methods=["POST"], name="export-confirm")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def confirm(self, request: Request) -> Response:
        """The provider says that it has it."""
        export_id, desk = id_in_path(request, "export_id"), desk_of(request)
        answer = await done(
            request, _confirm(export_id, desk), with_query(f"{HERE}/{export_id}", said="confirmed")
        )
        return await self._show(request, answer) if isinstance(answer, str) else answer

    @route("/{export_id}/again", methods=["POST"], name="export-again")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def again(self, request: Request) -> Response:
        """Try to put it into the folder once more; a job does it."""
        export_id, desk = id_in_path(request, "export_id"), desk_of(request)
        answer = await done(request, _again(export_id, desk), f"{HERE}/{export_id}")
        return await self._show(request, answer) if isinstance(answer, str) else answer


def words() -> dict[str, Any]:
    """What the templates of registries say."""
    return {
        "w": WORK_WORDS | MONEY_WORDS | EXPORT_WORDS,
        "here": HERE,
        "kinds": EXPORT_KINDS,
        "states": EXPORT_STATES,
        "ways": EXPORT_WAYS,
        "format_names": EXPORT_FORMATS,
        "encodings": ENCODING_NAMES,
        "causes": ROW_CAUSES,
        "meter_kinds": METER_KINDS,
        "say_number": group_digits,
        "say_value": say_reading,
        "say_failure": _say_failure,
        "with_query": with_query,
        "ExportKind": ExportKind,
        "ExportState": ExportState,
    }


def _say_failure(name: str) -> str:
    if name == DIFFERS:
        return _("The file can no longer be made as it was. Tell the engineer.")
    return say_failure(name)


def _usual_form(request: Request) -> dict[str, str]:
    desk = desk_of(request)
    provider_id = asked_id(request, "provider") or desk.person.provider_id
    return {"provider_id": str(provider_id or ""), "kind": request.query_params.get("kind", "")}


def _shown(request: Request) -> tuple[UUID | None, list[UUID]]:
    """The provider that was chosen, and whose registries are shown. Raises 404 for one of others."""
    desk = desk_of(request)
    chosen = own_provider(desk, asked_id(request, "provider"))
    return chosen, [chosen] if chosen else list(desk.providers)


async def _waiting(
    provider_ids: list[UUID], desk: Desk, session: Any
) -> list[tuple[UUID, ExportKind, Waiting]]:
    """What is in no registry yet, where there is something."""
    found: list[tuple[UUID, ExportKind, Waiting]] = []
    for provider_id in provider_ids:
        for kind in ExportKind:
            wish = ExportWish(kind, FORMATS[kind][0])
            _since, _until, waits = await exports.preview_export(
                provider_id, wish, by=desk.person, session=session
            )
            if waits.rows:
                found.append((provider_id, kind, waits))
    return found


def _wish(form: dict[str, str], desk: Desk) -> tuple[UUID, ExportWish]:
    """What was asked for. Raises NotFound, WrongFormat, WrongPeriod."""
    provider_id = as_id(form.get("provider_id", ""))
    if provider_id is None or provider_id not in desk.providers:
        raise NotFound
    zone = ZoneInfo(desk.providers[provider_id].timezone)
    since, until = _midnight(form, "first_day", zone), _midnight(form, "last_day", zone, 1)
    return provider_id, ExportWish(
        kind=chosen(ExportKind, form.get("kind", "")),
        format=chosen(RegistryFormat, form.get("format", "")),
        encoding=form.get("encoding", ""),
        since=since,
        until=min(until, now()) if until else None,
        even_empty=bool(form.get("even_empty")),
    )


def chosen(values: Any, text: str) -> Any:
    """The member of the list. Raises WrongFormat."""
    try:
        return values(text)
    except ValueError:
        raise WrongFormat from None


def _midnight(form: dict[str, str], name: str, zone: ZoneInfo, later_by: int = 0) -> datetime | None:
    typed = form.get(name, "").strip()
    if not typed:
        return None
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        raise WrongPeriod from None
    if not date(2000, 1, 1) <= day <= date(2200, 1, 1):
        raise WrongPeriod
    return datetime.combine(day + timedelta(days=later_by), time(), zone)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 8 else 0


async def _own(request: Request) -> RegistryExport:
    try:
        return await exports.find_export(
            id_in_path(request, "export_id"),
            Permission.SEE_REGISTRIES,
            by=desk_of(request).person,
            session=request.state.session,
        )
    except NotFound:
        raise HTTPException(404) from None


async def _make(provider_id: UUID, wish: ExportWish, desk: Desk) -> UUID:
    async with unit_of_work() as session:
        made = await exports.make_export(
            provider_id, wish, by=desk.person, session=session, address=desk.address
        )
        return made.id


async def _confirm(export_id: UUID, desk: Desk) -> None:
    async with unit_of_work() as session:
        await exports.confirm_export(export_id, by=desk.person, session=session, address=desk.address)


async def _again(export_id: UUID, desk: Desk) -> None:
    async with unit_of_work() as session:
        export = await exports.find_export(
            export_id, Permission.EXPORT_REGISTRIES, by=desk.person, session=session
        )
        if export.way is ExportWay.FOLDER:
            await defer(deliver_export, session=session, export_id=str(export_id))
            facts = {"number": export.number}
            await record(
                desk.person.id,
                "retry",
                "registry_export",
                export_id,
                None,
                facts,
                desk.address,
                session=session,
            )


async def _download(request: Request, export: RegistryExport, wanted: str, desk: Desk) -> Response:
    """Write the file whole before the answer begins, so that a problem can still be said."""
    format = chosen(RegistryFormat, wanted)
    is_original = format is export.format
    encoding = export.encoding if is_original else checked_encoding(export.kind, format, "")
    async with AsyncExitStack() as stack:
        path = await stack.enter_async_context(
            written(export, format, encoding, session=request.state.session)
        )
        if is_original:
            await check_seal(export, path)
        await finish_reading(request)
        await _note_download(export, format, desk)
        size, kept = path.stat().st_size, stack.pop_all()
    headers = {
        "Content-Disposition": f'attachment; filename="{file_name(export, format)}"',
        "Content-Length": str(size),
        "Cache-Control": "no-store",
    }
    kind = _TYPES.get(format, f"text/plain; charset={encoding}")
    return StreamingResponse(_chunks(path, kept), media_type=kind, headers=headers)


async def _chunks(path: Path, kept: AsyncExitStack) -> AsyncIterator[bytes]:
    """The file in parts; it is gone when the last is sent, or the reader is."""
    async with kept:
        with path.open("rb") as file:
            while part := file.read(_CHUNK):
                yield part


async def _note_download(export: RegistryExport, format: RegistryFormat, desk: Desk) -> None:
    """In the audit; and who may hand registries over has fetched it."""
    facts = {"number": export.number, "format": format, "rows": export.rows}
    async with unit_of_work() as session:
        await record(
            desk.person.id,
            "download_export",
            "registry_export",
            export.id,
            None,
            facts,
            desk.address,
            session=session,
        )
        if desk.person.may(Permission.EXPORT_REGISTRIES):
            await exports.mark_delivered(export.id, by=desk.person, session=session, address=desk.address)
