"""`python -m benchmarks money`: settlements beside plain SQL, and the recount of a million entries."""

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from random import Random
from typing import Any
from uuid import UUID, uuid4

import psycopg
from sqlalchemy import text

from benchmarks.pages import let_cards_pay, pending
from cabinet import database
from cabinet.database import read_only, unit_of_work
from cabinet.launcher.console import say
from cabinet.launcher.migrations import migrate
from cabinet.launcher.postgres import hand_down, throwaway_database
from cabinet.ledger import service as ledger
from cabinet.ledger import verification
from cabinet.payments import service as payments
from cabinet.payments.models import PaymentItem
from cabinet.settings import settings
from cabinet.simulation.world import World, settle_world

FAMILIES = 200
AMOUNT = 12_345
AT_ONCE = 8
AIM = 0.5

Agreed = tuple[UUID, UUID, UUID]
"""Payment, account, provider."""

_GENERATE = """
SET session_replication_role = replica;
INSERT INTO journal (id, key, kind, at, memo)
    SELECT md5(n::text)::uuid, 'bench:' || n, 'charge', now(), '' FROM generate_series(1, {journals}) n;
INSERT INTO entry (journal_id, account, amount_minor, currency)
    SELECT md5(n::text)::uuid, side.account, side.amount_minor, 'RUB' FROM generate_series(1, {journals}) n,
    LATERAL (VALUES
        ('receivable:' || md5('account' || n % 20000)::uuid, n % 1000 + 1),
        ('clearing:' || md5('provider' || n % 20)::uuid, -(n % 1000) - 1),
        ('payable:' || md5('provider' || n % 20)::uuid, n % 500 + 1),
        ('asset:processor', -(n % 500) - 1)
    ) side (account, amount_minor);
INSERT INTO balance (account_id, amount_minor, currency, updated_at)
    SELECT split_part(account, ':', 2)::uuid, sum(amount_minor), 'RUB', now()
    FROM entry WHERE account LIKE 'receivable:%' GROUP BY account
    ON CONFLICT (account_id) DO UPDATE SET amount_minor = excluded.amount_minor;
SET session_replication_role = origin;
ANALYZE;
"""


def main(arguments: list[str]) -> None:
    """Measure on a database of its own and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks money", description=__doc__)
    parser.add_argument("--payments", type=int, default=400, help="settlements in each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--entries", type=int, default=1_000_000)
    wanted = parser.parse_args(arguments)
    with throwaway_database() as url:
        hand_down(url)
        migrate(url)
        asyncio.run(_measure(wanted))


async def _measure(wanted: argparse.Namespace) -> None:
    database.bind_engine()
    let_cards_pay(AMOUNT)
    try:
        async with unit_of_work() as session:
            world = await settle_world(FAMILIES, Random(1), session=session)
        await _compare(world, wanted.payments, wanted.rounds)
        await _recount(wanted.entries)
    finally:
        with suppress(Exception):
            await database.dispose_engine()


async def _compare(world: World, count: int, rounds: int) -> None:
    """In turns, so that both see the same machine."""
    await _settle_all(await _agree(world, AT_ONCE))
    ours: list[float] = []
    plain: list[float] = []
    for _ in range(rounds):
        ours.append(count / await _settle_all(await _agree(world, count)))
        plain.append(count / await _write_all(await _agree(world, count)))
    best = (sorted(ours)[rounds // 2], sorted(plain)[rounds // 2])
    async with read_only() as session:
        proof = await verification.verify(session=session)
    say(f"settle(), {AT_ONCE} at a time: {best[0]:.0f} a second")
    say(f"the same rows, plain SQL:  {best[1]:.0f} a second")
    say(f"ratio {best[0] / best[1]:.2f} (aim: at least {AIM}); books hold: {proof.holds}")


async def _agree(world: World, count: int) -> list[Agreed]:
    """Payments whose card has paid, each for one account."""
    homes = [(resident, account) for resident, accounts in world.homes.items() for account in accounts[:3]]
    agreed: list[Agreed] = []
    async with unit_of_work() as session:
        owners = {
            row[0]: row[1]
            for row in await (await session.connection()).execute(text("SELECT id, provider_id FROM account"))
        }
        for number in range(count):
            resident_id, account_id = homes[number % len(homes)]
            payment = pending(resident_id, AMOUNT)
            session.add(payment)
            await session.flush()
            session.add(PaymentItem(payment_id=payment.id, account_id=account_id, amount_minor=AMOUNT))
            agreed.append((payment.id, account_id, owners[account_id]))
    await _analyze()
    return agreed


async def _analyze() -> None:
    """What the server does by itself within a minute: plan for tables as large as they are."""
    async with await psycopg.AsyncConnection.connect(_address(), autocommit=True) as connection:
        await connection.execute("ANALYZE")


async def _settle_all(agreed: list[Agreed]) -> float:
    async def settle(each: Agreed) -> None:
        await payments.settle(each[0])

    return await _in_turns(agreed, AT_ONCE, lambda _: settle)


async def _write_all(agreed: list[Agreed]) -> float:
    """One transaction for each payment, one statement for each table, over as many connections."""
    letter, job = await _templates()
    connections = [await psycopg.AsyncConnection.connect(_address()) for _ in range(AT_ONCE)]
    try:
        return await _in_turns(agreed, AT_ONCE, lambda n: _writer(connections[n], letter, job))
    finally:
        for connection in connections:
            await connection.close()


def _writer(
    connection: psycopg.AsyncConnection, letter: str, job: str
) -> Callable[[Agreed], Awaitable[None]]:
    async def write(each: Agreed) -> None:
        payment_id, account_id, provider_id = each
        journal_id = uuid4()
        async with connection.transaction(), connection.cursor() as cursor:
            for statement, values in _statements(
                payment_id, account_id, provider_id, journal_id, letter, job
            ):
                await cursor.execute(statement.encode(), values, prepare=True)

    return write


def _statements(
    payment_id: UUID, account_id: UUID, provider_id: UUID, journal_id: UUID, letter: str, job: str
) -> Iterable[tuple[str, dict[str, Any]]]:
    """The rows that settle() writes; it splits a sum over the services of a bill, which are two on average."""
    letter_id = uuid4()
    yield "SELECT FROM payment WHERE id = %(p)s FOR UPDATE", {"p": payment_id}
    yield (
        "UPDATE payment SET state = 'succeeded', charge_ref = 'pi_' || session_ref, settled_at = now() WHERE id = %(p)s",
        {"p": payment_id},
    )
    yield (
        "INSERT INTO allocation (id, item_id, kind, amount_minor, created_at) "
        "SELECT gen_random_uuid(), id, 'advance', part, now() FROM payment_item, unnest(%(parts)s::bigint[]) part "
        "WHERE payment_id = %(p)s",
        {"p": payment_id, "parts": [AMOUNT // 2, AMOUNT - AMOUNT // 2]},
    )
    yield (
        "INSERT INTO journal (id, key, kind, at, memo) VALUES (%(j)s, %(k)s, 'payment', now(), '')",
        {"j": journal_id, "k": f"payment:{payment_id}"},
    )
    yield (
        "INSERT INTO entry (journal_id, account, amount_minor, currency) VALUES "
        "(%(j)s, 'asset:processor', %(a)s, 'RUB'), (%(j)s, %(pay)s, %(m)s, 'RUB'), "
        "(%(j)s, %(clear)s, %(a)s, 'RUB'), (%(j)s, %(owe)s, %(m)s, 'RUB')",
        {
            "j": journal_id,
            "a": AMOUNT,
            "m": -AMOUNT,
            "pay": ledger.payable(provider_id),
            "clear": ledger.clearing(provider_id),
            "owe": ledger.receivable(account_id),
        },
    )
    yield (
        "INSERT INTO balance (account_id, amount_minor, currency, updated_at) VALUES (%(o)s, %(m)s, 'RUB', now()) "
        "ON CONFLICT (account_id) DO UPDATE SET amount_minor = balance.amount_minor + excluded.amount_minor",
        {"o": account_id, "m": -AMOUNT},
    )
    yield (
        "INSERT INTO letter SELECT * FROM jsonb_populate_record(NULL::letter, "
        "%(l)s::jsonb || jsonb_build_object('id', %(i)s::uuid, 'about_id', %(p)s::uuid, 'recipient_key', %(p)s::uuid))",
        {"l": letter, "i": letter_id, "p": payment_id},
    )
    yield (
        "INSERT INTO procrastinate_jobs (task_name, queue_name, lock, args) "
        "VALUES (%(t)s, 'default', 'letter:' || %(i)s, jsonb_build_object('letter_id', %(i)s::text))",
        {"t": job, "i": letter_id},
    )


async def _templates() -> tuple[str, str]:
    """A letter and the name of a job, as settle() has just written them."""
    async with read_only() as session:
        connection = await session.connection()
        letter = await connection.execute(text("SELECT to_jsonb(letter)::text FROM letter LIMIT 1"))
        job = await connection.execute(text("SELECT task_name FROM procrastinate_jobs LIMIT 1"))
        return letter.scalar_one(), job.scalar_one()


async def _in_turns(
    agreed: list[Agreed], workers: int, work: Callable[[int], Callable[[Agreed], Awaitable[None]]]
) -> float:
    """Seconds until so many workers have done all of it."""
    waiting = iter(agreed)

    async def one(number: int) -> None:
        do = work(number)
        for each in waiting:
            await do(each)

    began = time.perf_counter()
    await asyncio.gather(*(one(number) for number in range(workers)))
    return time.perf_counter() - began


async def _recount(entries: int) -> None:
    async with await psycopg.AsyncConnection.connect(_address(), autocommit=True) as connection:
        await connection.execute(_GENERATE.format(journals=entries // 4).encode())
    began = time.perf_counter()
    async with read_only() as session:
        proof = await verification.verify(session=session)
    seconds = time.perf_counter() - began
    say(f"ledger verify: {proof.entries:,} entries in {seconds:.1f} s; books hold: {proof.holds}")


def _address() -> str:
    return settings.database_url.replace("postgresql+psycopg://", "postgresql://")
