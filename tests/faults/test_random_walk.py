"""Anything that can happen with money, in any order that hypothesis thinks of; the books after each step."""

import asyncio
from collections.abc import Coroutine
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import make_url
from sqlmodel import col, select

from cabinet import database
from cabinet.accounts import service as accounts
from cabinet.accounts.models import AccountLink
from cabinet.database import read_only, unit_of_work
from cabinet.errors import CabinetError
from cabinet.payments import refunds
from cabinet.payments import service as payments
from cabinet.payments.janitor import sweep
from cabinet.payments.models import Payment, PaymentState, RefundState
from cabinet.payments.service import Wish
from cabinet.sandbox.faults import faults
from cabinet.settings import settings as our_settings
from cabinet.simulation.bank import Bank, open_bank
from cabinet.simulation.world import bill
from tests.conftest import copy_of
from tests.faults.scene import Scene, broken_at_rest, broken_now, settle_scene
from tests.faults.steps import Killed, Steps, raise_killed, stepping

CARDS = [
    "success",
    "declined",
    "insufficient_funds",
    "authentication",
    "delayed",
    "dispute",
    "refund_pending",
    "refund_fails",
]
picks = st.integers(0, 5)
crashes = st.none() | st.integers(1, 60)


class Town(RuleBasedStateMachine):
    """Two families, their bank and the office; every rule tolerates a clear no, and nothing else."""

    template_url = ""
    bank: Bank
    scene: Scene
    opened: AbstractAsyncContextManager[Bank]

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.url = copy_of(self.template_url)
        our_settings.database_url = self.url
        self.started: list[tuple[UUID, str, str, Wish]] = []

    def run(self, work: Coroutine[Any, Any, Any], die_at: int | None = None) -> None:
        """Do it; a refusal is an answer, a crash loses the process's memory and nothing else."""

        async def live() -> None:
            try:
                if die_at is None:
                    await work
                else:
                    with stepping(Steps(die_at, raise_killed)):
                        await work
            except (CabinetError, Killed):
                return

        self.loop.run_until_complete(live())

    @initialize()
    def settle_in(self) -> None:
        async def begin() -> None:
            database.bind_engine()
            self.opened = open_bank()
            self.bank = await self.opened.__aenter__()
            self.scene = await settle_scene(self.bank)

        self.loop.run_until_complete(begin())

    @rule(
        who=picks, what=picks, roubles=st.none() | st.integers(50, 3000), again=st.booleans(), die_at=crashes
    )
    def press_pay(self, who: int, what: int, roubles: int | None, again: bool, die_at: int | None) -> None:
        async def press() -> None:
            resident_id = self.scene.world.residents[who % 2]
            homes = self.scene.world.homes[resident_id]
            wish = Wish(homes[what % len(homes)], None if roubles is None else str(roubles))
            attempt = f"again{what}" if again else uuid4().hex
            begun = await payments.start_payment(resident_id, [wish], attempt=attempt, locale="ru")
            self.started.append((begun.payment_id, begun.url, attempt, wish))

        self.run(press(), die_at)

    @rule(which=picks, card=st.sampled_from(["success", "success", *CARDS]), approve=st.booleans())
    def type_card(self, which: int, card: str, approve: bool) -> None:
        async def pay() -> None:
            if self.started:
                _, url, _, _ = self.started[-1 - which % len(self.started)]
                await self.bank.type_card(url, card)
                if card == "authentication":
                    await self.bank.answer_bank(url, approve=approve)

        self.run(pay())

    @rule(which=picks, die_at=crashes)
    def come_back(self, which: int, die_at: int | None) -> None:
        if self.started:
            self.run(payments.settle(self.started[-1 - which % len(self.started)][0]), die_at)

    @rule(which=picks)
    def come_back_in_many_tabs(self, which: int) -> None:
        async def poll() -> None:
            payment_id = self.started[-1 - which % len(self.started)][0]
            await asyncio.gather(*(payments.settle(payment_id) for _ in range(4)), self.bank.deliver())

        if self.started:
            self.run(poll())

    @rule(which=picks, die_at=crashes)
    def give_up(self, which: int, die_at: int | None) -> None:
        if self.started:
            payment_id = self.started[-1 - which % len(self.started)][0]
            self.run(self._give_up(payment_id), die_at)

    async def _give_up(self, payment_id: UUID) -> None:
        payment = await self.scene.payment(payment_id)
        await payments.cancel_payment(payment.resident_id, payment_id)

    @rule(copies=st.integers(1, 3), shuffle=st.booleans(), drop=st.integers(0, 3))
    def deliver_webhooks(self, copies: int, shuffle: bool, drop: int) -> None:
        faults.copies, faults.shuffle, faults.drop = copies, shuffle, drop
        self.run(self._deliver())
        faults.copies, faults.shuffle, faults.drop = 1, False, 0

    async def _deliver(self) -> None:
        await self.bank.deliver()

    @rule()
    def lose_the_next_answer(self) -> None:
        faults.lose_responses = 1

    @rule(which=picks, share=st.integers(1, 100), die_at=crashes)
    def refund(self, which: int, share: int, die_at: int | None) -> None:
        async def give_back() -> None:
            payment = await self._some(which, PaymentState.SUCCEEDED)
            if payment:
                amount = max(payment.total_minor * share // 100, 1)
                await refunds.send_refund(await self.scene.want_refund(payment.id, amount))

        self.run(give_back(), die_at)

    @rule(which=picks, share=st.integers(1, 100))
    def refund_at_the_processor(self, which: int, share: int) -> None:
        async def give_back() -> None:
            payment = await self._some(which, PaymentState.SUCCEEDED)
            if payment and not await self._refund_waits(payment.id):
                await self.scene.refund_there(payment.id, max(payment.total_minor * share // 100, 1))

        self.run(give_back())

    async def _refund_waits(self, payment_id: UUID) -> bool:
        """Ours that was not sent yet would find its money gone: that is a refusal, tested elsewhere."""
        return any(one.state is RefundState.CREATED for one in await self.scene.refunds_of(payment_id))

    @rule(won=st.booleans())
    def decide_dispute(self, won: bool) -> None:
        async def decide() -> None:
            if (await self.bank.ask("GET", "/v1/disputes", limit=1))["data"]:
                await self.scene.decide_dispute(won=won)

        self.run(decide())

    @rule(what=picks, seed=st.integers(0, 99))
    def bill_arrives(self, what: int, seed: int) -> None:
        async def issue() -> None:
            homes = list(self.scene.world.billed)
            async with unit_of_work() as session:
                await bill(self.scene.world, homes[what % len(homes)], Random(seed), session=session)

        self.run(issue())

    @rule(who=picks, what=picks)
    def unlink_or_link(self, who: int, what: int) -> None:
        async def change() -> None:
            resident_id = self.scene.world.residents[who % 2]
            account_id = self.scene.world.homes[resident_id][what % len(self.scene.world.homes[resident_id])]
            async with unit_of_work() as session:
                linked = await accounts.linked_accounts(resident_id, session=session)
                if account_id in [one.account_id for one in linked]:
                    await accounts.unlink_account(resident_id, account_id, session=session)
                else:
                    session.add(AccountLink(resident_id=resident_id, account_id=account_id))

        self.run(change())

    @rule(minutes=st.sampled_from([1, 10, 40, 1500]), die_at=crashes)
    def time_passes(self, minutes: int, die_at: int | None) -> None:
        async def pass_time() -> None:
            await sweep()
            await refunds.sweep_refunds()

        self.bank.pass_time(timedelta(minutes=minutes))
        self.run(pass_time(), die_at)

    async def _some(self, which: int, state: PaymentState) -> Payment | None:
        async with read_only() as session:
            rows = await session.exec(
                select(Payment).where(Payment.state == state).order_by(col(Payment.number))
            )
            found = list(rows.all())
        return found[which % len(found)] if found else None

    @invariant()
    def books_are_right(self) -> None:
        if hasattr(self, "scene"):
            assert not self.loop.run_until_complete(broken_now())

    def teardown(self) -> None:
        """Everything comes to rest; then we and the processor agree."""

        async def end() -> None:
            try:
                await self.scene.come_to_rest()
                assert not await broken_at_rest()
            finally:
                await self.opened.__aexit__(None, None, None)
                await database.dispose_engine()
                database.make_session.configure(bind=None)

        try:
            if hasattr(self, "scene"):
                self.loop.run_until_complete(end())
        finally:
            self.loop.close()
            _drop(self.url)


def _drop(url: str) -> None:
    made = make_url(url)
    server = made.set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{made.database}" WITH (FORCE)'.encode())


def _walk(template_url: str, examples: int, steps: int, **options: Any) -> None:
    Town.template_url = template_url
    run_state_machine_as_test(
        Town,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            suppress_health_check=[
                HealthCheck.too_slow,
                HealthCheck.filter_too_much,
                HealthCheck.data_too_large,
            ],
            **options,
        ),
    )


def test_a_few_walks(template_url: str) -> None:
    _walk(template_url, 4, 20, derandomize=True, phases=[Phase.generate])


@pytest.mark.slow
def test_many_walks(template_url: str) -> None:
    _walk(template_url, 150, 50)
