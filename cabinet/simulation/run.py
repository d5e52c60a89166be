"""A fake bank day, or many: everybody acts through the real code, then all books are checked."""

import asyncio
import logging
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import text
from sqlmodel import func, select

from cabinet import database
from cabinet.autopay import service as autopay
from cabinet.database import read_only, unit_of_work
from cabinet.kit.dates import now
from cabinet.kit.money import CURRENCY, format_amount
from cabinet.ledger import service as ledger
from cabinet.ledger.models import Entry
from cabinet.payments import reconciliation
from cabinet.payments.janitor import sweep
from cabinet.payments.proof import Violation, violations
from cabinet.payments.refunds import sweep_refunds
from cabinet.residents.person import Person
from cabinet.sandbox.faults import faults
from cabinet.simulation import orders
from cabinet.simulation.bank import Bank, open_bank
from cabinet.simulation.comparison import broken_orders, differences
from cabinet.simulation.office import Office
from cabinet.simulation.visits import Visitor
from cabinet.simulation.world import World, bill, settle_world

FAMILIES = 8
VISITS = 20
BILLS = 8
ARRANGEMENTS = 8
AT_ONCE = 4
_STATES = {
    "payment": "SELECT state, count(*), sum(amount_minor) FROM payment GROUP BY state ORDER BY state",
    "refund": "SELECT state, count(*), sum(amount_minor) FROM refund GROUP BY state ORDER BY state",
    "autopay turn": """SELECT r.state, count(*), coalesce(sum(p.amount_minor), 0)
        FROM autopay_run r LEFT JOIN payment p ON p.id = r.payment_id GROUP BY r.state ORDER BY r.state""",
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
    outcome = Outcome(days, seed)
    database.bind_engine()
    try:
        with _quiet():
            return await _live(days, seed, visits, outcome)
    finally:
        await database.dispose_engine()


@contextmanager
def _quiet() -> Generator[None]:
    """What is provoked on purpose is not worth a line."""
    levels = {"cabinet": logging.ERROR, "cabinet.payments": logging.CRITICAL}
    before = {name: logging.getLogger(name).level for name in levels}
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)
    try:
        yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)


async def _live(days: int, seed: int, visits: int, outcome: Outcome) -> Outcome:
    async with open_bank() as bank:
        async with unit_of_work() as session:
            world = await settle_world(FAMILIES, Random(seed), session=session)  # noqa: S311
        office = Office(world, bank, Random(seed))  # noqa: S311
        for day in range(days):
            await _day(day, world, bank, office, outcome, visits)
        await come_to_rest(bank, world)
        outcome.office = office.done
        outcome.broken += await broken_at_rest(world)
        outcome.totals = await _totals()
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
    for _ in range(ARRANGEMENTS):
        outcome.visits[await Visitor(rng.choice(world.residents), bank, world, rng).arrange()] += 1
    if rng.random() < 0.3:
        outcome.visits[await Visitor(rng.choice(world.residents), bank, world, rng).pay_another_sum()] += 1
    faults.down = rng.random() < 0.1
    await bank.deliver()
    await sweep()
    await orders.make_rounds()
    faults.reset()
    await office.work()
    for _ in range(4):
        bank.pass_time(timedelta(hours=6))
        await bank.deliver()
        faults.lose_responses = rng.choice((0, 0, 0, 1))
        await orders.make_rounds()
        faults.lose_responses = 0
        await sweep()
        await sweep_refunds()
    outcome.broken += await broken_now(world)


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


async def come_to_rest(bank: Bank, world: World) -> None:
    """No more faults; three quiet days, in which everything arrives, is looked after and is told to everybody."""
    faults.reset()
    for _ in range(3):
        bank.pass_time(timedelta(days=1))
        await bank.deliver_all()
        await sweep()
        await sweep_refunds()
        await autopay.follow_turns()
    await _reconcile(world.staff[0])
    for company in world.companies:
        await company.send_all()
        await company.come_to_rest(world.staff[0])
    bank.pass_time(timedelta(days=1))
    for account_id, company in world.owners.items():
        await company.write_file(account_id, Random(0), early=False)  # noqa: S311
        await company.send_all()


async def _reconcile(by: Person) -> None:
    """The comparison with the processor, and what staff do with refunds that found no room when they arrived.

    Nothing else is mended here: payments and disputes must have come right by themselves.
    """
    async with unit_of_work() as session:
        whole = await reconciliation.new_run(
            now() - timedelta(days=365), now() + timedelta(days=1), by=None, session=session
        )
    await reconciliation.run_reconciliation(whole.id)
    async with read_only() as session:
        found = await reconciliation.differences_of(whole.id, session=session)
    for difference, _payment in found:
        if difference.cause in reconciliation.IMPORT and difference.payment_id:
            await reconciliation.settle_difference(difference.id, by=by)


async def broken_now(world: World, *, at_rest: datetime | None = None) -> list[Violation]:
    """What must never be wrong, not even in the midst of things."""
    async with read_only() as session:
        found = await violations(session=session, at_rest=at_rest)
        found += await broken_orders(session=session)
        for company in world.companies:
            found += await company.differences(session=session)
    return found


async def broken_at_rest(world: World) -> list[Violation]:
    """What may not be wrong when nothing is under way: here, at the processor, and at the companies."""
    async with read_only() as session:
        found = await differences(session=session)
        for company in world.companies:
            found += await company.truth(session=session)
    return found + await broken_now(world, at_rest=now())


async def _totals() -> dict[str, str]:
    totals: dict[str, str] = {}
    async with read_only() as session:
        for what, query in _STATES.items():
            rows = await (await session.connection()).execute(text(query))
            for state, count, amount in rows:
                totals[f"{what}s {state} ({count})"] = format_amount(int(amount), CURRENCY)
        for account in (ledger.PROCESSOR, ledger.SUSPENSE, ledger.FEE):
            amount = await session.exec(
                select(func.coalesce(func.sum(Entry.amount_minor), 0)).where(Entry.account == account)
            )
            totals[account] = format_amount(int(amount.one()), CURRENCY)
    return totals
