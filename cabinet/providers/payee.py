"""Where money for a provider goes: what stands on a bill and in its code."""

from dataclasses import dataclass
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.errors import NotFound
from cabinet.providers.models import Provider


@dataclass(frozen=True, slots=True)
class Payee:
    """A provider with its bank account; empty: not known."""

    name: str
    name_en: str
    inn: str
    kpp: str
    bank_name: str
    bic: str
    bank_account: str
    correspondent_account: str
    support_phone: str
    support_address: str = ""

    def name_in(self, locale: str) -> str:
        """The name as a resident of that language reads it."""
        return self.name_en if locale == "en" and self.name_en else self.name


async def get_payee(provider_id: UUID, *, session: AsyncSession) -> Payee:
    """The payee that a provider is. Raises NotFound."""
    row = await session.get(Provider, provider_id)
    if row is None:
        raise NotFound
    return Payee(
        name=row.name,
        name_en=row.name_en,
        inn=row.inn,
        kpp=row.kpp,
        bank_name=row.bank_name,
        bic=row.bic,
        bank_account=row.bank_account,
        correspondent_account=row.correspondent_account,
        support_phone=row.support_phone,
        support_address=row.support_address,
    )
