"""Counters of money: what was committed, once; and lines of the log that name the payment."""

import asyncio
import logging

import pytest

from cabinet.database import after_commit, read_only, unit_of_work
from cabinet.payments import service as payments
from cabinet.payments.models import Payment, PaymentState
from cabinet.watching import context
from cabinet.watching.metrics import REGISTRY
from tests.payments.conftest import FakeProcessor, Neighbours
from tests.payments.test_exactly_once import paid, people

__all__ = ["people"]


def steps() -> dict[str, float]:
    found = {
        state: REGISTRY.get_sample_value("cabinet_payment_steps_total", {"state": state.value}) or 0
        for state in PaymentState
    }
    return {state.value: value for state, value in found.items()}


def settled() -> float:
    return REGISTRY.get_sample_value("cabinet_payments_settled_minor_total", {"currency": "RUB"}) or 0


async def test_each_step_and_the_money_count_once(people: Neighbours, fake: FakeProcessor):
    before, money = steps(), settled()
    started = await paid(people, fake)
    await asyncio.gather(*(payments.settle(started.payment_id) for _ in range(10)))
    async with read_only() as session:
        payment = await session.get_one(Payment, started.payment_id)
    assert {state: value - before[state] for state, value in steps().items() if value != before[state]} == {
        "created": 1,
        "pending": 1,
        "succeeded": 1,
    }
    assert settled() - money == payment.total_minor > 0


async def test_what_is_rolled_back_does_not_count(people: Neighbours, fake: FakeProcessor):
    started = await paid(people, fake)
    before = steps()
    with pytest.raises(RuntimeError):
        async with unit_of_work() as session:
            payment = await session.get_one(Payment, started.payment_id)
            payment.state = PaymentState.CANCELED
            await session.flush()
            raise RuntimeError
    assert steps() == before
    await payments.cancel_payment(people.alice.id, started.payment_id)
    assert steps() != before


async def test_after_commit_means_after(committed: str):
    done: list[str] = []
    async with unit_of_work() as session:
        after_commit(lambda: done.append("said"), session=session)
        assert done == []
    assert done == ["said"]


async def test_lines_about_a_payment_name_its_number(
    people: Neighbours, fake: FakeProcessor, caplog: pytest.LogCaptureFixture
):
    seen: list[dict[str, object]] = []

    class Facts(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append({"message": record.getMessage(), **context.facts()})

    handler = Facts()
    started = await paid(people, fake)
    async with read_only() as session:
        number = (await session.get_one(Payment, started.payment_id)).number
    logger = logging.getLogger("cabinet.payments")
    logger.addHandler(handler)
    caplog.set_level(logging.INFO, logger="cabinet.payments")
    try:
        await payments.settle(started.payment_id)
    finally:
        logger.removeHandler(handler)
    assert {"message": "the payment went from pending to succeeded", "payment": number}.items() <= seen[
        -1
    ].items()
    assert "payment" not in context.facts()
