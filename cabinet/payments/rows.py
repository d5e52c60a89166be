"""The rows of a payment, fetched in the one way that is safe to decide upon."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ScalarSelect, Subquery, bindparam, func, update
from sqlalchemy import select as select_columns
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.service import CARDS, AccountCard
from cabinet.database import run
from cabinet.errors import NotFound
from cabinet.payments.models import (
    Allocation,
    Deallocation,
    Payment,
    PaymentItem,
    PaymentOrigin,
    PaymentState,
    Refund,
    RefundState,
)
from cabinet.residents.service import MAILBOXES


@dataclass(frozen=True, slots=True)
class AgreedItem:
    """The part of a payment that goes to one account, in minor units."""

    id: UUID
    amount_minor: int
    period: date | None
    card: AccountCard


@dataclass(frozen=True, slots=True)
class Agreed:
    """What was agreed when the payment was made, and whom to tell: all that crediting it needs."""

    payment_id: UUID
    items: tuple[AgreedItem, ...]
    """In the order of their accounts: the order in which rows are locked."""
    number: int
    amount_minor: int
    commission_minor: int
    currency: str
    origin: PaymentOrigin
    locale: str
    created_at: datetime
    session_ref: str | None
    charge_ref: str | None
    """Both are written once, if not yet."""
    mailbox: str | None
    """None when the resident wants no letters about payments."""

    @property
    def total_minor(self) -> int:
        """What the card is charged: amount and commission."""
        return self.amount_minor + self.commission_minor


@dataclass(frozen=True, slots=True)
class Standing:
    """What may change of a payment, by legal steps only."""

    state: PaymentState
    reason: str
    session_ref: str | None
    checkout_url: str | None
    charge_ref: str | None
    settled_at: datetime | None


async def lock_payment(payment_id: UUID, *, session: AsyncSession) -> Payment:
    """The payment, locked until the transaction ends. Raises NotFound."""
    rows = await session.exec(
        select(Payment)
        .where(Payment.id == payment_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if payment := rows.first():
        return payment
    raise NotFound


_STANDING = (
    select_columns(
        col(Payment.state),
        col(Payment.reason),
        col(Payment.session_ref),
        col(Payment.checkout_url),
        col(Payment.charge_ref),
        col(Payment.settled_at),
    )
    .where(col(Payment.id) == bindparam("payment_id"))
    .with_for_update()
)


async def lock_standing(payment_id: UUID, *, session: AsyncSession) -> Standing:
    """How the payment stands, locked until the transaction ends. Raises NotFound."""
    if rows := await run(_STANDING, session=session, payment_id=payment_id):
        return Standing(*rows[0])
    raise NotFound


_STAND = update(Payment).where(col(Payment.id) == bindparam("payment_id"))


async def write_standing(payment_id: UUID, standing: Standing, *, session: AsyncSession) -> None:
    """Let the payment stand so; the database refuses an illegal step."""
    await run(_STAND, session=session, payment_id=payment_id, **asdict(standing))


_AGREED = (
    select_columns(
        col(PaymentItem.id),
        col(PaymentItem.amount_minor),
        col(PaymentItem.period),
        *CARDS.c,
        col(Payment.number),
        col(Payment.amount_minor),
        col(Payment.commission_minor),
        col(Payment.currency),
        col(Payment.origin),
        col(Payment.locale),
        col(Payment.created_at),
        col(Payment.session_ref),
        col(Payment.charge_ref),
        MAILBOXES.c.email,
    )
    .join(Payment, col(Payment.id) == col(PaymentItem.payment_id))
    .join(CARDS, CARDS.c.account_id == col(PaymentItem.account_id))
    .outerjoin(MAILBOXES, MAILBOXES.c.id == col(Payment.resident_id))
    .where(col(PaymentItem.payment_id) == bindparam("payment_id"))
    .order_by(col(PaymentItem.account_id))
)


async def read_agreed(payment_id: UUID, *, session: AsyncSession) -> Agreed:
    """What the payment is about; needs no lock, as it is frozen. Raises NotFound."""
    rows = await run(_AGREED, session=session, payment_id=payment_id)
    if not rows:
        raise NotFound
    items = tuple(AgreedItem(row[0], row[1], row[2], AccountCard(*row[3:10])) for row in rows)
    return Agreed(payment_id, items, *rows[0][10:])


async def lock_payments_of(resident_id: UUID, *, session: AsyncSession) -> None:
    """Let one transaction at a time make payments for this resident, so that two tabs see each other."""
    await session.exec(select(func.pg_advisory_xact_lock(func.hashtextextended(str(resident_id), 0))))


async def lock_on(name: str, *, session: AsyncSession) -> None:
    """Let one transaction at a time do what `name` stands for."""
    await session.exec(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


async def share_lock_on(name: str, *, session: AsyncSession) -> None:
    """Let many transactions do this at once, but none beside the one that has `lock_on` the same name."""
    await session.exec(select(func.pg_advisory_xact_lock_shared(func.hashtextextended(name, 0))))


async def items_of(payment_ids: Sequence[UUID], *, session: AsyncSession) -> dict[UUID, list[PaymentItem]]:
    """The items of each payment, in the order of their accounts: the order in which rows are locked."""
    rows = await session.exec(
        select(PaymentItem)
        .where(col(PaymentItem.payment_id).in_(payment_ids))
        .order_by(col(PaymentItem.account_id))
    )
    found: dict[UUID, list[PaymentItem]] = {payment_id: [] for payment_id in payment_ids}
    for item in rows.all():
        found[item.payment_id].append(item)
    return found


def taken_back() -> Subquery:
    """How much of each allocation was taken back; what a failed refund returned is allocated anew."""
    return (
        select(Deallocation.allocation_id, func.sum(Deallocation.amount_minor).label("amount_minor"))
        .group_by(col(Deallocation.allocation_id))
        .subquery()
    )


def gone_from_item() -> ScalarSelect[Any]:
    """How much is gone from the item of the query around it; failed refunds took nothing."""
    return (
        select(func.coalesce(func.sum(Deallocation.amount_minor), 0))
        .join(Allocation, col(Allocation.id) == col(Deallocation.allocation_id))
        .outerjoin(Refund, col(Refund.id) == col(Deallocation.refund_id))
        .where(
            col(Allocation.item_id) == col(PaymentItem.id),
            col(Refund.state).is_distinct_from(RefundState.FAILED),
        )
        .scalar_subquery()
    )
