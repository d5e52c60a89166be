"""kill −9 between any two steps, with real processes; then a restart, the janitor, and the books."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest

from cabinet.database import unit_of_work
from cabinet.errors import CabinetError
from cabinet.kit.dates import now
from cabinet.payments import refunds
from cabinet.payments import service as payments
from cabinet.payments.errors import AlreadyPaid
from cabinet.payments.models import PaymentState, ProcessorEvent, RefundState
from cabinet.payments.service import Wish
from cabinet.settings import ROOT, settings
from tests.faults.scene import Scene

MOST_STEPS = 200
COARSE = 7
"""The quick tests die before every seventh step, `make faults` before each."""

how_fine = pytest.mark.parametrize(
    "stride", [COARSE, pytest.param(1, marks=pytest.mark.slow)], ids=["some steps", "every step"]
)


@dataclass
class Driver:
    """The process that is killed again and again."""

    process: asyncio.subprocess.Process

    async def order(self, action: str, die_at: int | None, **facts: Any) -> dict[str, Any]:
        """What became of it; an error of the child is an error of the test."""
        assert self.process.stdin and self.process.stdout
        order = {"action": action, "die_at": die_at, **{name: str(value) for name, value in facts.items()}}
        self.process.stdin.write(json.dumps(order).encode() + b"\n")
        await self.process.stdin.drain()
        answer = json.loads(await self.process.stdout.readline())
        assert "error" not in answer, answer["error"]
        return answer


@pytest.fixture
async def driver(scene: Scene) -> AsyncGenerator[Driver]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.faults.driver",
        settings.database_url,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield Driver(process)
    finally:
        assert process.stdin
        process.stdin.close()
        await process.wait()


def some(stride: int) -> range:
    return range(1, MOST_STEPS, stride)


async def an_account(scene: Scene, number: int) -> UUID:
    homes = scene.world.homes[scene.alice]
    return homes[number % len(homes)]


async def started(scene: Scene, number: int) -> payments.Started:
    """A page for a sum of its own; an earlier one that was paid meanwhile is told of first."""
    wish = Wish(await an_account(scene, number), own_amount=f"{100 + number},00")
    try:
        return await scene.start(wish)
    except AlreadyPaid:
        return await scene.start(wish)


async def pay_page(scene: Scene, number: int) -> UUID:
    """A payment that the card has paid and nobody has credited."""
    begun = await started(scene, number)
    await scene.bank.type_card(begun.url, "success")
    return begun.payment_id


@how_fine
async def test_killed_while_a_payment_is_begun(scene: Scene, driver: Driver, stride: int) -> None:
    """The same press repeated after the restart leads to one page, which can be paid once."""
    for die_at in some(stride):
        attempt, account_id = uuid4().hex, await an_account(scene, 0)
        ended = await driver.order("start", die_at, resident=scene.alice, account=account_id, attempt=attempt)
        again = await scene.start(Wish(account_id, own_amount="250,00"), attempt=attempt)
        await scene.bank.type_card(again.url, "success")
        assert await payments.settle(again.payment_id) is PaymentState.SUCCEEDED
        if not ended["killed"]:
            break
    pages = await scene.bank.ask("GET", "/v1/checkout/sessions", limit=100)
    assert len(pages["data"]) == len({page["client_reference_id"] for page in pages["data"]})
    assert {page["status"] for page in pages["data"]} == {"complete"}


@pytest.mark.slow
@how_fine
async def test_killed_while_a_payment_is_begun_and_nobody_comes_back(
    scene: Scene, driver: Driver, stride: int
) -> None:
    for die_at in some(stride):
        facts = {"resident": scene.alice, "account": await an_account(scene, die_at), "attempt": uuid4().hex}
        if not (await driver.order("start", die_at, **facts))["killed"]:
            break
    await scene.come_to_rest()


@how_fine
async def test_killed_while_money_is_credited(scene: Scene, driver: Driver, stride: int) -> None:
    """Whatever stood when it died, settling again credits once; and if nobody does, the janitor."""
    for die_at in some(stride):
        payment_id = await pay_page(scene, die_at)
        before = await scene.broken_now()
        ended = await driver.order("settle", die_at, payment=payment_id)
        assert not before and not await scene.broken_now()
        if die_at // stride % 2:
            assert await payments.settle(payment_id) is PaymentState.SUCCEEDED
        if not ended["killed"]:
            break
    await scene.come_to_rest()


@pytest.mark.slow
@how_fine
async def test_killed_while_giving_up(scene: Scene, driver: Driver, stride: int) -> None:
    for die_at in some(stride):
        begun = await started(scene, die_at)
        ended = await driver.order("give_up", die_at, resident=scene.alice, payment=begun.payment_id)
        await scene.bank.type_card(begun.url, "success")
        if not ended["killed"]:
            break
    await scene.come_to_rest()


@how_fine
async def test_killed_while_refunding(scene: Scene, driver: Driver, stride: int) -> None:
    """One refund for each that was written down, whether its answer was heard or not."""
    for die_at in some(stride):
        payment_id = await pay_page(scene, die_at)
        await payments.settle(payment_id)
        ended = await driver.order("refund", die_at, payment=payment_id, staff=scene.staff[0].id)
        wanted = await scene.refunds_of(payment_id)
        assert len(wanted) <= 1 and not await scene.broken_now()
        for refund in wanted:
            assert await refunds.send_refund(refund.id) is RefundState.SUCCEEDED
        if not ended["killed"]:
            break
    made = (await scene.bank.ask("GET", "/v1/refunds", limit=100))["data"]
    assert len(made) == len({one["payment_intent"] for one in made})


@pytest.mark.slow
@how_fine
async def test_killed_while_a_dispute_is_taken_in(scene: Scene, driver: Driver, stride: int) -> None:
    payment_id = await scene.paid("dispute")
    for won in (None, False):
        if won is not None:
            await scene.decide_dispute(won=won)
        for die_at in some(stride):
            ended = await driver.order("dispute", die_at, payment=payment_id)
            assert not await scene.broken_now()
            if not ended["killed"]:
                break
    assert (await scene.payment(payment_id)).state is PaymentState.LOST


@pytest.mark.slow
@how_fine
async def test_killed_while_an_event_is_worked_on(scene: Scene, driver: Driver, stride: int) -> None:
    for die_at in some(stride):
        payment_id = await pay_page(scene, die_at)
        event_id = f"evt_{die_at}"
        async with unit_of_work() as session:
            body = {"payment": str(payment_id), "session": None, "charge": None}
            session.add(
                ProcessorEvent(id=event_id, kind="checkout.session.completed", body=body, received_at=now())
            )
        if not (await driver.order("event", die_at, event=event_id))["killed"]:
            break
    await scene.come_to_rest()


async def test_five_processes_settle_the_same_payment_at_once(scene: Scene, driver: Driver) -> None:
    payment_id = await pay_page(scene, 0)
    await asyncio.gather(
        driver.order("settle", None, payment=payment_id),
        *(payments.settle(payment_id) for _ in range(5)),
        scene.bank.deliver(),
    )
    assert (await scene.payment(payment_id)).state is PaymentState.SUCCEEDED


async def test_the_driver_really_dies(scene: Scene, driver: Driver) -> None:
    """Else the tests above would prove nothing."""
    payment_id = await pay_page(scene, 0)
    assert (await driver.order("settle", 1, payment=payment_id))["killed"]
    assert (await scene.payment(payment_id)).state is PaymentState.PENDING
    lived = await driver.order("settle", None, payment=payment_id)
    assert not lived["killed"] and lived["steps"] > 10
    with pytest.raises(CabinetError):
        await payments.cancel_payment(scene.alice, payment_id)
