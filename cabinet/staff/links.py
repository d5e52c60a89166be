"""Who has linked which account, since when: where the start page's count of links leads."""

from collections.abc import Sequence
from typing import Any, ClassVar

from sqlalchemy import Select
from sqlmodel import col, select
from starlette.requests import Request
from starlette_admin import BaseField, RequestAction

from cabinet.accounts.models import Account, AccountLink
from cabinet.i18n import N_
from cabinet.kit.text import fold, group_digits
from cabinet.residents.models import Resident
from cabinet.residents.person import Permission
from cabinet.staff.desk_view import DeskView
from cabinet.staff.fields import Moment, OptionalMoment, Shown, choice, in_any_way, key_contains
from cabinet.staff.gate import Desk, desk_of
from cabinet.staff.menu import Section
from cabinet.staff.words import LINK_LEVELS, later
from cabinet.staff.work_words import LINK_ROLES


def _account(request: Request, link: AccountLink) -> str:
    return request.state.linked_accounts[link.account_id]


def _resident(request: Request, link: AccountLink) -> str | None:
    return request.state.linked_residents.get(link.resident_id)


class LinksView(DeskView):
    """Links of residents to accounts, ended ones too."""

    key = "links"
    icon = "fa-solid fa-link"
    section = Section.PEOPLE
    menu_label = later(N_("Linked accounts"))
    display_name = later(N_("link"))
    permission = Permission.SEE_ACCESS
    subject = "link"
    personal = True
    row_actions = ("view",)

    fields: ClassVar[Sequence[Any]] = [
        Moment("created_at", label=later(N_("Linked"))),
        Shown("account", label=later(N_("Account")), getter=_account),
        Shown("resident", label=later(N_("Resident")), getter=_resident),
        choice("role", later(N_("Role")), LINK_ROLES),
        choice("level", later(N_("Access")), LINK_LEVELS),
        OptionalMoment("proved_at", label=later(N_("Ownership proved")), exclude_from_list=True),
        OptionalMoment("ended_at", label=later(N_("Ended"))),
    ]
    searchable_fields: ClassVar[Sequence[str]] = ["created_at", "role", "level", "proved_at", "ended_at"]
    sortable_fields: ClassVar[Sequence[str]] = ["created_at", "ended_at"]
    fields_default_sort: ClassVar[Sequence[Any]] = [("created_at", True)]

    def own_rows(self, query: Select[Any], desk: Desk) -> Select[Any]:
        """The links to accounts of the own provider, or all."""
        if desk.sees_all:
            return query
        own = select(Account.id).where(Account.provider_id == desk.person.provider_id)
        return query.where(col(AccountLink.account_id).in_(own))

    def can_access_field(
        self, request: Request, field: BaseField, action: RequestAction | None = None
    ) -> bool:
        """Who the resident is stands on the page of the account's access for a clerk, not in lists."""
        if field.name == "resident" and not desk_of(request).person.may(Permission.SEE_RESIDENTS):
            return False
        return super().can_access_field(request, field, action)

    def get_search_query(self, request: Request, term: str) -> Any:
        """By the account, or by the resident for who may see residents."""
        number = fold(term).translate(str.maketrans("", "", " -–—."))
        accounts = select(Account.id).where(key_contains(Account, term) | key_contains(Account, number))
        ways = [col(AccountLink.account_id).in_(accounts)]
        if desk_of(request).person.may(Permission.SEE_RESIDENTS):
            people = select(Resident.id).where(key_contains(Resident, term))
            ways.append(col(AccountLink.resident_id).in_(people))
        return in_any_way(AccountLink, ways)

    async def prepare(self, request: Request, rows: Sequence[AccountLink]) -> None:
        """The accounts and the residents of all rows at once."""
        session, desk = request.state.session, desk_of(request)
        accounts = select(Account.id, Account.provider_id, Account.number).where(
            col(Account.id).in_({row.account_id for row in rows})
        )
        request.state.linked_accounts = {
            one: f"{desk.provider_name(provider)} · {group_digits(number)}"
            for one, provider, number in await session.exec(accounts)
        }
        people = select(Resident.id, Resident.email).where(
            col(Resident.id).in_({row.resident_id for row in rows})
        )
        request.state.linked_residents = dict((await session.exec(people)).all())

    async def repr(self, obj: Any, request: Request) -> str:
        """The account that is linked."""
        return _account(request, obj)
