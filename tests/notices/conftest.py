"""A water company whose residents, alice and bob, live in two streets; nobody else is theirs."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.models import AccountLink
from cabinet.accounts.service import open_account
from cabinet.kit.dates import now
from cabinet.notices.models import Notice, NoticeKind
from cabinet.residents.models import Resident, Role
from cabinet.residents.person import Person
from tests.accounts.making import make_provider, make_resident

GARDEN, FOREST = "г. Тест, ул. Ёлочная, д. 1, кв. 5", "г. Тест, ул. Ёлочная, д. 12"


@dataclass(frozen=True)
class Town:
    """Ids of the water company, the gas company, and who lives where."""

    water: UUID
    gas: UUID
    alice: UUID
    bob: UUID
    carol: UUID
    """Has no account."""
    home: UUID
    """Alice's account."""
    house: UUID
    """Bob's."""


@pytest.fixture
async def town(session: AsyncSession) -> Town:
    water, gas = await make_provider(session, timezone="Asia/Yekaterinburg"), await make_provider(session)
    people = [await make_resident(session, name) for name in ("alice", "bob", "carol")]
    for resident_id in people:
        (await session.get_one(Resident, resident_id)).confirmed_at = now()
    accounts = [
        await open_account(water.id, "37000001", session=session, address=GARDEN),
        await open_account(water.id, "37000002", session=session, address=FOREST),
    ]
    for resident_id, account_id in zip(people, accounts, strict=False):
        session.add(AccountLink(resident_id=resident_id, account_id=account_id))
    await session.flush()
    return Town(water.id, gas.id, *people, *accounts)


async def tell(session: AsyncSession, provider_id: UUID | None, **values: Any) -> Notice:
    """A notice that is shown now, unless `values` say otherwise."""
    usual: dict[str, Any] = {
        "kind": NoticeKind.NEWS,
        "title_ru": "Новый телефон",
        "text_ru": "Звоните.",
        "shown_from": now() - timedelta(hours=1),
        "shown_until": now() + timedelta(days=7),
    }
    row = Notice(provider_id=provider_id, **(usual | values))
    session.add(row)
    await session.flush()
    return row


def staff(role: Role, provider_id: UUID | None = None, person_id: UUID | None = None) -> Person:
    return Person(person_id or uuid4(), uuid4(), "staff@mail.example", "", role, provider_id, "ru")
