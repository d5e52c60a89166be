"""A fake bank day ends with right books, and a wrong book is noticed."""

import pytest

from cabinet import database
from cabinet.database import read_only, unit_of_work
from cabinet.simulation.comparison import differences
from cabinet.simulation.run import simulate
from tests.raw import run_sql


async def test_a_day_leaves_the_books_right(committed: str) -> None:
    outcome = await simulate(1, seed=3, visits=10)
    assert outcome.broken == []
    assert sum(outcome.visits.values()) >= 10 and "All invariants hold." in outcome.table()
    database.bind_engine()
    async with unit_of_work() as session:
        await run_sql("DELETE FROM sandbox_object WHERE kind = 'balance_transaction'", session)
    async with read_only() as session:
        assert await differences(session=session)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
async def test_many_days(committed: str, seed: int) -> None:
    assert (await simulate(5, seed=seed)).broken == []
