"""Requests to support: reading them, and saying whose turn it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import Select
from starlette.exceptions import HTTPException
from starlette.requests import Request

from cabinet.audit.service import record
from cabinet.database import unit_of_work
from cabinet.errors import NotFound
from cabinet.i18n import N_
from cabinet.residents.person import Permission
from cabinet.staff.desk_view import DeskView, finish_reading
from cabinet.staff.fields import Moment, OptionalMoment, Shown, Text, choice
from cabinet.staff.gate import Desk, desk_of
from cabinet.staff.menu import Section
from cabinet.staff.words import TICKET_STATES, later
from cabinet.support.errors import say_size
from cabinet.support.models import Ticket, TicketState
from cabinet.support.service import files_of, move_ticket


@dataclass
class Files(Shown):
    """The files of a request, each a link that downloads it."""

    detail_template: str = "fields/detail/files.html"

    async def serialize_value(self, request: Request, value: Any) -> Any:
        """The links as the template takes them: address, name, size."""
        return value


def _files(request: Request, ticket: Ticket) -> list[tuple[str, str, str]]:
    return [
        (f"/api/files/{file.id}", file.name, say_size(file.size))
        for file in request.state.ticket_files[ticket.id]
    ]


class TicketsView(DeskView):
    """What residents and guests asked."""

    key = "requests"
    icon = "fa-solid fa-envelope-open-text"
    section = Section.PEOPLE
    menu_label = later(N_("Requests"))
    display_name = later(N_("request"))
    permission = Permission.SEE_TICKETS
    subject = "ticket"
    personal = True

    fields: ClassVar[Sequence[Any]] = [
        Text("number", label=later(N_("No.")), read_only=True, exclude_from_edit=True),
        choice("state", later(N_("State")), TICKET_STATES, required=True),
        Text("subject", label=later(N_("Subject")), exclude_from_edit=True),
        Text("email", label=later(N_("E-mail")), exclude_from_edit=True),
        Shown(
            "message",
            label=later(N_("Message")),
            exclude_from_list=True,
            detail_template="fields/detail/message.html",
        ),
        Files("files", label=later(N_("Files")), getter=_files, exclude_from_list=True),
        Moment("created_at", label=later(N_("Received"))),
        OptionalMoment("closed_at", label=later(N_("Closed")), exclude_from_list=True),
    ]
    searchable_fields: ClassVar[Sequence[str]] = ["state", "email", "subject", "created_at", "closed_at"]
    sortable_fields: ClassVar[Sequence[str]] = ["number", "state", "created_at"]
    fields_default_sort: ClassVar[Sequence[Any]] = [("created_at", True)]

    def own_rows(self, query: Select[Any], desk: Desk) -> Select[Any]:
        """All: a request is to the operator, not to one provider."""
        return query

    def can_edit(self, request: Request) -> bool:
        """Who answers requests."""
        return desk_of(request).person.may(Permission.EDIT_TICKETS)

    async def edit(self, request: Request, pk: Any, data: dict[str, Any]) -> Any:
        """Move the request through its service."""
        ticket = await self.find_by_pk(request, pk)
        if ticket is None:
            raise HTTPException(404)
        await finish_reading(request)
        desk = desk_of(request)
        try:
            async with unit_of_work() as session:
                wished = TicketState(data["state"])
                was = await move_ticket(ticket.id, wished, session=session)
                states = {"state": was}, {"state": wished}
                await record(
                    desk.person.id, "edit", self.subject, ticket.id, *states, desk.address, session=session
                )
        except NotFound:
            raise HTTPException(404) from None
        return ticket

    async def prepare(self, request: Request, rows: Sequence[Ticket]) -> None:
        """The files of all rows at once."""
        request.state.ticket_files = await files_of([row.id for row in rows], session=request.state.session)
