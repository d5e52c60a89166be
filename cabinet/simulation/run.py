"""A fake bank day, or many: everybody acts through the real code, then all books are checked."""

import asyncio
import logging
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

from sqlalchemy import text
from sqlmodel import func, select

from cabinet import database
from cabinet.database import read_only, unit_of_work
from cabinet.kit.dates import now
from cabinet.kit.money import CURRENCY, format_amount
from cabinet.ledger import service as ledger
from cabinet.ledger.models import Entry
from cabinet.payments.janitor import sweep
from cabinet.payments.proof import Violation, violations
from cabinet.payments.refunds import sweep_refunds
from cabinet.sandbox.faults import faults
from cabinet.simulation.bank import Bank, open_bank
from cabinet.simulation.comparison import differences
from cabinet.simulation.office import Office
from cabinet.simulation.visits import Visitor
from cabinet.simulation.world import World, bill, settle_world

FAMILIES = 8
VISITS = 20
BILLS = 8
AT_ONCE = 4
_STATES = {
    "payment": "SELECT state, count(*), sum(amount_minor) FROM payment GROUP BY state ORDER BY state",
    "refund": "SELECT state, count(*), sum(amount_minor) FROM refund GROUP BY state ORDER BY state",
}


@dataclass
class Outcome:
    """What came of a simulation."""

    days: int
    seed: int
    visits: Counter[str] = field(default_factory=Counter[str])
    office: dict[str, int] = field(default_factory=dict[str, int])
    totals: dict[str, str] = field(default_factory=dict[str, str])
    broken: list[Violation] = field(default_factory=list[Violation])

    def table(self) -> str:
        """The figures, ready to print."""
        rows = [(f"visit: {kind}", str(count)) for kind, count in sorted(self.visits.items())]
        rows += [(f"staff: {what}", str(count)) for what, count in sorted(self.office.items())]
        rows += list(self.totals.items())
        width = max(len(name) for name, _ in rows)
        lines = [f"{name:<{width}}  {value:>16}" for name, value in rows]
        verdict = [f"BROKEN: {each}" for each in self.broken] or ["All invariants hold."]
        return "\n".join([f"{self.days} days, seed {self.seed}", *lines, *verdict])


async def simulate(days: int, *, seed: int, visits: int = VISITS) -> Outcome:
    """Live through so many days on the database of the settings, and check everything at the end."""
    logging.getLogger("cabinet").setLevel(logging.ERROR)
    logging.getLogger("cabinet.payments").setLevel(logging.CRITICAL)
    outcome = Outcome(days, seed)
    database.bind_engine()
    try:
        async with open_bank() as bank:
            async with unit_of_work() as session:
                world = await settle_world(FAMILIES, Random(seed), session=session)  # noqa: S311
            office = Office(world, bank, Random(seed))  # noqa: S311
            for day in range(days):
                await _day(day, world, bank, office, outcome, visits)
            await come_to_rest(bank)
            outcome.office = office.done
            async with read_only() as session:
                outcome.broken = await violations(session=session, at_rest=now())
                outcome.broken += await differences(session=session)
                outcome.totals = await _totals()
    finally:
        await database.dispose_engine()
    return outcome


async def _day(day: int, world: World, bank: Bank, office: Office, outcome: Outcome, visits: int) -> None:
    rng = Random(f"{outcome.seed}:{day}")  # noqa: S311
    async with unit_of_work() as session:
        for account_id in rng.sample(list(world.billed), BILLS):
            await bill(world, account_id, rng, session=session)
    gate = asyncio.Semaphore(AT_ONCE)
    came = [_visit(world, bank, Random(f"{outcome.seed}:{day}:{n}"), gate) for n in range(visits)]  # noqa: S311
    _choose_faults(rng)
    outcome.visits.update(await asyncio.gather(*came))
    if rng.random() < 0.3:
        outcome.visits[await Visitor(rng.choice(world.residents), bank, world, rng).pay_another_sum()] += 1
    faults.down = rng.random() < 0.1
    await bank.deliver()
    await sweep()
    faults.reset()
    await office.work()
    for _ in range(4):
        bank.pass_time(timedelta(hours=6))
        await bank.deliver()
        await sweep()
        await sweep_refunds()


def _choose_faults(rng: Random) -> None:
    """How badly the post works today."""
    faults.copies = rng.choice((1, 1, 2, 3))
    faults.shuffle = rng.random() < 0.4
    faults.drop = rng.choice((0, 0, 5, 20))
    if rng.random() < 0.2:
        faults.drop_forever = lambda kind: kind.startswith(("checkout.", "payment_intent."))


async def _visit(world: World, bank: Bank, rng: Random, gate: asyncio.Semaphore) -> str:
    async with gate:
        return await Visitor(rng.choice(world.residents), bank, world, rng).visit()


async def come_to_rest(bank: Bank) -> None:
    """No more faults; let every event arrive and the janitor make its rounds over three quiet days."""
    faults.reset()
    for _ in range(3):
        bank.pass_time(timedelta(days=1))
        await bank.deliver_all()
        await sweep()
        await sweep_refunds()


async def _totals() -> dict[str, str]:
    totals: dict[str, str] = {}
    async with read_only() as session:
        for what in ("payment", "refund"):
            rows = await (await session.connection()).execute(text(_STATES[what]))
            for state, count, amount in rows:
                totals[f"{what}s {state} ({count})"] = format_amount(int(amount), CURRENCY)
        for account in (ledger.PROCESSOR, ledger.SUSPENSE, ledger.FEE):
            amount = await session.exec(
                select(func.coalesce(func.sum(Entry.amount_minor), 0)).where(Entry.account == account)
            )
            totals[account] = format_amount(int(amount.one()), CURRENCY)
    return totals
