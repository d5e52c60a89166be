"""Account numbers of a request, and the accounts that they stand for."""

from collections.abc import Sequence
from typing import Protocol, TypeVar
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.looking import accounts_by_number
from cabinet.errors import CabinetError
from cabinet.http.api.batches import Step
from cabinet.i18n import _
from cabinet.providers.service import check_number, get_provider


class AccountUnknown(CabinetError):
    """The provider has no account with this number."""

    code = "account_unknown"
    field = "account_number"

    def message(self) -> str:
        """What to do first."""
        return _("There is no account with this number. Hand it over first, by PUT /accounts.")


class BadNumber(CabinetError):
    """The number does not have the provider's form."""

    code = "wrong_number_form"
    field = "account_number"

    def __init__(self, cause: CabinetError) -> None:
        super().__init__()
        self.cause = cause

    def message(self) -> str:
        """The provider's own words."""
        return self.cause.message()


class OfAccount(Protocol):
    """Something that names an account by its number."""

    account_number: str


Item = TypeVar("Item", bound=OfAccount)


async def with_accounts(
    provider_id: UUID, items: Sequence[Item], *, session: AsyncSession
) -> tuple[list[Step[tuple[UUID, Item]]], list[tuple[int, CabinetError]]]:
    """Each item with its account, sorted as balances are locked everywhere; and those without one."""
    provider = await get_provider(provider_id, session=session)
    found = await accounts_by_number(provider_id, {one.account_number for one in items}, session=session)
    ids = {one.number: one.id for one in found}
    steps: list[Step[tuple[UUID, Item]]] = []
    refused: list[tuple[int, CabinetError]] = []
    for index, item in enumerate(items):
        try:
            number = check_number(provider, item.account_number)
        except CabinetError as error:
            refused.append((index, BadNumber(error)))
            continue
        if number in ids:
            steps.append(Step(index, (ids[number], item), str(ids[number])))
        else:
            refused.append((index, AccountUnknown()))
    return steps, refused
