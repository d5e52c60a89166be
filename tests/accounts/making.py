"""Rows that the tests of the domain begin with."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.service import open_account
from cabinet.kit.requisites import inn_of_company
from cabinet.meters.models import Meter, MeterKind, TariffZone
from cabinet.providers.models import ProviderKind
from cabinet.providers.service import ProviderView, save_provider
from cabinet.residents.models import Resident, Role
from cabinet.residents.person import Person

GOOD: dict[str, Any] = {
    "name": "Родник",
    "name_en": "Spring",
    "kind": ProviderKind.WATER,
    "number_pattern": r"37\d{6}",
    "number_example": "37012345",
    "number_hint_ru": "8 цифр вверху.",
    "number_hint_en": "8 digits at the top.",
    "inn": inn_of_company("770000001"),
}

METER: dict[str, Any] = {
    "kind": MeterKind.ELECTRICITY,
    "serial": "001",
    "unit": "кВт·ч",
    "digits": 5,
    "decimals": 1,
}


async def make_provider(session: AsyncSession, **values: Any) -> ProviderView:
    values.setdefault("name", f"Родник {uuid4().hex[:6]}")
    return await save_provider(None, session=session, **(GOOD | values))


async def make_resident(session: AsyncSession, name: str = "alice") -> UUID:
    email = f"{name}-{uuid4().hex[:8]}@mail.example"
    resident = Resident(email=email, email_key=email, password_hash="-")
    session.add(resident)
    await session.flush()
    return resident.id


async def make_account(session: AsyncSession, provider: ProviderView, number: str = "37000001") -> UUID:
    address = "г. Тест, ул. Садовая, д. 12, кв. 34"
    return await open_account(provider.id, number, session=session, owner_name="Ёлкин Пётр", address=address)


async def make_meter(session: AsyncSession, account_id: UUID, *, zones: int = 1, **values: Any) -> list[UUID]:
    """The ids of the zones from T1."""
    meter = Meter(account_id=account_id, installed_on=date(2020, 1, 1), **(METER | values))
    session.add(meter)
    await session.flush()
    rows = [TariffZone(meter_id=meter.id, number=number) for number in range(1, zones + 1)]
    session.add_all(rows)
    await session.flush()
    return [row.id for row in rows]


def acting(person_id: UUID, role: Role = Role.ADMINISTRATOR, provider_id: UUID | None = None) -> Person:
    """The person as somebody of the staff who does something."""
    return Person(person_id, uuid4(), "staff@mail.example", "", role, provider_id, "ru")
