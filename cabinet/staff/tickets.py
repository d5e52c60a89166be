"""Requests to support as a searchable table; reading and answering one is a page of its own."""

from collections.abc import Sequence
from typing import Any, ClassVar

from sqlalchemy import Select, select
from sqlmodel import col
from starlette.requests import Request

from cabinet.accounts.models import Account
from cabinet.i18n import N_
from cabinet.residents.person import Permission
from cabinet.staff.desk_view import DeskView
from cabinet.staff.fields import Moment, OptionalMoment, Text, choice
from cabinet.staff.gate import Desk
from cabinet.staff.menu import Section
from cabinet.staff.words import TICKET_STATES, later
from cabinet.support.models import Ticket


class TicketsView(DeskView):
    """What residents and guests asked."""

    key = "requests"
    icon = "fa-solid fa-table-list"
    section = Section.PEOPLE
    menu_label = later(N_("All requests"))
    display_name = later(N_("request"))
    permission = Permission.SEE_TICKETS
    subject = "ticket"
    personal = True
    row_actions = ("view",)
    detail_template = "ticket_detail.html"

    fields: ClassVar[Sequence[Any]] = [
        Text("number", label=later(N_("No."))),
        choice("state", later(N_("State")), TICKET_STATES, required=True),
        Text("subject", label=later(N_("Subject"))),
        Text("email", label=later(N_("E-mail"))),
        Moment("created_at", label=later(N_("Received"))),
        OptionalMoment("first_answered_at", label=later(N_("First answered")), exclude_from_list=True),
        OptionalMoment("closed_at", label=later(N_("Closed")), exclude_from_list=True),
    ]
    searchable_fields: ClassVar[Sequence[str]] = ["state", "email", "subject", "created_at", "closed_at"]
    sortable_fields: ClassVar[Sequence[str]] = ["number", "state", "created_at"]
    fields_default_sort: ClassVar[Sequence[Any]] = [("created_at", True)]

    def own_rows(self, query: Select[Any], desk: Desk) -> Select[Any]:
        """All, or those about accounts of the own provider."""
        if desk.sees_all:
            return query
        own = select(col(Account.id)).where(col(Account.provider_id) == desk.person.provider_id)
        return query.where(col(Ticket.account_id).in_(own))

    def thread_of(self, request: Request, row: dict[str, Any]) -> str:
        """Where the request is read and answered."""
        return f"/admin/requests/{row['id']}"
