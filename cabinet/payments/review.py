"""Payments of another sum than agreed: staff see them, and credit them or send the money back."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.audit.service import record
from cabinet.ledger import service as ledger
from cabinet.payments.errors import NotInReview, NotWaiting, TooLittleReceived
from cabinet.payments.keys import received_minor, suspense_minor
from cabinet.payments.models import Dispute, DisputeState, Payment, PaymentState, Refund, RefundState
from cabinet.payments.refunds import clean_reason, currency_of_payment, want_refund
from cabinet.payments.rows import lock_payment
from cabinet.payments.settlement import credit
from cabinet.residents.person import Permission, Person


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A payment whose sum is not the agreed one; minor units, each in its own currency."""

    payment_id: UUID
    number: int
    created_at: datetime
    agreed_minor: int
    currency: str
    received_minor: int
    received_currency: str
    here_minor: int
    """Of what was received, what has not gone back since."""
    is_going_back: bool

    @property
    def may_be_credited(self) -> bool:
        """Whether what is here covers what was agreed."""
        covers = self.received_currency == self.currency and self.here_minor >= self.agreed_minor
        return covers and not self.is_going_back


async def payments_in_review(*, session: AsyncSession) -> list[Reviewed]:
    """The payments that staff have to look at, the oldest first."""
    rows = await session.exec(
        select(Payment).where(Payment.state == PaymentState.REVIEW).order_by(col(Payment.created_at))
    )
    return [await _view(payment, session) for payment in rows]


async def reviewed(payment_id: UUID, *, session: AsyncSession) -> Reviewed:
    """One of them. Raises NotInReview."""
    payment = await session.get(Payment, payment_id)
    if payment is None or payment.state is not PaymentState.REVIEW:
        raise NotInReview
    return await _view(payment, session)


async def _view(payment: Payment, session: AsyncSession) -> Reviewed:
    return Reviewed(
        payment_id=payment.id,
        number=payment.number or 0,
        created_at=payment.created_at,
        agreed_minor=payment.total_minor,
        currency=payment.currency,
        received_minor=await received_minor(payment.id, session=session),
        received_currency=await currency_of_payment(payment, session=session),
        here_minor=await suspense_minor(payment.id, session=session),
        is_going_back=await _is_going_back(payment.id, session),
    )


async def _is_going_back(payment_id: UUID, session: AsyncSession) -> bool:
    """Whether a refund is on its way, or the resident's bank has taken the money until it decides."""
    refunds = await session.exec(
        select(Refund.id).where(
            Refund.payment_id == payment_id,
            col(Refund.state).in_([RefundState.CREATED, RefundState.PENDING]),
        )
    )
    disputes = await session.exec(
        select(Dispute.id).where(Dispute.payment_id == payment_id, Dispute.state == DisputeState.OPEN)
    )
    return refunds.first() is not None or disputes.first() is not None


async def credit_review(
    payment_id: UUID, reason: str, *, by: Person, session: AsyncSession, address: str = ""
) -> Refund | None:
    """Credit what was agreed; returns the refund of what arrived above it, to be sent afterwards.

    Raises Forbidden, NotFound, NotInReview, ReasonMissing, NotWaiting (it is going back already),
    TooLittleReceived.
    """
    payment = await _locked(payment_id, by, session)
    reason = clean_reason(reason)
    view = await _view(payment, session)
    if view.is_going_back:
        raise NotWaiting
    if not view.may_be_credited:
        raise TooLittleReceived
    payment.state, payment.reason = PaymentState.SUCCEEDED, "credited_by_staff"
    await credit(payment, source=ledger.SUSPENSE, session=session)
    await _note(by, "credit_review", view, reason, address, session)
    excess = await suspense_minor(payment.id, session=session)
    if excess <= 0:
        return None
    return await want_refund(payment, excess, reason, by=by, session=session, address=address)


async def send_back(
    payment_id: UUID, reason: str, *, by: Person, session: AsyncSession, address: str = ""
) -> Refund:
    """Want all that arrived to go back; the payment is canceled when it has. Then `send_refund`.

    Raises Forbidden, NotFound, NotInReview, ReasonMissing, NotWaiting.
    """
    payment = await _locked(payment_id, by, session)
    view = await _view(payment, session)
    if view.is_going_back:
        raise NotWaiting
    await _note(by, "send_back", view, clean_reason(reason), address, session)
    whole = await suspense_minor(payment.id, session=session)
    return await want_refund(payment, whole, reason, by=by, session=session, address=address)


async def _locked(payment_id: UUID, by: Person, session: AsyncSession) -> Payment:
    by.require(Permission.REVIEW_PAYMENTS)
    payment = await lock_payment(payment_id, session=session)
    if payment.state is not PaymentState.REVIEW:
        raise NotInReview
    return payment


async def _note(
    by: Person, action: str, view: Reviewed, reason: str, address: str, session: AsyncSession
) -> None:
    facts = {
        "agreed_minor": view.agreed_minor,
        "received_minor": view.received_minor,
        "received_currency": view.received_currency,
        "reason": reason,
    }
    await record(by.id, action, "payment", view.payment_id, None, facts, address, session=session)
