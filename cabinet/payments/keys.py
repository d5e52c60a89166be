"""The keys under which money of a payment is posted: each event in money once."""

from uuid import UUID

from sqlalchemy import ColumnElement, func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.ledger import service as ledger
from cabinet.payments.models import Dispute, DisputeState, Refund


def payment_key(payment_id: UUID) -> str:
    """The crediting."""
    return f"payment:{payment_id}"


def suspense_key(payment_id: UUID) -> str:
    """Money of another sum than agreed, put aside."""
    return f"suspense:{payment_id}"


def refund_key(refund_id: UUID) -> str:
    """A refund that arrived."""
    return f"refund:{refund_id}"


def refund_failed_key(refund_id: UUID) -> str:
    """A refund that the bank sent back afterwards."""
    return f"refund-failed:{refund_id}"


def excess_key(refund_ref: str) -> str:
    """A refund at the processor that no payment of ours can bear."""
    return f"refund-excess:{refund_ref}"


def dispute_key(dispute_id: UUID, step: str) -> str:
    """A step of a dispute: `open`, `won`, `lost`."""
    return f"dispute:{dispute_id}:{step}"


async def keys_of(payment_id: UUID, *, session: AsyncSession) -> list[str]:
    """Every key under which money of this payment may have been posted."""
    refunds = await session.exec(select(Refund.id).where(Refund.payment_id == payment_id))
    disputes = await session.exec(select(Dispute.id).where(Dispute.payment_id == payment_id))
    return [
        payment_key(payment_id),
        suspense_key(payment_id),
        *(key(refund_id) for refund_id in refunds for key in (refund_key, refund_failed_key)),
        *(dispute_key(one, step) for one in disputes for step in ("open", "won", "lost")),
    ]


async def received_minor(payment_id: UUID, *, session: AsyncSession) -> int:
    """What the processor took in for a payment, before refunds; 0 when nothing was posted."""
    posted = await ledger.lines_of([payment_key(payment_id), suspense_key(payment_id)], session=session)
    return sum(
        line.amount_minor for lines in posted.values() for line in lines if line.account == ledger.PROCESSOR
    )


async def suspense_minor(payment_id: UUID, *, session: AsyncSession) -> int:
    """What of a payment still stands in suspense because its sum was not the agreed one.

    Less what lost disputes took beyond what was credited; while a bank decides, its dispute is left out.
    """
    keys = [key for key in await keys_of(payment_id, session=session) if not key.startswith("dispute:")]
    keys += await _keys_of_lost_disputes(payment_id, session)
    posted = await ledger.lines_of(keys, session=session)
    return -sum(
        line.amount_minor for lines in posted.values() for line in lines if line.account == ledger.SUSPENSE
    )


async def lost_minor(payment_id: UUID, *, session: AsyncSession) -> int:
    """What banks took back for good."""
    rows = await session.exec(
        select(func.coalesce(func.sum(Dispute.amount_minor), 0)).where(*_lost_disputes(payment_id))
    )
    return int(rows.one())


async def _keys_of_lost_disputes(payment_id: UUID, session: AsyncSession) -> list[str]:
    rows = await session.exec(select(Dispute.id).where(*_lost_disputes(payment_id)))
    return [dispute_key(one, step) for one in rows for step in ("open", "lost")]


def _lost_disputes(payment_id: UUID) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return col(Dispute.payment_id) == payment_id, col(Dispute.state) == DisputeState.LOST
