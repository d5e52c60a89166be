"""What happens by itself when its time has come: sessions expire, delayed money arrives."""

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.database import unit_of_work
from cabinet.sandbox import checkout, clock, refunds
from cabinet.sandbox.models import SandboxObject


async def run_due() -> int:
    """Do everything that is due, each in a transaction of its own; returns how many."""
    done = 0
    while await _run_next():
        done += 1
    return done


async def _run_next() -> bool:
    async with unit_of_work() as session:
        query = select(SandboxObject).where(col(SandboxObject.due_at) <= clock.now())
        query = query.order_by(col(SandboxObject.due_at)).limit(1).with_for_update(skip_locked=True)
        row = (await session.exec(query)).first()
        if row is None:
            return False
        await _run(row, session=session)
        return True


async def _run(row: SandboxObject, *, session: AsyncSession) -> None:
    match row.kind:
        case "checkout.session":
            await checkout.expire(row, session=session)
        case "payment_intent":
            await checkout.settle_later(row, session=session)
        case "refund":
            await refunds.decide(row, session=session)
        case _:
            row.due_at = None
