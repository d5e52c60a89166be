"""What a resident sees of payments."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts import service as accounts
from cabinet.accounts.service import AccountCard
from cabinet.errors import NotFound
from cabinet.payments.models import (
    Dispute,
    DisputeState,
    Payment,
    PaymentItem,
    PaymentOrigin,
    PaymentState,
    Refund,
    RefundState,
)
from cabinet.payments.rows import items_of

PAGE = 50


@dataclass(frozen=True, slots=True)
class ItemView:
    """One account's part of a payment."""

    id: UUID
    account: AccountCard
    amount_minor: int
    period: date | None
    handed_over_at: datetime | None = None
    posted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RefundView:
    """Money on its way back, or back; what staff only think about is not shown."""

    amount_minor: int
    state: RefundState
    created_at: datetime
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class DisputeView:
    """The resident's bank has asked for the money."""

    amount_minor: int
    state: DisputeState
    opened_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class PaymentView:
    """A payment as its resident may see it."""

    id: UUID
    number: int
    state: PaymentState
    reason: str
    amount_minor: int
    commission_minor: int
    currency: str
    checkout_url: str
    created_at: datetime
    expires_at: datetime | None
    settled_at: datetime | None
    items: tuple[ItemView, ...]
    refunds: tuple[RefundView, ...] = ()
    disputes: tuple[DisputeView, ...] = ()
    origin: PaymentOrigin = PaymentOrigin.HOSTED

    @property
    def total_minor(self) -> int:
        """What the card is charged."""
        return self.amount_minor + self.commission_minor

    @property
    def refunded_minor(self) -> int:
        """What has gone back to the card; a refund that is pending has not."""
        return sum(refund.amount_minor for refund in self.refunds if refund.state is RefundState.SUCCEEDED)

    @property
    def is_credited(self) -> bool:
        """Whether the money came and the bank has not taken it away."""
        return self.settled_at is not None and self.state is not PaymentState.LOST

    @property
    def is_open(self) -> bool:
        """Whether money may still come by itself."""
        return self.state in (PaymentState.CREATED, PaymentState.PENDING)


async def payment_of(resident_id: UUID, payment_id: UUID, *, session: AsyncSession) -> PaymentView:
    """One payment of this resident; anybody else's raises NotFound."""
    payment = await session.get(Payment, payment_id)
    if payment is None or payment.resident_id != resident_id:
        raise NotFound
    return (await _views([payment], session))[0]


async def states_of(payment_ids: Iterable[UUID], *, session: AsyncSession) -> dict[UUID, PaymentState]:
    """The state of each payment, whoever's; one small query."""
    rows = await session.exec(
        select(Payment.id, col(Payment.state)).where(col(Payment.id).in_(list(payment_ids)))
    )
    return dict(rows.all())


async def change_mark(resident_id: UUID, payment_id: UUID, *, session: AsyncSession) -> str:
    """A text that differs as soon as the payment looks different; one small query, for pages that watch.

    Raises NotFound for a stranger's payment.
    """
    items = select(
        func.concat_ws(
            "/",
            func.count(col(PaymentItem.handed_over_at)),
            func.count(col(PaymentItem.posted_at)),
        )
    ).where(PaymentItem.payment_id == payment_id)
    refunds = select(func.string_agg(func.concat(Refund.state, Refund.processor_ref), "/")).where(
        Refund.payment_id == payment_id
    )
    disputes = select(func.string_agg(func.concat(Dispute.state, Dispute.id), "/")).where(
        Dispute.payment_id == payment_id
    )
    parts = [
        Payment.state,
        Payment.reason,
        Payment.checkout_url,
        *(part.scalar_subquery() for part in (items, refunds, disputes)),
    ]
    rows = await session.exec(
        select(func.concat_ws("|", *parts)).where(
            Payment.id == payment_id, Payment.resident_id == resident_id
        )
    )
    mark = rows.first()
    if mark is None:
        raise NotFound
    return mark


async def payments_of(
    resident_id: UUID, *, session: AsyncSession, account_id: UUID | None = None, limit: int | None = PAGE
) -> list[PaymentView]:
    """The newest payments of this resident, of one account if asked; five queries whatever their number."""
    statement = select(Payment).where(Payment.resident_id == resident_id)
    if account_id is not None:
        touching = select(PaymentItem.payment_id).where(PaymentItem.account_id == account_id)
        statement = statement.where(col(Payment.id).in_(touching))
    rows = await session.exec(statement.order_by(col(Payment.created_at).desc()).limit(limit))
    return await _views(rows.all(), session)


async def _views(payments: Sequence[Payment], session: AsyncSession) -> list[PaymentView]:
    ids = [payment.id for payment in payments]
    items = await items_of(ids, session=session)
    wanted = {item.account_id for found in items.values() for item in found}
    cards = await accounts.get_accounts(wanted, session=session)
    refunds, disputes = await _refunds_of(ids, session), await _disputes_of(ids, session)
    return [
        _view(payment, items[payment.id], cards, refunds.get(payment.id, []), disputes.get(payment.id, []))
        for payment in payments
    ]


async def _refunds_of(payment_ids: Sequence[UUID], session: AsyncSession) -> dict[UUID, list[RefundView]]:
    """Refunds that the processor knows of; before that they are a wish of staff."""
    rows = await session.exec(
        select(Refund)
        .where(col(Refund.payment_id).in_(payment_ids), col(Refund.processor_ref).is_not(None))
        .order_by(col(Refund.created_at))
    )
    found: dict[UUID, list[RefundView]] = {}
    for row in rows.all():
        view = RefundView(row.amount_minor, row.state, row.created_at, row.settled_at)
        found.setdefault(row.payment_id, []).append(view)
    return found


async def _disputes_of(payment_ids: Sequence[UUID], session: AsyncSession) -> dict[UUID, list[DisputeView]]:
    rows = await session.exec(
        select(Dispute).where(col(Dispute.payment_id).in_(payment_ids)).order_by(col(Dispute.opened_at))
    )
    found: dict[UUID, list[DisputeView]] = {}
    for row in rows.all():
        view = DisputeView(row.amount_minor, row.state, row.opened_at, row.closed_at)
        found.setdefault(row.payment_id, []).append(view)
    return found


def _view(
    payment: Payment,
    items: list[PaymentItem],
    cards: dict[UUID, AccountCard],
    refunds: list[RefundView],
    disputes: list[DisputeView],
) -> PaymentView:
    return PaymentView(
        id=payment.id,
        number=payment.number or 0,
        state=payment.state,
        reason=payment.reason,
        amount_minor=payment.amount_minor,
        commission_minor=payment.commission_minor,
        currency=payment.currency,
        checkout_url=payment.checkout_url or "",
        created_at=payment.created_at,
        expires_at=payment.expires_at,
        settled_at=payment.settled_at,
        items=tuple(_item(item, cards[item.account_id]) for item in items),
        refunds=tuple(refunds),
        origin=payment.origin,
        disputes=tuple(disputes),
    )


def _item(item: PaymentItem, card: AccountCard) -> ItemView:
    return ItemView(item.id, card, item.amount_minor, item.period, item.handed_over_at, item.posted_at)
