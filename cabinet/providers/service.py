"""Providers: listing them, checking account numbers by their rules, saving what staff enter."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypedDict, Unpack
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.errors import NotFound
from cabinet.kit.text import fold
from cabinet.providers import numbers
from cabinet.providers.checks import problems_of
from cabinet.providers.errors import BadProvider, WrongNumberForm
from cabinet.providers.models import ProofKind, Provider, ProviderKind


@dataclass(frozen=True, slots=True)
class ProviderView:
    """A provider as everyone may see it. Limits in minor units, commission in hundredths of a percent."""

    id: UUID
    name: str
    name_en: str
    kind: ProviderKind
    number_pattern: str
    number_example: str
    number_hint_ru: str
    number_hint_en: str
    timezone: str
    window_from: int
    window_to: int
    window_strict: bool
    max_use: int
    zero_use_allowed: bool
    zero_crossing_allowed: bool
    expired_verification_allowed: bool
    earlier_date_allowed: bool
    proof: ProofKind
    due_day: int
    commission_bp: int
    min_payment_minor: int
    max_payment_minor: int
    inn: str
    support_phone: str
    support_email: str
    support_address: str

    def name_in(self, locale: str) -> str:
        """The name as a resident of that language reads it."""
        return self.name_en if locale == "en" and self.name_en else self.name

    def number_hint_in(self, locale: str) -> str:
        """Where the number stands on this provider's bill, in the provider's words."""
        return self.number_hint_en if locale == "en" and self.number_hint_en else self.number_hint_ru


class ProviderValues(TypedDict, total=False):
    """What staff may set; a field that is left out keeps its value."""

    name: str
    name_en: str
    kind: ProviderKind
    active: bool
    number_pattern: str
    number_example: str
    number_hint_ru: str
    number_hint_en: str
    timezone: str
    window_from: int
    window_to: int
    window_strict: bool
    max_use: int
    zero_use_allowed: bool
    zero_crossing_allowed: bool
    expired_verification_allowed: bool
    earlier_date_allowed: bool
    proof: ProofKind
    due_day: int
    commission_bp: int
    min_payment_minor: int
    max_payment_minor: int
    inn: str
    kpp: str
    bank_name: str
    bic: str
    bank_account: str
    correspondent_account: str
    support_phone: str
    support_email: str
    support_address: str


async def list_providers(*, session: AsyncSession) -> list[ProviderView]:
    """The active providers, by name."""
    rows = await session.exec(select(Provider).where(col(Provider.active)))
    return [view_of(row) for row in sorted(rows, key=lambda provider: fold(provider.name))]


async def get_provider(provider_id: UUID, *, session: AsyncSession) -> ProviderView:
    """The provider, active or not. Raises NotFound."""
    row = await session.get(Provider, provider_id)
    if row is None:
        raise NotFound
    return view_of(row)


async def get_providers(provider_ids: Iterable[UUID], *, session: AsyncSession) -> dict[UUID, ProviderView]:
    """The providers by id, active or not; one query."""
    rows = await session.exec(select(Provider).where(col(Provider.id).in_(list(provider_ids))))
    return {row.id: view_of(row) for row in rows}


async def find_active_provider(provider_id: UUID, *, session: AsyncSession) -> ProviderView | None:
    """The provider if residents may link its accounts."""
    row = await session.get(Provider, provider_id)
    return view_of(row) if row and row.active else None


def clean_number(text: str) -> str:
    """The number without spaces, dashes, dots, «л/с» and «№», in capitals."""
    return numbers.clean_number(text)


def check_number(provider: ProviderView, text: str) -> str:
    """The account number as it is stored. Raises WrongNumberForm with the provider's words."""
    number = numbers.match_number(provider.number_pattern, text)
    if number is None:
        hints = {"ru": provider.number_hint_ru, "en": provider.number_hint_in("en")}
        raise WrongNumberForm(hints, provider.number_example)
    return number


async def save_provider(
    provider_id: UUID | None, *, session: AsyncSession, **values: Unpack[ProviderValues]
) -> ProviderView:
    """Make a provider (without an id) or change one. Raises BadProvider with a text for each wrong field."""
    row = await session.get(Provider, provider_id) if provider_id else Provider(**_blank())
    if row is None:
        raise NotFound
    before = row.model_dump()
    merged = before | {key: _trimmed(value) for key, value in values.items()}
    problems = problems_of(Provider(**merged))
    if await _name_is_taken(merged["name"], row.id, session):
        problems["name"] = _taken()
    if problems:
        raise BadProvider(problems)
    key = _search_key(merged["name"], merged["name_en"], merged["inn"])
    row.sqlmodel_update(merged | {"search_key": key})
    session.add(row)
    await session.flush()
    return view_of(row)


def view_of(row: Provider) -> ProviderView:
    """What others may know of the row."""
    fields = ProviderView.__dataclass_fields__
    return ProviderView(**{name: getattr(row, name) for name in fields})


def search_key_of(row: Provider) -> str:
    """Both names and the ИНН, folded."""
    return _search_key(row.name, row.name_en, row.inn)


def _search_key(*parts: str) -> str:
    return fold(" ".join(parts))


def _trimmed(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _blank() -> dict[str, Any]:
    return {"name": "", "kind": ProviderKind.HOUSING, "number_pattern": "", "number_example": "", "inn": ""}


async def _name_is_taken(name: str, own_id: UUID, session: AsyncSession) -> bool:
    found = await session.exec(select(Provider.id).where(Provider.name == name, Provider.id != own_id))
    return found.first() is not None


def _taken() -> str:
    from cabinet.i18n import _

    return _("Another provider has this name.")
