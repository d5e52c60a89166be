"""Meters as their provider delivers them: put in place, brought up to date, replaced, taken out."""

from datetime import date
from uuid import UUID

import pytest
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.errors import NotFound
from cabinet.kit.outcome import Outcome
from cabinet.meters.errors import BadMeter
from cabinet.meters.models import Meter, MeterKind, TariffZone
from cabinet.meters.registering import register_meter, remove_meter
from tests.accounts.making import make_account, make_provider

WATER = MeterKind.COLD_WATER


async def home(session: AsyncSession) -> tuple[UUID, UUID]:
    spring = await make_provider(session)
    return spring.id, await make_account(session, spring)


async def zones_of(meter_id: UUID, session: AsyncSession) -> list[int]:
    rows = await session.exec(
        select(TariffZone.number).where(TariffZone.meter_id == meter_id).order_by(col(TariffZone.number))
    )
    return list(rows)


async def test_a_new_meter_gets_what_is_usual_for_its_kind(session: AsyncSession) -> None:
    provider_id, account_id = await home(session)
    made = await register_meter(provider_id, account_id, WATER, " 123456 ", session=session)
    meter = await session.get_one(Meter, made.id)
    assert (meter.serial, meter.unit, meter.digits, meter.decimals) == ("123456", "м³", 5, 3)
    assert await zones_of(meter.id, session) == [1]


async def test_the_same_again_changes_nothing_and_a_new_date_is_taken(session: AsyncSession) -> None:
    provider_id, account_id = await home(session)
    due = date(2030, 5, 1)
    made = await register_meter(
        provider_id, account_id, WATER, "123456", verification_due=due, session=session
    )
    again = await register_meter(provider_id, account_id, WATER, "123456", session=session)
    later = await register_meter(
        provider_id, account_id, WATER, "123456", verification_due=date(2034, 5, 1), session=session
    )
    assert (again.outcome, later.outcome) == (Outcome.UNCHANGED, Outcome.CHANGED)
    assert (again.id, later.id, later.before) == (made.id, made.id, {"verification_due": due})


async def test_zones_are_added_and_never_taken_away(session: AsyncSession) -> None:
    provider_id, account_id = await home(session)
    one = await register_meter(provider_id, account_id, MeterKind.ELECTRICITY, "77", zones=1, session=session)
    three = await register_meter(
        provider_id, account_id, MeterKind.ELECTRICITY, "77", zones=3, session=session
    )
    fewer = await register_meter(
        provider_id, account_id, MeterKind.ELECTRICITY, "77", zones=2, session=session
    )
    assert (three.outcome, three.after, fewer.outcome) == (
        Outcome.CHANGED,
        {"zones_added": 2},
        Outcome.UNCHANGED,
    )
    assert await zones_of(one.id, session) == [1, 2, 3]


async def test_a_new_meter_in_the_place_of_an_old_one_goes_on_with_its_history(session: AsyncSession) -> None:
    provider_id, account_id = await home(session)
    old = await register_meter(provider_id, account_id, WATER, "1", session=session)
    day = date(2026, 11, 5)
    new = await register_meter(
        provider_id, account_id, WATER, "2", installed_on=day, replaces="1", session=session
    )
    again = await register_meter(
        provider_id, account_id, WATER, "2", installed_on=day, replaces="1", session=session
    )
    assert (await session.get_one(Meter, old.id)).removed_on == day
    assert (await session.get_one(Meter, new.id)).replaces_id == old.id
    assert again.outcome is Outcome.UNCHANGED


async def test_a_meter_is_taken_out_once(session: AsyncSession) -> None:
    provider_id, account_id = await home(session)
    await register_meter(provider_id, account_id, WATER, "1", session=session)
    day = date(2026, 11, 5)
    first = await remove_meter(provider_id, account_id, WATER, "1", day, session=session)
    second = await remove_meter(provider_id, account_id, WATER, "1", day, session=session)
    assert (first.outcome, second.outcome) == (Outcome.CHANGED, Outcome.UNCHANGED)
    with pytest.raises(NotFound):
        await remove_meter(provider_id, account_id, WATER, "9", day, session=session)


async def test_strangers_and_nonsense_are_refused(session: AsyncSession) -> None:
    provider_id, account_id = await home(session)
    stranger = await make_provider(session)
    with pytest.raises(NotFound):
        await register_meter(stranger.id, account_id, WATER, "1", session=session)
    with pytest.raises(BadMeter) as refused:
        await register_meter(provider_id, account_id, WATER, " ", zones=4, digits=2, session=session)
    assert set(refused.value.problems) == {"serial", "zones", "digits"}
