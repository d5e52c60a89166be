"""Two workers at once, with real commits: one letter, one payment, one charge."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

import pytest
from sqlalchemy import func
from sqlmodel import col, select

from cabinet.autopay import charging
from cabinet.autopay import service as autopay
from cabinet.autopay.models import Autopay, AutopayRun, AutopayRunState
from cabinet.database import read_only, unit_of_work
from cabinet.mail.models import Letter
from cabinet.payments.models import Payment
from tests.autopay.conftest import Calendar, FakeCharges, save_card, start_order, wish_for
from tests.payments.conftest import settle_in

WORKERS = 8


@dataclass
class Ids:
    alice: UUID
    bob: UUID
    gas: UUID
    order: UUID


@pytest.fixture
async def ids(committed: str, charges: FakeCharges, calendar: Calendar) -> Ids:
    async with unit_of_work() as session:
        neighbours = await settle_in(session)
        order = await start_order(session, neighbours.alice.id, neighbours.gas.id)
        return Ids(neighbours.alice.id, neighbours.bob.id, neighbours.gas.id, order.id)


async def at_once(step: Callable[[UUID], Awaitable[None]], id: UUID) -> None:
    results = await asyncio.gather(*(step(id) for _worker in range(WORKERS)), return_exceptions=True)
    assert [result for result in results if result is not None] == []


async def count(of: type[AutopayRun] | type[Payment] | type[Letter]) -> int:
    async with read_only() as session:
        return (await session.exec(select(func.count()).select_from(of))).one()


async def the_run() -> AutopayRun:
    async with read_only() as session:
        return (await session.exec(select(AutopayRun))).one()


async def test_eight_workers_announce_charge_and_follow_once(
    ids: Ids, charges: FakeCharges, calendar: Calendar
):
    await at_once(charging.announce_turn, ids.order)
    assert (await count(AutopayRun), await count(Letter)) == (1, 1)

    calendar.wait(2)
    run = await the_run()
    await at_once(charging.charge_turn, run.id)
    await at_once(charging.follow_turn, run.id)
    assert (await the_run()).state is AutopayRunState.PAID
    assert (await count(Payment), len(charges.charges)) == (1, 1)


async def test_two_residents_of_one_account_pay_the_debt_once(
    ids: Ids, charges: FakeCharges, calendar: Calendar
):
    async with unit_of_work() as session:
        await start_order(session, ids.bob, ids.gas)
    await autopay.announce_turns()
    calendar.wait(2)
    async with read_only() as session:
        runs = list((await session.exec(select(AutopayRun.id))).all())
    assert len(runs) == 2
    await asyncio.gather(*(charging.charge_turn(run) for run in runs))
    await autopay.charge_turns()
    await autopay.follow_turns()
    async with read_only() as session:
        states = (await session.exec(select(AutopayRun.state).order_by(col(AutopayRun.state)))).all()
    assert list(states) == [AutopayRunState.PAID, AutopayRunState.SKIPPED]
    assert len(charges.charges) == 1


async def test_two_presses_give_one_order(ids: Ids):
    async with unit_of_work() as session:
        card = await save_card(session, ids.alice)

    async def press(_id: UUID) -> None:
        async with unit_of_work() as session:
            await autopay.start_autopay(ids.alice, ids.gas, wish_for(card), locale="ru", session=session)

    await at_once(press, ids.alice)
    async with read_only() as session:
        current = await session.exec(select(func.count()).where(col(Autopay.ended_at).is_(None)))
        assert current.one() == 1
