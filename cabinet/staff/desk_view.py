"""What every table of the staff pages shares: reading only, own rows only, an audit of what was seen."""

from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlmodel import SQLModel
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette_admin import BaseField, RequestAction
from starlette_admin.contrib.sqlmodel import ModelView
from starlette_admin.exceptions import FormValidationError
from starlette_admin.export import ExportContext
from starlette_admin.filters import FilterGroup
from starlette_admin.types import RowActionsDisplayType

from cabinet.audit.service import record
from cabinet.database import unit_of_work
from cabinet.errors import CabinetError
from cabinet.residents.person import Permission
from cabinet.staff.export import SafeCsv
from cabinet.staff.fields import key_contains, row_id
from cabinet.staff.gate import Desk, desk_of
from cabinet.staff.menu import Section
from cabinet.staff.related import Card

_LARGEST_SKIP = 2**31
"""A page beyond it is empty, and the database could not hold a larger number."""


class DeskView(ModelView):
    """A table that is read here and changed by services only. Subclasses say who may see which rows."""

    model: type[SQLModel]
    permission: ClassVar[Permission]
    """Without it the table does not exist for the person."""
    subject: ClassVar[str]
    """What the audit calls a row."""
    personal: ClassVar[bool] = False
    """Whether opening a row is looking at somebody's personal data, and so audited."""
    exportable: ClassVar[bool] = False
    section: ClassVar[Section] = Section.HOUSE
    """Where in the menu the table stands."""
    place: ClassVar[int] = 50
    """Where in its section: smaller ones first, else as registered."""

    actions = ("export",)
    row_actions = ("view", "edit")
    row_actions_display_type = RowActionsDisplayType.ICON_LIST
    importers = ()
    page_size = 25
    page_size_options = (25, 50, 100)
    column_visibility = False
    search_highlight = False

    def __init__(self, model: type[SQLModel]) -> None:
        self.exporters = [SafeCsv()]
        self.fields = [row_id(), *self.fields]
        super().__init__(model)

    def own_rows(self, query: Select[Any], desk: Desk) -> Select[Any]:
        """Narrow the query to what the person may see; called for lists, counts and single rows alike."""
        raise NotImplementedError

    async def prepare(self, request: Request, rows: Sequence[Any]) -> None:
        """Load what the columns of these rows need, in a fixed number of queries."""

    async def related(self, request: Request, row: Any) -> list[Card]:
        """The cards below the row: what belongs to it, each line a link."""
        return []

    def is_accessible(self, request: Request) -> bool:
        """Whether the person has the permission of this table."""
        return desk_of(request).person.may(self.permission)

    def can_create(self, request: Request) -> bool:
        """No, unless a subclass has a service for it."""
        return False

    def can_edit(self, request: Request) -> bool:
        """No, unless a subclass has a service for it."""
        return False

    def can_delete(self, request: Request) -> bool:
        """Never: what happened stays."""
        return False

    def can_import(self, request: Request) -> bool:
        """Never: imports have a preview and rules of their own."""
        return False

    def can_export(self, request: Request) -> bool:
        """Only tables without personal secrets."""
        return self.exportable

    def get_list_query(self, request: Request) -> Select[Any]:
        """The rows of the person's own providers."""
        return self.own_rows(select(self.model), desk_of(request))

    def get_count_query(self, request: Request) -> Select[Any]:
        """As many as the list has."""
        return self.own_rows(select(func.count()).select_from(self.model), desk_of(request))

    def get_search_query(self, request: Request, term: str) -> Any:
        """Every word somewhere in the folded key, so that case and ё do not matter."""
        return key_contains(self.model, term)

    async def find_all(
        self,
        request: Request,
        skip: int = 0,
        limit: int = 100,
        q: str | None = None,
        sorts: Sequence[tuple[str, str]] | None = None,
        filters: FilterGroup | None = None,
    ) -> Sequence[Any]:
        """A page of rows with what their columns need; the id settles ties, so that pages never overlap."""
        tie = [] if sorts and sorts[-1][0] == "id" else [("id", "asc")]
        rows = await super().find_all(
            request, min(skip, _LARGEST_SKIP), limit, q, [*(sorts or []), *tie], filters
        )
        if self.personal and request.state.action == RequestAction.LIST:
            asked = {
                "q": q or "",
                "filter": request.query_params.getlist("filter"),
                "page": skip // limit + 1 if skip else 0,
            }
            facts = {name: value for name, value in asked.items() if value} | {"rows": len(rows)}
            await note(request, "list", self.subject, "", facts)
        await self.prepare(request, rows)
        return rows

    async def find_by_pk(self, request: Request, pk: Any) -> Any:
        """One row, or None for what is not there or not the person's."""
        try:
            row = await super().find_by_pk(request, str(UUID(str(pk))))
        except ValueError:
            return None
        if row is None:
            return None
        is_looked_at = request.state.action == RequestAction.DETAIL
        if is_looked_at and self.personal:
            await note(request, "view", self.subject, row.id)
        await self.prepare(request, [row])
        if is_looked_at:
            request.state.related = await self.related(request, row)
        return row

    async def find_by_pks(self, request: Request, pks: list[Any]) -> Sequence[Any]:
        """The rows among these that are the person's."""
        try:
            wanted = [str(UUID(str(pk))) for pk in pks]
        except ValueError:
            return []
        rows = await super().find_by_pks(request, wanted)
        await self.prepare(request, rows)
        return rows

    async def create(self, request: Request, data: dict[str, Any]) -> Any:
        """Refused: subclasses with a service for it replace this."""
        raise HTTPException(403)

    async def edit(self, request: Request, pk: Any, data: dict[str, Any]) -> Any:
        """Refused: subclasses with a service for it replace this."""
        raise HTTPException(403)

    async def delete(self, request: Request, pks: list[Any]) -> int | None:
        """Refused."""
        raise HTTPException(403)

    async def before_export(self, request: Request, ctx: ExportContext) -> None:
        """Write down that rows left the house."""
        columns = [field.name for field in ctx.fields]
        facts = {"rows": len(ctx.rows), "columns": columns, "q": request.query_params.get("_list_query", "")}
        await note(request, "export", self.subject, "", facts)

    async def repr(self, obj: Any, request: Request) -> str:
        """What the title and the messages call the row."""
        return str(getattr(obj, "number", None) or getattr(obj, "name", None) or obj.id)


async def note(
    request: Request, action: str, subject: str, subject_id: object = "", after: dict[str, Any] | None = None
) -> None:
    """Write down that the person looked at something; what was read stays readable, but ends its transaction."""
    await finish_reading(request)
    desk = desk_of(request)
    async with unit_of_work() as session:
        await record(desk.person.id, action, subject, subject_id, None, after, desk.address, session=session)


async def finish_reading(request: Request) -> None:
    """End the reading transaction before a writing one begins: no request holds two connections."""
    session = request.state.session
    session.expunge_all()
    await session.rollback()


def at_fields(error: CabinetError, fields: Sequence[BaseField]) -> FormValidationError:
    """The error of a service where the form can show it: at its field, else at the first one."""
    problems: dict[str, str] = getattr(error, "problems", None) or {error.field: error.message()}
    known = {field.name for field in fields}
    first = next(iter(fields)).name
    return FormValidationError({name if name in known else first: text for name, text in problems.items()})
