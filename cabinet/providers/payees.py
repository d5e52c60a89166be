"""Finding the provider that a payment code names as its payee."""

from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.providers.models import Provider
from cabinet.providers.service import ProviderView, view_of


async def providers_of_payee(inn: str, bank_account: str, *, session: AsyncSession) -> list[ProviderView]:
    """The active providers with both the ИНН and the bank account; else with one of the two.

    The account weighs more: a company with one ИНН may be several providers.
    """
    if not (inn or bank_account):
        return []
    fits = or_(
        (col(Provider.inn) == inn) & (inn != ""),
        (col(Provider.bank_account) == bank_account) & (bank_account != ""),
    )
    rows = list(await session.exec(select(Provider).where(col(Provider.active), fits)))
    best = max((_weight(row, inn, bank_account) for row in rows), default=0)
    return [view_of(row) for row in rows if _weight(row, inn, bank_account) == best]


def _weight(row: Provider, inn: str, bank_account: str) -> int:
    return 2 * bool(bank_account and row.bank_account == bank_account) + bool(inn and row.inn == inn)
