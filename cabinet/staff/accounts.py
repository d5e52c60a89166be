"""Personal accounts, with what is owed on each."""

from collections.abc import Sequence
from typing import Any, ClassVar

from sqlalchemy import Select
from starlette.requests import Request

from cabinet.accounts.models import Account
from cabinet.i18n import N_
from cabinet.kit.text import fold
from cabinet.ledger.service import balances
from cabinet.residents.person import Permission
from cabinet.staff.desk_view import DeskView
from cabinet.staff.fields import Moment, Money, OptionalMoment, Text, key_contains, provider_choice
from cabinet.staff.gate import Desk, desk_of
from cabinet.staff.menu import Section
from cabinet.staff.related import Card, of_account
from cabinet.staff.words import later

_NUMBER_SIGNS = str.maketrans("", "", " -–—.")


def _balance(request: Request, account: Account) -> int:
    return request.state.balances[account.id]


class AccountsView(DeskView):
    """The accounts of all providers, or of the clerk's own."""

    key = "accounts"
    icon = "fa-solid fa-file-invoice"
    section = Section.PEOPLE
    menu_label = later(N_("Accounts"))
    display_name = later(N_("account"))
    permission = Permission.SEE_ACCOUNTS
    subject = "account"
    personal = True
    exportable = True
    detail_template = "account_detail.html"

    fields: ClassVar[Sequence[Any]] = [
        Text("number", label=later(N_("Account number"))),
        provider_choice(later(N_("Provider"))),
        Money("balance", label=later(N_("Owed (an advance has a minus)")), getter=_balance, read_only=True),
        Text("owner_name", label=later(N_("Owner"))),
        Text("address", label=later(N_("Address"))),
        Moment("created_at", label=later(N_("Added")), exclude_from_list=True),
        OptionalMoment("closed_at", label=later(N_("Closed")), exclude_from_list=True),
    ]
    searchable_fields: ClassVar[Sequence[str]] = [
        "number",
        "provider_id",
        "owner_name",
        "address",
        "closed_at",
    ]
    sortable_fields: ClassVar[Sequence[str]] = ["number", "owner_name", "address", "created_at"]
    fields_default_sort: ClassVar[Sequence[Any]] = ["number"]

    def own_rows(self, query: Select[Any], desk: Desk) -> Select[Any]:
        """The accounts of the own provider, or all."""
        return query if desk.sees_all else query.where(Account.provider_id == desk.person.provider_id)  # pyright: ignore[reportArgumentType]

    def shows_access(self, request: Request) -> bool:
        """Whether the person may see who has linked the account."""
        return desk_of(request).person.may(Permission.SEE_ACCESS)

    async def related(self, request: Request, row: Account) -> list[Card]:
        """Who linked it, its payments, bills and meters."""
        return await of_account(request, [row.id], is_account=True)

    def get_search_query(self, request: Request, term: str) -> Any:
        """By words, or by the number as a bill prints it, in groups."""
        return key_contains(Account, term) | key_contains(Account, fold(term).translate(_NUMBER_SIGNS))

    async def prepare(self, request: Request, rows: Sequence[Account]) -> None:
        """The balances of all rows at once."""
        request.state.balances = await balances([row.id for row in rows], session=request.state.session)
