"""Telling providers' servers about money: each provider its own part, in the transaction of the cause.

What they need for their books they pull by the API; this says that there is something to pull.
"""

from collections import defaultdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.models import Account
from cabinet.payments.models import Allocation, Deallocation, Dispute, Payment, PaymentItem, Refund
from cabinet.payments.rows import Agreed
from cabinet.webhooks.service import WebhookEvent, announce

Told = dict[UUID, dict[str, Any]]


async def tell_paid(agreed: Agreed, paid_at: datetime, *, session: AsyncSession) -> None:
    """Money came."""
    items = [(item.card.provider_id, item.id, item.card.number, item.amount_minor) for item in agreed.items]
    told = _told(items, payment_number=agreed.number, currency=agreed.currency, paid_at=paid_at.isoformat())
    await announce(WebhookEvent.PAYMENT_SUCCEEDED, told, session=session)


async def tell_refunded(refund: Refund, payment: Payment, *, session: AsyncSession) -> None:
    """Money went back, from these accounts."""
    items = await _taken_back(col(Deallocation.refund_id) == refund.id, session)
    told = _told(items, payment_number=payment.number, currency=payment.currency, refund_id=str(refund.id))
    await announce(WebhookEvent.PAYMENT_REFUNDED, told, session=session)


async def tell_disputed(dispute: Dispute, payment: Payment, *, session: AsyncSession) -> None:
    """The resident's bank wants money back; nothing has been taken from the accounts yet."""
    rows = await session.exec(
        select(Account.provider_id, PaymentItem.id, Account.number, PaymentItem.amount_minor)
        .join(Account, col(Account.id) == col(PaymentItem.account_id))
        .where(PaymentItem.payment_id == payment.id)
    )
    told = _told(
        rows.all(), payment_number=payment.number, currency=payment.currency, dispute_id=str(dispute.id)
    )
    await announce(WebhookEvent.PAYMENT_DISPUTED, told, session=session)


async def tell_lost(dispute: Dispute, payment: Payment, *, session: AsyncSession) -> None:
    """The bank took the money back, from these accounts."""
    items = await _taken_back(col(Deallocation.dispute_id) == dispute.id, session)
    told = _told(items, payment_number=payment.number, currency=payment.currency, dispute_id=str(dispute.id))
    await announce(WebhookEvent.DISPUTE_LOST, told, session=session)


def _told(items: Any, **shared: Any) -> Told:
    """The items of each provider, with what all of them are told."""
    told: defaultdict[UUID, dict[str, Any]] = defaultdict(lambda: {**shared, "items": []})
    for provider_id, item_id, number, amount in items:
        part = {"item_id": str(item_id), "account_number": number, "amount_minor": int(amount)}
        told[provider_id]["items"].append(part)
    return dict(told)


async def _taken_back(because: ColumnElement[bool], session: AsyncSession) -> Any:
    rows = await session.exec(
        select(Account.provider_id, PaymentItem.id, Account.number, func.sum(-Deallocation.amount_minor))
        .join(PaymentItem, col(PaymentItem.account_id) == col(Account.id))
        .join(Allocation, col(Allocation.item_id) == col(PaymentItem.id))
        .join(Deallocation, col(Deallocation.allocation_id) == col(Allocation.id))
        .where(because)
        .group_by(col(Account.provider_id), col(PaymentItem.id), col(Account.number))
    )
    return rows.all()
