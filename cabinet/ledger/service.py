"""Posting journals, reading balances, and proving both."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, ScalarSelect, SQLColumnExpression, bindparam, cast, func, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.database import run
from cabinet.kit.dates import now
from cabinet.kit.money import CURRENCY
from cabinet.ledger.models import Balance, Entry, Journal, JournalKind

PROCESSOR = "asset:processor"
FEE = "fee"
SUSPENSE = "suspense"


def receivable(account_id: UUID) -> str:
    """What a personal account owes."""
    return f"receivable:{account_id}"


def payable(provider_id: UUID) -> str:
    """What we took for a provider and owe it."""
    return f"payable:{provider_id}"


def clearing(provider_id: UUID) -> str:
    """The other side of the receivables of a provider."""
    return f"clearing:{provider_id}"


def payout(provider_id: UUID) -> str:
    """What was handed over to a provider."""
    return f"payout:{provider_id}"


@dataclass(frozen=True, slots=True)
class Line:
    """One side: positive debits the account, negative credits it (minor units)."""

    account: str
    amount_minor: int


_POST = text("""
WITH claimed AS (
    INSERT INTO journal (id, key, kind, at, memo) VALUES (:id, :key, :kind, :at, :memo)
    ON CONFLICT (key) DO NOTHING
    RETURNING id
), entries AS (
    INSERT INTO entry (journal_id, account, amount_minor, currency)
    SELECT claimed.id, line.account, line.amount_minor, :currency
    FROM claimed, unnest(CAST(:accounts AS text[]), CAST(:amounts AS bigint[]))
        WITH ORDINALITY line (account, amount_minor, place)
    ORDER BY line.place
), moved AS (
    INSERT INTO balance (account_id, amount_minor, currency, updated_at)
    SELECT line.owner, line.amount_minor, :currency, :at
    FROM claimed, unnest(CAST(:owners AS uuid[]), CAST(:moves AS bigint[])) line (owner, amount_minor)
    ORDER BY line.owner
    ON CONFLICT (account_id) DO UPDATE
        SET amount_minor = balance.amount_minor + excluded.amount_minor, updated_at = excluded.updated_at
)
SELECT id FROM claimed
""")


class Unbalanced(ValueError):
    """The lines do not add up to zero."""


async def post(
    key: str,
    kind: JournalKind,
    lines: Iterable[Line],
    *,
    session: AsyncSession,
    memo: str = "",
    currency: str = CURRENCY,
) -> bool:
    """Write one journal with its entries and move the balances of the receivables in it.

    Returns False, having written nothing, when a journal with this key exists already; waits for a
    rival's transaction to know. From here on the balances are locked, in the order of their ids,
    until the transaction ends. Raises Unbalanced.
    """
    parts = [line for line in lines if line.amount_minor]
    if sum(line.amount_minor for line in parts):
        raise Unbalanced(key)
    moved = _moved(parts)
    posted = await run(
        _POST,
        session=session,
        id=uuid4(),
        key=key,
        kind=kind.value,
        at=now(),
        memo=memo,
        currency=currency,
        accounts=[line.account for line in parts],
        amounts=[line.amount_minor for line in parts],
        owners=list(moved),
        moves=list(moved.values()),
    )
    return bool(posted)


def _moved(lines: Iterable[Line]) -> dict[UUID, int]:
    """What the lines change of each receivable."""
    moved: dict[UUID, int] = {}
    for line in lines:
        kind, _, owner = line.account.partition(":")
        if kind == "receivable":
            moved[UUID(owner)] = moved.get(UUID(owner), 0) + line.amount_minor
    return moved


_BALANCES = select(Balance.account_id, Balance.amount_minor).where(
    col(Balance.account_id).in_(bindparam("account_ids", expanding=True))
)


async def balances(account_ids: Iterable[UUID], *, session: AsyncSession) -> dict[UUID, int]:
    """Minor units owed (positive) or in advance (negative) by each account; 0 where nothing was posted."""
    wanted = list(account_ids)
    known = {row[0]: row[1] for row in await run(_BALANCES, session=session, account_ids=wanted)}
    return {account_id: known.get(account_id, 0) for account_id in wanted}


def balance_at(account_id: UUID, moment: SQLColumnExpression[datetime]) -> ScalarSelect[Any]:
    """What the account owed (positive) or had in advance at a moment, by the journal; for use inside a query."""
    return (
        select(cast(func.coalesce(func.sum(Entry.amount_minor), 0), BigInteger))
        .join(Journal, col(Journal.id) == col(Entry.journal_id))
        .where(Entry.account == receivable(account_id), col(Journal.at) <= moment)
        .scalar_subquery()
    )


async def lock_balances(account_ids: Iterable[UUID], *, session: AsyncSession) -> None:
    """Hold the balances of these accounts until the transaction ends, in the order of their ids."""
    statement = (
        select(Balance.account_id)
        .where(col(Balance.account_id).in_(list(account_ids)))
        .order_by(col(Balance.account_id))
        .with_for_update()
    )
    await session.exec(statement)


async def hold_balance(account_id: UUID, *, session: AsyncSession) -> None:
    """Hold the balance of this account until the transaction ends, even if nothing was ever posted to it.

    Who credits or takes back holds it too: what is read from here on belongs to one moment.
    """
    row = insert(Balance).values(account_id=account_id, amount_minor=0, currency=CURRENCY, updated_at=now())
    held = row.on_conflict_do_update(
        index_elements=["account_id"], set_={"updated_at": col(Balance.updated_at)}
    )
    await session.exec(held)


async def lines_of(keys: Iterable[str], *, session: AsyncSession) -> dict[str, list[Line]]:
    """What was posted under each of these keys; empty where nothing was."""
    wanted = list(keys)
    rows = await session.exec(
        select(Journal.key, Entry.account, Entry.amount_minor)
        .join(Entry, col(Entry.journal_id) == col(Journal.id))
        .where(col(Journal.key).in_(wanted))
        .order_by(col(Entry.id))
    )
    found: dict[str, list[Line]] = {key: [] for key in wanted}
    for key, account, amount_minor in rows:
        found[key].append(Line(account, amount_minor))
    return found


async def currency_of(key: str, *, session: AsyncSession) -> str | None:
    """The currency of a posted journal."""
    rows = await session.exec(
        select(Entry.currency)
        .join(Journal, col(Journal.id) == col(Entry.journal_id))
        .where(Journal.key == key)
        .limit(1)
    )
    return rows.first()
