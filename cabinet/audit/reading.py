"""Reading the log: a page of it at a time, the newest first, however long it is.

Every filter has an index that ends with `at, id`, and a page begins after the last record of the one before: it
costs the same whether it is the first or the thousandth.
"""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, tuple_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.audit.models import AuditRecord
from cabinet.database import read_only

Place = tuple[datetime, int]
"""The moment and the id of a record: where a page ends."""
_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which records are asked for; None means any. `since` and `until` are moments, the last excluded.

    Empty `actors` or `rows` match nothing: whoever was looked for is not known.
    """

    actors: Sequence[UUID] | None = None
    by_machine: bool = False
    """Only what no person did: jobs, the command line, and programs of providers."""
    action: str = ""
    subject: str = ""
    rows: Sequence[str] | None = None
    since: datetime | None = None
    until: datetime | None = None
    address: str = ""


async def find_records(
    wanted: Wanted, *, session: AsyncSession, after: Place | None = None, limit: int = 50
) -> list[AuditRecord]:
    """The newest records that fit, or those older than the place where the page before ended."""
    statement = select(AuditRecord).where(*_conditions(wanted))
    if after is not None:
        statement = statement.where(tuple_(col(AuditRecord.at), col(AuditRecord.id)) < after)
    ordered = statement.order_by(col(AuditRecord.at).desc(), col(AuditRecord.id).desc())
    return list(await session.exec(ordered.limit(limit)))


async def every_record(wanted: Wanted) -> AsyncGenerator[list[AuditRecord]]:
    """All that fit, in batches, each read in a transaction of its own."""
    after: Place | None = None
    while True:
        async with read_only() as session:
            batch = await find_records(wanted, session=session, after=after, limit=_BATCH)
        if batch:
            yield batch
        if len(batch) < _BATCH:
            return
        after = place_of(batch[-1])


def place_of(record: AuditRecord) -> Place:
    """Where the page after this record begins."""
    return record.at, record.id or 0


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.by_machine:
        found.append(col(AuditRecord.actor_id).is_(None))
    elif wanted.actors is not None:
        found.append(col(AuditRecord.actor_id).in_(wanted.actors))
    if wanted.rows is not None:
        found.append(col(AuditRecord.subject_id).in_(wanted.rows))
    for name in ("action", "subject", "address"):
        if value := getattr(wanted, name):
            found.append(col(getattr(AuditRecord, name)) == value)
    if wanted.since is not None:
        found.append(col(AuditRecord.at) >= wanted.since)
    if wanted.until is not None:
        found.append(col(AuditRecord.at) < wanted.until)
    return found
