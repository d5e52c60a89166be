"""Registries that come in: sending, recognising, the dry run, taking in, the report, taking back."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import IO, Any
from uuid import UUID

from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette_admin.routing import route

from cabinet.database import unit_of_work
from cabinet.errors import CabinetError, Forbidden, NotFound
from cabinet.exchange.formats.layout import Layout, Recognised
from cabinet.exchange.imports import applying, checking, files, receiving, rolling_back, service
from cabinet.exchange.imports.errors import RegistryTooLarge
from cabinet.exchange.imports.figures import Figures
from cabinet.exchange.imports.models import UNDER_WAY, ImportState, RegistryImport
from cabinet.exchange.imports.rejections import say_reason
from cabinet.exchange.rows import Column
from cabinet.i18n import N_
from cabinet.residents.person import Permission
from cabinet.settings import settings
from cabinet.staff.desk_view import finish_reading, note
from cabinet.staff.gate import Desk, desk_of
from cabinet.staff.imports_words import (
    COLUMNS,
    DELIMITERS,
    ENCODINGS,
    FIELDS,
    FORMATS,
    IMPORT_WORDS,
    PROBLEMS,
    STATES,
    upload_problem,
)
from cabinet.staff.menu import Section
from cabinet.staff.money_view import act, day_in, done, fields_of, id_in_path
from cabinet.staff.words import later
from cabinet.staff.work_view import BASE, WorkView, asked_id

_MAY_READ_ANOTHER_WAY = (
    ImportState.UPLOADED,
    ImportState.RECOGNISED,
    ImportState.CHECKED,
    ImportState.FAILED,
    ImportState.CANCELED,
)
_HAS_FIGURES = (
    ImportState.CHECKED,
    ImportState.APPLYING,
    ImportState.APPLIED,
    ImportState.ROLLING_BACK,
    ImportState.ROLLED_BACK,
)
_COLUMN = "column:"


class ImportsView(WorkView):
    """Registries that providers send."""

    section = Section.EXCHANGE
    menu_label = later(N_("Registries in"))
    icon = "fa-solid fa-file-import"
    path = "/imports"
    route_name = "imports"
    permission = Permission.SEE_REGISTRIES

    def render(self, request: Request, template: str, error: str = "", **facts: Any) -> Response:
        """The page with the words of registries."""
        shared = {"w": IMPORT_WORDS, "states": STATES, "most_mb": settings.registry_max_bytes // 2**20}
        return super().render(request, template, error, **(shared | facts))

    @route("")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def index(self, request: Request) -> Response:
        """The registries, and a form to send one."""
        desk, page = desk_of(request), _page(request)
        chosen = asked_id(request, "provider_id")
        rows, count = await service.list_imports(
            by=desk.person,
            session=request.state.session,
            page=page,
            only_failed=request.query_params.get("state") == ImportState.FAILED,
        )
        return self.render(
            request,
            "imports.html",
            upload_problem(request.query_params.get("problem", "")),
            rows=[(row, Figures.of(row.figures)) for row in rows],
            chosen=chosen,
            page=page,
            pages=max(0, (count - 1) // service.PAGE),
            refresh=any(row.state in UNDER_WAY for row in rows),
            sends=desk.person.may(Permission.IMPORT_REGISTRIES),
            most_bytes=settings.registry_max_bytes,
            too_large=RegistryTooLarge(settings.registry_max_bytes).message(),
        )

    @route("/{import_id:uuid}", name="import-one")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def show(self, request: Request) -> Response:
        """One registry, whatever its state; with a layout in the query the first rows, which name people.

        A page that looks again by itself, while a job is at work, is not a look of the person.
        """
        row = await self._own(request)
        if row.state not in UNDER_WAY:
            await note(request, "view", "registry", row.id)
        return await self._show(request, form=dict(request.query_params))

    async def _show(
        self, request: Request, error: str = "", form: Mapping[str, str] | None = None
    ) -> Response:
        row = await self._own(request)
        found, problem = await _recognised(row, form or {})
        page = _page(request)
        rejections, count = await service.rejections_of(row.id, session=request.state.session, page=page)
        acts = desk_of(request).person.may(Permission.IMPORT_REGISTRIES)
        return self.render(
            request,
            "import.html",
            error or problem,
            row=row,
            f=Figures.of(row.figures),
            has_figures=row.state in _HAS_FIGURES and bool(row.figures),
            found=found,
            layout=found.layout if found else None,
            as_of=(form or {}).get("as_of") or (row.as_of.isoformat() if row.as_of else ""),
            rejections=[(one, say_reason(one.code, one.detail)) for one in rejections],
            rejected_count=count,
            page=page,
            pages=max(0, (count - 1) // service.PAGE),
            acts=acts,
            may_change=acts and row.state in _MAY_READ_ANOTHER_WAY and row.file_deleted_at is None,
            running=row.state in UNDER_WAY,
            refresh=row.state in UNDER_WAY,
            is_there=row.file_deleted_at is None and files.path_of(row.id).exists(),
            formats=FORMATS,
            encodings=ENCODINGS,
            delimiters=DELIMITERS,
            columns=COLUMNS,
            field_words=FIELDS,
            problem_words=PROBLEMS,
            title=row.file_name,
        )

    async def _own(self, request: Request) -> RegistryImport:
        try:
            return await service.get_import(
                id_in_path(request, "import_id"), by=desk_of(request).person, session=request.state.session
            )
        except NotFound:
            raise HTTPException(404) from None
        except Forbidden:
            raise HTTPException(403) from None

    @act("/{import_id:uuid}/layout", Permission.IMPORT_REGISTRIES, name="import-layout")
    async def set_layout(self, request: Request) -> Response:
        """Read the file another way: only look, or keep it and check."""
        form, import_id = await fields_of(request), id_in_path(request, "import_id")
        if form.get("do") == "look":
            return await self._show(request, form=form)
        work = _read_and_check(import_id, form, desk_of(request))
        answer = await done(request, work, f"{BASE}/imports/{import_id}")
        return await self._show(request, answer, form) if isinstance(answer, str) else answer

    @act("/{import_id:uuid}/apply", Permission.IMPORT_REGISTRIES, name="import-apply")
    async def apply(self, request: Request) -> Response:
        """Take it in."""
        form, import_id, desk = await fields_of(request), id_in_path(request, "import_id"), desk_of(request)
        return await self._do(request, _apply(import_id, form, desk))

    @act("/{import_id:uuid}/cancel", Permission.IMPORT_REGISTRIES, name="import-cancel")
    async def cancel(self, request: Request) -> Response:
        """Stop what is under way, or put the file aside."""
        return await self._do(request, _cancel(id_in_path(request, "import_id"), desk_of(request)))

    @act("/{import_id:uuid}/rollback", Permission.IMPORT_REGISTRIES, name="import-rollback")
    async def roll_back(self, request: Request) -> Response:
        """Take the import back."""
        form = await fields_of(request)
        work = _roll_back(id_in_path(request, "import_id"), form.get("reason", ""), desk_of(request))
        return await self._do(request, work)

    async def _do(self, request: Request, work: Any) -> Response:
        answer = await done(request, work, f"{BASE}/imports/{id_in_path(request, 'import_id')}")
        return await self._show(request, answer) if isinstance(answer, str) else answer

    @route("/{import_id:uuid}/rejected", name="import-rejected")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def rejected(self, request: Request) -> Response:
        """The rejected rows as a file."""
        await finish_reading(request)
        desk = desk_of(request)
        try:
            async with unit_of_work() as session:
                name, content = await service.rejected_file(
                    id_in_path(request, "import_id"), by=desk.person, session=session, address=desk.address
                )
        except NotFound:
            raise HTTPException(404) from None
        except CabinetError as problem:
            return await self._show(request, problem.message())
        return StreamingResponse(_until_closed(content), headers=_as_file(name))


def _until_closed(content: IO[bytes]) -> Iterator[bytes]:
    with content:
        while chunk := content.read(65_536):
            yield chunk


def _as_file(name: str) -> dict[str, str]:
    from urllib.parse import quote

    return {
        "Content-Type": "application/octet-stream",
        "Content-Disposition": f"attachment; filename*=utf-8''{quote(name)}",
        "X-Content-Type-Options": "nosniff",
    }


def _page(request: Request) -> int:
    said = request.query_params.get("page", "0")
    return min(int(said), 10**6) if said.isdecimal() and len(said) < 8 else 0


async def _recognised(row: RegistryImport, form: Mapping[str, str]) -> tuple[Recognised | None, str]:
    """The first rows, by the layout of the form if there is one; or what stands in the way."""
    if row.state not in _MAY_READ_ANOTHER_WAY or row.file_deleted_at is not None:
        return None, row.problem
    try:
        return await receiving.look_at(row, _layout(form) if form.get("format") else None), row.problem
    except CabinetError as problem:
        return None, problem.message()


class LayoutIncomplete(CabinetError):
    """The form has a choice that is none."""

    code = "layout_incomplete"

    def message(self) -> str:
        """What to do."""
        from cabinet.i18n import _

        return _("Choose how the file is to be read: the format, the encoding, the columns.")


def _layout(form: Mapping[str, str]) -> Layout:
    """The choices of the form. Raises LayoutIncomplete."""
    mapping = {
        name.removeprefix(_COLUMN): Column(value)
        for name, value in form.items()
        if name.startswith(_COLUMN) and value in set(Column)
    }
    values: dict[str, Any] = {
        "format": form.get("format"),
        "encoding": form.get("encoding") or "utf-8",
        "delimiter": form.get("delimiter") or ";",
        "has_heading": form.get("has_heading") == "yes",
        "skip": form.get("skip") or 0,
        "sheet": form.get("sheet", ""),
        "decimal": form.get("decimal", ""),
        "debt_is_negative": form.get("debt_is_negative") == "yes",
        "period": _month(form.get("period", "")),
        "mapping": mapping,
    }
    try:
        return Layout.model_validate(values)
    except ValidationError:
        raise LayoutIncomplete from None


def _month(text: str) -> date | None:
    try:
        return date.fromisoformat(f"{text[:7]}-01") if text else None
    except ValueError:
        return None


async def _read_and_check(import_id: UUID, form: Mapping[str, str], desk: Desk) -> None:
    layout, as_of = _layout(form), day_in(form.get("as_of", ""))
    async with unit_of_work() as session:
        await receiving.set_layout(
            import_id,
            layout,
            as_of,
            by=desk.person,
            session=session,
            save=form.get("save") == "yes",
            address=desk.address,
        )
        await checking.start_check(import_id, by=desk.person, session=session, address=desk.address)


async def _apply(import_id: UUID, form: Mapping[str, str], desk: Desk) -> None:
    async with unit_of_work() as session:
        await applying.start_apply(
            import_id,
            by=desk.person,
            reason=form.get("reason", ""),
            tell_residents=form.get("tell") == "yes",
            session=session,
            address=desk.address,
        )


async def _cancel(import_id: UUID, desk: Desk) -> None:
    async with unit_of_work() as session:
        await service.cancel(import_id, by=desk.person, session=session, address=desk.address)


async def _roll_back(import_id: UUID, reason: str, desk: Desk) -> None:
    async with unit_of_work() as session:
        await rolling_back.start_rollback(
            import_id, reason, by=desk.person, session=session, address=desk.address
        )
