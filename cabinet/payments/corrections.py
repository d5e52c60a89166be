"""What became of payments after they had been handed over: it is settled with the next payout, line by line."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts import service as accounts
from cabinet.payments.models import (
    Allocation,
    Deallocation,
    Dispute,
    Payment,
    PaymentItem,
    Payout,
    Refund,
    RefundState,
)


class CorrectionKind(StrEnum):
    """Why less, or more, is handed over than was paid meanwhile."""

    REFUND = "refund"
    REFUND_CAME_BACK = "refund_came_back"
    DISPUTE = "dispute"


@dataclass(frozen=True, slots=True)
class Correction:
    """One item that was handed over and has changed since; minor units, negative for what is kept back."""

    kind: CorrectionKind
    account_id: UUID
    payment_id: UUID
    payment_number: int
    at: datetime
    amount_minor: int
    reason: str
    """Of staff, for staff; empty when the processor or a bank did it."""


async def corrections_of(
    provider_id: UUID, *, until: datetime | None = None, session: AsyncSession
) -> list[Correction]:
    """What changed after the last payout before `until` (the last of all without it), the oldest first."""
    since = await _last_payout_before(provider_id, until, session)
    if since is None:
        return []
    came_back = and_(
        col(Refund.state) == RefundState.FAILED,
        col(Refund.settled_at) <= until if until else col(Refund.settled_at).is_not(None),
    )
    taken = and_(_within(Deallocation.created_at, since, until), ~func.coalesce(came_back, False))
    returned = and_(
        col(Deallocation.created_at) <= since,
        col(Refund.state) == RefundState.FAILED,
        _within(Refund.settled_at, since, until),
    )
    amount = func.sum(case((returned, Deallocation.amount_minor), else_=-col(Deallocation.amount_minor)))
    rows = await session.exec(
        select(PaymentItem.account_id, Payment, amount, func.max(Deallocation.created_at), Refund, Dispute)  # pyright: ignore[reportCallIssue, reportArgumentType]
        .join(Payment, col(Payment.id) == col(PaymentItem.payment_id))
        .join(Allocation, col(Allocation.item_id) == col(PaymentItem.id))
        .join(Deallocation, col(Deallocation.allocation_id) == col(Allocation.id))
        .outerjoin(Refund, col(Refund.id) == col(Deallocation.refund_id))
        .outerjoin(Dispute, col(Dispute.id) == col(Deallocation.dispute_id))
        .where(
            col(PaymentItem.account_id).in_(accounts.ids_of_provider(provider_id)),
            col(PaymentItem.handed_over_at) <= since,
            or_(taken, returned),
        )
        .group_by(col(PaymentItem.id), col(Payment.id), col(Refund.id), col(Dispute.id))
    )
    return _in_time(_correction(*row) for row in rows.all())


async def _last_payout_before(
    provider_id: UUID, until: datetime | None, session: AsyncSession
) -> datetime | None:
    wanted = select(func.max(Payout.made_at)).where(Payout.provider_id == provider_id)
    if until is not None:
        wanted = wanted.where(col(Payout.made_at) < until)
    return (await session.exec(wanted)).one()


def _within(column: datetime | None, since: datetime, until: datetime | None) -> ColumnElement[bool]:
    after = col(column) > since
    return and_(after, col(column) <= until) if until else after


def _correction(
    account_id: UUID,
    payment: Payment,
    amount_minor: int,
    taken_at: datetime,
    refund: Refund | None,
    _dispute: Dispute | None,
) -> Correction:
    kind, at, reason = CorrectionKind.DISPUTE, taken_at, ""
    if refund is not None:
        came_back = amount_minor > 0
        kind = CorrectionKind.REFUND_CAME_BACK if came_back else CorrectionKind.REFUND
        at = refund.settled_at if came_back and refund.settled_at else taken_at
        reason = refund.reason if refund.requested_by else ""
    return Correction(kind, account_id, payment.id, payment.number or 0, at, int(amount_minor), reason)


def _in_time(corrections: Iterable[Correction]) -> list[Correction]:
    return sorted(corrections, key=lambda one: (one.at, one.payment_number, one.account_id))
