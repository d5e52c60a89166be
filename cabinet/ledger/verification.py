"""Proving the books in parts, with progress on the way."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, cast, func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.ledger.models import Balance, Entry, Journal
from cabinet.ledger.service import receivable

PART = 50_000
_CHECKED_AT_ONCE = 1_000
_ENTRIES_TAKE = 90
"""Percent of the work that is done when every entry has been counted; balances are the rest."""

Watch = Callable[[int], Awaitable[None]]
"""Is told how many percent are done."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What a recount found; all lists are empty when the books are right."""

    journals: int
    entries: int
    unbalanced: list[str]
    """Keys of journals whose entries do not add up to zero."""
    drifted: list[UUID]
    """Accounts whose balance is not the sum of its entries."""

    @property
    def holds(self) -> bool:
        """Whether every journal balances and every balance can be recounted."""
        return not (self.unbalanced or self.drifted)


@dataclass(slots=True)
class _Count:
    """What the parts have added up to so far."""

    entries: int = 0
    open_journals: dict[tuple[UUID, str], int] = field(default_factory=dict)
    """Journals whose entries lie in several parts, or do not balance."""
    owed: dict[UUID, int] = field(default_factory=dict)

    def add_journal(self, key: tuple[UUID, str], amount_minor: int) -> None:
        total = self.open_journals.pop(key, 0) + amount_minor
        if total:
            self.open_journals[key] = total


async def verify(*, session: AsyncSession, watch: Watch | None = None, part: int = PART) -> Proof:
    """Recount every journal and every balance from the entries, `part` entries at a time.

    Money may move meanwhile: what looks wrong in the end is counted once more, in one statement.
    """
    count = _Count()
    for percent, begin, end in await _parts(part, session):
        await _count_entries(count, begin, end, session)
        if watch:
            await watch(percent)
    suspects = await _suspects(count.owed, part, session)
    proof = Proof(
        journals=(await session.exec(select(func.count()).select_from(Journal))).one(),
        entries=count.entries,
        unbalanced=await _unbalanced(sorted({journal for journal, _ in count.open_journals}), session),
        drifted=await _drifted(suspects, session),
    )
    if watch:
        await watch(100)
    return proof


async def _parts(part: int, session: AsyncSession) -> list[tuple[int, int, int]]:
    """Percent done after it, first and last id of every part."""
    first, last = (await session.exec(select(func.min(Entry.id), func.max(Entry.id)))).one()
    if first is None or last is None:
        return []
    begins = range(first, last + 1, part)
    return [
        (_ENTRIES_TAKE * number // len(begins), begin, begin + part)
        for number, begin in enumerate(begins, start=1)
    ]


async def _count_entries(count: _Count, begin: int, end: int, session: AsyncSession) -> None:
    within = (col(Entry.id) >= begin, col(Entry.id) < end)
    count.entries += (await session.exec(select(func.count()).select_from(Entry).where(*within))).one()
    unbalanced = await session.exec(
        select(Entry.journal_id, Entry.currency, func.sum(Entry.amount_minor))
        .where(*within)
        .group_by(col(Entry.journal_id), col(Entry.currency))
        .having(func.sum(Entry.amount_minor) != 0)
    )
    for journal_id, currency, amount in unbalanced:
        count.add_journal((journal_id, currency), int(amount))
    owed = await session.exec(
        select(_owner(), func.sum(Entry.amount_minor))
        .where(*within, col(Entry.account).startswith("receivable:"))
        .group_by(col(Entry.account))
    )
    for account_id, amount in owed:
        count.owed[account_id] = count.owed.get(account_id, 0) + int(amount)


async def _suspects(owed: dict[UUID, int], part: int, session: AsyncSession) -> list[UUID]:
    """Accounts whose balance is not what the parts added up to, or that have none."""
    unseen, suspects, last = dict(owed), list[UUID](), UUID(int=0)
    while True:
        rows = await session.exec(
            select(Balance.account_id, Balance.amount_minor)
            .where(col(Balance.account_id) > last)
            .order_by(col(Balance.account_id))
            .limit(part)
        )
        found = list(rows.all())
        suspects += [account_id for account_id, amount in found if unseen.pop(account_id, 0) != amount]
        if len(found) < part:
            return suspects + [account_id for account_id, amount in unseen.items() if amount]
        last = found[-1][0]


async def _unbalanced(journal_ids: Sequence[UUID], session: AsyncSession) -> list[str]:
    found: list[str] = []
    for some in _batches(journal_ids):
        rows = await session.exec(
            select(Journal.key)
            .join(Entry, col(Entry.journal_id) == col(Journal.id))
            .where(col(Journal.id).in_(some))
            .group_by(col(Journal.id), col(Entry.currency))
            .having(func.sum(Entry.amount_minor) != 0)
        )
        found += rows.all()
    return found


async def _drifted(account_ids: Sequence[UUID], session: AsyncSession) -> list[UUID]:
    """Those of these accounts whose balance is not the sum of its entries, seen at one moment."""
    found: list[UUID] = []
    for some in _batches(account_ids):
        counted = (
            select(_owner().label("owner"), func.sum(Entry.amount_minor).label("total"))
            .where(col(Entry.account).in_([receivable(account_id) for account_id in some]))
            .group_by(col(Entry.account))
            .subquery()
        )
        kept = select(Balance.account_id, Balance.amount_minor).where(col(Balance.account_id).in_(some))
        kept = kept.subquery()
        statement = (
            select(func.coalesce(counted.c.owner, kept.c.account_id))
            .select_from(kept)
            .join(counted, counted.c.owner == kept.c.account_id, full=True)
            .where(func.coalesce(counted.c.total, 0) != func.coalesce(kept.c.amount_minor, 0))
        )
        found += (await session.exec(statement)).all()
    return found


def _owner() -> ColumnElement[UUID]:
    return cast(func.split_part(Entry.account, ":", 2), Uuid(as_uuid=True))


def _batches(ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    for begin in range(0, len(ids), _CHECKED_AT_ONCE):
        yield ids[begin : begin + _CHECKED_AT_ONCE]
