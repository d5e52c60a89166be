"""What a resident sees of payments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts import service as accounts
from cabinet.accounts.service import AccountCard
from cabinet.errors import NotFound
from cabinet.payments.models import Payment, PaymentItem, PaymentState
from cabinet.payments.rows import items_of

PAGE = 50


@dataclass(frozen=True, slots=True)
class ItemView:
    """One account's part of a payment."""

    account: AccountCard
    amount_minor: int
    period: date | None


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

    @property
    def total_minor(self) -> int:
        """What the card is charged."""
        return self.amount_minor + self.commission_minor

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


async def payments_of(
    resident_id: UUID, *, session: AsyncSession, account_id: UUID | None = None, limit: int = PAGE
) -> list[PaymentView]:
    """The newest payments of this resident, of one account if asked; three queries whatever their number."""
    statement = select(Payment).where(Payment.resident_id == resident_id)
    if account_id is not None:
        touching = select(PaymentItem.payment_id).where(PaymentItem.account_id == account_id)
        statement = statement.where(col(Payment.id).in_(touching))
    rows = await session.exec(statement.order_by(col(Payment.created_at).desc()).limit(limit))
    return await _views(rows.all(), session)


async def _views(payments: Sequence[Payment], session: AsyncSession) -> list[PaymentView]:
    items = await items_of([payment.id for payment in payments], session=session)
    wanted = {item.account_id for found in items.values() for item in found}
    cards = await accounts.get_accounts(wanted, session=session)
    return [_view(payment, items[payment.id], cards) for payment in payments]


def _view(payment: Payment, items: list[PaymentItem], cards: dict[UUID, AccountCard]) -> PaymentView:
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
        items=tuple(ItemView(cards[i.account_id], i.amount_minor, i.period) for i in items),
    )
