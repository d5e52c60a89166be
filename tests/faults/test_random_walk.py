"""Anything that can happen with money, in any order that hypothesis thinks of; the books after each step."""

import asyncio
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from random import Random
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import make_url

from cabinet import database
from cabinet.kit.dates import today_in
from cabinet.settings import settings as our_settings
from cabinet.simulation import orders
from cabinet.simulation.bank import Bank, open_bank
from cabinet.simulation.companies import ZONE
from tests.conftest import copy_of
from tests.faults.life import HAPPENINGS, Life
from tests.faults.scene import Scene, settle_scene

SAVED = ["success", "declined_when_charged", "always_authenticate", "delayed", "dispute", "refund_fails"]
FIRST_DAY = 5
"""Far from the end of a month, where autopay has its own rules."""
happenings = st.sampled_from([what for what, (weight, _) in HAPPENINGS.items() for _ in range(weight)])
seeds = st.integers(0, 2**16)
crashes = st.integers(-150, 60).map(lambda step: step if step > 0 else None)


class Town(RuleBasedStateMachine):
    """Two families with a standing order, their bank, their companies and the office."""

    template_url = ""
    scene: Scene
    life: Life
    opened: AbstractAsyncContextManager[Bank]

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.url = copy_of(self.template_url)
        our_settings.database_url = self.url

    @initialize(card=st.sampled_from(SAVED), seed=seeds)
    def settle_in(self, card: str, seed: int) -> None:
        async def begin() -> None:
            database.bind_engine()
            self.opened = open_bank()
            bank = await self.opened.__aenter__()
            while today_in(ZONE).day != FIRST_DAY:
                bank.pass_time(timedelta(days=1))
            self.scene = await settle_scene(bank)
            self.life = Life(self.scene)
            await orders.add_card(bank, self.scene.alice, card)
            await orders.give_order(self.scene.alice, self.scene.gas, Random(seed))

        self.loop.run_until_complete(begin())

    @rule(what=happenings, seed=seeds, die_at=crashes)
    def happens(self, what: str, seed: int, die_at: int | None) -> None:
        self.loop.run_until_complete(self.life.live(what, Random(seed), die_at))

    @invariant()
    def books_are_right(self) -> None:
        if hasattr(self, "scene"):
            assert not self.loop.run_until_complete(self.scene.broken_now())

    def teardown(self) -> None:
        """Everything comes to rest; then we and the processor agree."""

        async def end() -> None:
            try:
                await self.scene.come_to_rest()
                assert not await self.scene.broken_at_rest()
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
    _walk(template_url, 60, 50, phases=[Phase.generate])
