"""Readings that are sent, corrected and decided at the same moment."""

import asyncio
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlmodel import select

from cabinet.accounts.service import link_account
from cabinet.database import unit_of_work
from cabinet.meters.errors import AlreadyDecided
from cabinet.meters.models import Reading, ReadingState
from cabinet.meters.service import (
    ReadingWish,
    accept_readings,
    decline_reading,
    submit_readings,
    take_provider_reading,
)
from tests.accounts.making import make_account, make_meter, make_provider, make_resident


async def settle() -> tuple[UUID, UUID, UUID]:
    """Alice, her account, and the zone of its meter."""
    async with unit_of_work() as session:
        provider, alice = await make_provider(session), await make_resident(session)
        account_id = await make_account(session, provider)
        await link_account(alice, provider.id, "37000001", session=session)
        [zone_id] = await make_meter(session, account_id)
    return alice, account_id, zone_id


async def send(alice: UUID, account_id: UUID, zone_id: UUID, text: str) -> None:
    async with unit_of_work() as session:
        await submit_readings(alice, account_id, {zone_id: ReadingWish(text)}, session=session)


async def states() -> list[tuple[Decimal, ReadingState]]:
    async with unit_of_work() as session:
        return sorted((row.value, row.state) for row in await session.exec(select(Reading)))


async def test_a_double_click_sends_once(committed: str) -> None:
    alice, account_id, zone_id = await settle()
    await asyncio.gather(*(send(alice, account_id, zone_id, "150") for _ in range(4)))
    assert await states() == [(150, ReadingState.SUBMITTED)]


async def test_of_two_tabs_one_value_stays(committed: str) -> None:
    alice, account_id, zone_id = await settle()
    await asyncio.gather(*(send(alice, account_id, zone_id, text) for text in ("150", "160", "170")))
    assert [state for _value, state in await states()].count(ReadingState.SUBMITTED) == 1
    assert len(await states()) == 3


async def test_one_of_two_who_decide_is_first(committed: str) -> None:
    alice, account_id, zone_id = await settle()
    await send(alice, account_id, zone_id, "150")
    async with unit_of_work() as session:
        [reading_id] = await session.exec(select(Reading.id))

    async def accept() -> int:
        async with unit_of_work() as session:
            return len(await accept_readings([reading_id], by=None, session=session))

    async def decline() -> int:
        try:
            async with unit_of_work() as session:
                await decline_reading(reading_id, "Wrong", by=None, session=session)
        except AlreadyDecided:
            return 0
        return 1

    assert sum(await asyncio.gather(accept(), decline(), accept(), decline())) == 1


async def test_a_correction_and_an_acceptance_never_touch_the_same_reading(committed: str) -> None:
    alice, account_id, zone_id = await settle()
    await send(alice, account_id, zone_id, "150")
    async with unit_of_work() as session:
        [reading_id] = await session.exec(select(Reading.id))

    async def accept() -> None:
        async with unit_of_work() as session:
            await accept_readings([reading_id], by=None, session=session)

    await asyncio.gather(send(alice, account_id, zone_id, "160"), accept())
    found = dict(await states())
    assert found[Decimal(160)] is ReadingState.SUBMITTED
    assert found[Decimal(150)] in (ReadingState.ACCEPTED, ReadingState.SUPERSEDED)


async def test_a_file_that_is_read_twice_at_once_keeps_a_value_once(committed: str) -> None:
    _alice, _account, zone_id = await settle()

    async def take() -> UUID:
        async with unit_of_work() as session:
            return await take_provider_reading(zone_id, Decimal(5), date(2026, 11, 1), session=session)

    assert len(set(await asyncio.gather(*(take() for _ in range(4))))) == 1
