"""Residents: whom we know, since when, and what they linked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Select
from sqlmodel import col, select
from starlette.requests import Request

from cabinet.accounts.models import Account, AccountLink
from cabinet.i18n import N_, _
from cabinet.kit.dates import say_moment
from cabinet.kit.devices import say_device
from cabinet.residents.care import open_sessions
from cabinet.residents.email_change import waiting_change
from cabinet.residents.models import Resident, Role
from cabinet.residents.person import Permission
from cabinet.staff.desk_view import DeskView
from cabinet.staff.fields import Choice, Moment, OptionalMoment, Text, in_any_way, key_contains
from cabinet.staff.gate import Desk, desk_of
from cabinet.staff.menu import Section
from cabinet.staff.people_words import PEOPLE_WORDS
from cabinet.staff.related import Card, Line, account_line, of_person
from cabinet.staff.words import LINK_LEVELS, later
from cabinet.staff.work_words import LINK_ROLES

_LOCALES: list[tuple[str, str]] = [("ru", "Русский"), ("en", "English")]
_SIGNS = str.maketrans("", "", " \u00a0-–—.()+№")
_LOCAL_DIGITS = 10
"""Of a Russian phone number, without the country's 7 or the 8 that is dialled instead."""


@dataclass(frozen=True, slots=True)
class LinkRow:
    """An account of the resident, current or past."""

    id: UUID
    account: Line
    own_name: str
    access: str
    since: datetime
    ended_at: datetime | None


class ResidentsView(DeskView):
    """Those who sign in and are not of the staff."""

    key = "residents"
    icon = "fa-solid fa-users"
    section = Section.PEOPLE
    menu_label = later(N_("Residents"))
    display_name = later(N_("resident"))
    permission = Permission.SEE_RESIDENTS
    subject = "resident"
    personal = True
    row_actions = ("view",)
    detail_template = "resident_detail.html"

    fields: ClassVar[Sequence[Any]] = [
        Text("email", label=later(N_("E-mail"))),
        Text("full_name", label=later(N_("Full name"))),
        Text("phone", label=later(N_("Phone"))),
        Choice("locale", label=later(N_("Language")), choices=_LOCALES, exclude_from_list=True),
        Moment("created_at", label=later(N_("Signed up"))),
        OptionalMoment("confirmed_at", label=later(N_("E-mail confirmed"))),
        OptionalMoment("blocked_at", label=later(N_("Access closed"))),
        OptionalMoment("deleted_at", label=later(N_("Cabinet deleted")), exclude_from_list=True),
        Text("blocked_because", label=later(N_("Why access is closed")), exclude_from_list=True),
    ]
    searchable_fields: ClassVar[Sequence[str]] = [
        "email",
        "full_name",
        "phone",
        "created_at",
        "confirmed_at",
        "blocked_at",
    ]
    sortable_fields: ClassVar[Sequence[str]] = ["email", "full_name", "created_at", "blocked_at"]
    sortable_field_mapping: ClassVar[dict[str, Any]] = {"email": Resident.email_key}
    fields_default_sort: ClassVar[Sequence[Any]] = [("created_at", True)]

    def own_rows(self, query: Select[Any], desk: Desk) -> Select[Any]:
        """All residents: who may not see all does not get here. Colleagues have a page of their own."""
        residents = query.where(col(Resident.role) == Role.RESIDENT)
        return residents if desk.sees_all else residents.where(col(Resident.id) == desk.person.id)

    def get_search_query(self, request: Request, term: str) -> Any:
        """By e-mail, name, phone in any spelling, or the number of an account that is linked now."""
        ways, plain = key_contains(Resident, term), term.replace("\x00", "").translate(_SIGNS)
        if not plain:
            return ways
        linked = (
            select(AccountLink.resident_id)
            .join(Account, col(Account.id) == col(AccountLink.account_id))
            .where(col(Account.number) == plain.upper(), col(AccountLink.ended_at).is_(None))
        )
        if plain.isdecimal() and len(plain) >= _LOCAL_DIGITS:
            ways |= key_contains(Resident, plain[-_LOCAL_DIGITS:])
        return in_any_way(Resident, (ways, col(Resident.id).in_(linked)))

    async def repr(self, obj: Any, request: Request) -> str:
        """The e-mail."""
        return obj.email

    async def related(self, request: Request, row: Resident) -> list[Card]:
        """Payments, requests and letters; and for the cards with buttons, links and sessions."""
        desk, session = desk_of(request), request.state.session
        sessions = await open_sessions(row.id, row.role, session=session)
        request.state.care = {
            "w": PEOPLE_WORDS,
            "may_edit": desk.person.may(Permission.EDIT_RESIDENTS) and row.deleted_at is None,
            "links": await _links(row.id, desk, session),
            "sessions": sessions,
            "say_device": say_device,
            "moment": lambda at: say_moment(at, desk.timezone),
            "is_confirmed": row.confirmed_at is not None,
            "is_closed": row.blocked_at is not None,
            "factor_since": row.second_factor_at,
            "may_reset": desk.person.may(Permission.RESET_FACTORS),
            "email_change": await waiting_change(row.id, session=session),
            "base": f"/admin/residents/{row.id}",
            "done": PEOPLE_WORDS.get(f"done_{request.query_params.get('done', '')}", ""),
        }
        return await of_person(request, row)


async def _links(resident_id: UUID, desk: Desk, session: Any) -> list[LinkRow]:
    """The current links first, then those that ended."""
    rows = await session.exec(
        select(AccountLink, Account)
        .join(Account, col(Account.id) == col(AccountLink.account_id))
        .where(AccountLink.resident_id == resident_id)
        .order_by(col(AccountLink.ended_at).is_not(None), col(AccountLink.created_at).desc())
    )
    return [
        LinkRow(
            link.id,
            account_line(account, desk),
            link.own_name,
            f"{_(LINK_ROLES[link.role])} · {_(LINK_LEVELS[link.level])}",
            link.created_at,
            link.ended_at,
        )
        for link, account in rows
    ]
