"""The rows of a standing order, locked in one order: the order first, then its run."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.autopay.models import Autopay, AutopayRun, AutopayRunState
from cabinet.errors import NotFound
from cabinet.kit.dates import now

WAITING = (AutopayRunState.ANNOUNCED, AutopayRunState.CHARGING)


async def lock_order(autopay_id: UUID, *, session: AsyncSession) -> Autopay:
    """The standing order, fresh and locked until the transaction ends. Raises NotFound."""
    found = await session.get(Autopay, autopay_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound
    return found


async def lock_run(run_id: UUID, *, session: AsyncSession) -> AutopayRun:
    """The run, fresh and locked; lock its order first. Raises NotFound."""
    found = await session.get(AutopayRun, run_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound
    return found


async def lock_pair(resident_id: UUID, account_id: UUID, *, session: AsyncSession) -> None:
    """Let one transaction at a time give an order of this resident for this account."""
    name = f"autopay:{resident_id}:{account_id}"
    await session.exec(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


async def current_orders(
    *, session: AsyncSession, resident_id: UUID | None = None, account_id: UUID | None = None
) -> list[Autopay]:
    """The orders that have not ended, of a resident or an account, in the order in which they are locked."""
    statement = select(Autopay).where(col(Autopay.ended_at).is_(None)).order_by(col(Autopay.id))
    if resident_id is not None:
        statement = statement.where(Autopay.resident_id == resident_id)
    if account_id is not None:
        statement = statement.where(Autopay.account_id == account_id)
    return list((await session.exec(statement)).all())


async def waiting_run(autopay_id: UUID, *, session: AsyncSession) -> AutopayRun | None:
    """The run of the order that has not come to its end."""
    rows = await session.exec(
        select(AutopayRun)
        .where(AutopayRun.autopay_id == autopay_id, col(AutopayRun.state).in_(WAITING))
        .order_by(col(AutopayRun.charge_on))
        .limit(1)
    )
    return rows.first()


def finish(run: AutopayRun, state: AutopayRunState, reason: str = "", *, at: datetime | None = None) -> None:
    """Bring the run to its end."""
    run.state, run.reason, run.finished_at = state, reason[:64], at or now()
