"""Recounts of the books: on demand and every night, with progress that staff can watch."""

from datetime import timedelta
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.audit.service import record
from cabinet.database import read_only, unit_of_work
from cabinet.errors import NotFound
from cabinet.jobs import defer
from cabinet.kit.dates import now
from cabinet.ledger import verification
from cabinet.ledger.models import Recount, RecountState
from cabinet.ledger.verification import Proof
from cabinet.payments.rows import lock_on
from cabinet.residents.person import Permission, Person

KEPT_PROBLEMS = 20
GIVEN_UP = timedelta(hours=1)
"""A recount that has run so long was interrupted: another one may begin."""


async def start_recount(*, by: Person, session: AsyncSession, address: str = "") -> Recount:
    """Write a recount down and let a job do it; one that is running is returned instead. Raises Forbidden."""
    from cabinet.payments.jobs import recount

    by.require(Permission.RECONCILE)
    await lock_on("recount", session=session)
    if running := await _running(session):
        return running
    row = await new_recount(by=by.id, session=session)
    await record(by.id, "recount", "recount", row.id, None, None, address, session=session)
    await defer(recount, session=session, recount_id=str(row.id))
    return row


async def new_recount(*, by: UUID | None = None, session: AsyncSession) -> Recount:
    """Write down a recount that the caller then does with `run_recount`."""
    row = Recount(started_by=by)
    session.add(row)
    await session.flush()
    return row


async def _running(session: AsyncSession) -> Recount | None:
    rows = await session.exec(
        select(Recount)
        .where(Recount.state == RecountState.RUNNING, col(Recount.started_at) > now() - GIVEN_UP)
        .limit(1)
    )
    return rows.first()


async def run_recount(recount_id: UUID) -> Proof:
    """Recount; progress is committed as it goes. Safe to run again. Raises NotFound."""
    await _note(recount_id, state=RecountState.RUNNING, percent=0, finished_at=None)

    async def watch(percent: int) -> None:
        await _note(recount_id, percent=percent)

    try:
        async with read_only() as session:
            proof = await verification.verify(session=session, watch=watch)
    except Exception:
        await _note(recount_id, state=RecountState.FAILED, finished_at=now())
        raise
    await _note(
        recount_id,
        state=RecountState.DONE,
        finished_at=now(),
        journals=proof.journals,
        entries=proof.entries,
        problems=problems_of(proof),
    )
    return proof


def problems_of(proof: Proof) -> dict[str, object]:
    """What does not hold, as it is kept: the first of each kind, and how many there are. Empty when all holds."""
    found: dict[str, object] = {}
    for kind, where in (("unbalanced", proof.unbalanced), ("drifted", proof.drifted)):
        if where:
            found[kind] = [str(one) for one in where[:KEPT_PROBLEMS]]
            found[f"{kind}_count"] = len(where)
    return found


async def _note(recount_id: UUID, **facts: object) -> None:
    async with unit_of_work() as session:
        row = await session.get(Recount, recount_id)
        if row is None:
            raise NotFound
        for name, value in facts.items():
            setattr(row, name, value)


async def recounts(*, session: AsyncSession, limit: int = 30) -> list[Recount]:
    """The newest recounts."""
    rows = await session.exec(select(Recount).order_by(col(Recount.started_at).desc()).limit(limit))
    return list(rows)
