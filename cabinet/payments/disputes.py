"""Disputes: the resident's bank takes money back until it decides. Imported, never made here."""

import logging
from uuid import UUID

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.database import unit_of_work
from cabinet.kit.dates import now
from cabinet.ledger import service as ledger
from cabinet.ledger.models import JournalKind
from cabinet.ledger.service import Line
from cabinet.payments import announcing, processor
from cabinet.payments.errors import ProcessorDown
from cabinet.payments.giving_back import (
    CREDITED,
    deallocate,
    follow_disputes,
    left_of_payment,
    reversal,
    share_out,
)
from cabinet.payments.keys import dispute_key, suspense_minor
from cabinet.payments.models import Dispute, DisputeState, Payment, PaymentState
from cabinet.payments.processor import DisputeTruth, ProcessorUnavailable
from cabinet.payments.refunds import currency_of_payment
from cabinet.payments.rows import lock_payment
from cabinet.payments.settlement import CHARGED_BACK

logger = logging.getLogger(__name__)


async def import_disputes(payment_id: UUID) -> None:
    """Take in every dispute that the processor has of a payment; safe to repeat. Raises ProcessorDown."""
    async with unit_of_work() as session:
        payment = await session.get_one(Payment, payment_id)
    if payment.charge_ref is None:
        return
    try:
        found = await processor.disputes_of(payment.charge_ref)
    except ProcessorUnavailable:
        raise ProcessorDown from None
    for truth in found:
        await import_dispute(payment_id, truth)


async def import_dispute(payment_id: UUID, truth: DisputeTruth) -> bool:
    """Open a dispute and close it as the bank decided; False when the payment cannot be disputed here."""
    async with unit_of_work() as session:
        payment = await lock_payment(payment_id, session=session)
        dispute = await _known_or_opened(payment, truth, session)
        if dispute is None:
            return False
        if dispute.state is DisputeState.OPEN and truth.status == "won":
            await _win(dispute, payment, session)
        elif dispute.state is DisputeState.OPEN and truth.status == "lost":
            await _lose(dispute, payment, session)
        return True


async def _known_or_opened(payment: Payment, truth: DisputeTruth, session: AsyncSession) -> Dispute | None:
    rows = await session.exec(select(Dispute).where(Dispute.processor_ref == truth.dispute_ref))
    if known := rows.first():
        return known
    if not await _can_be_disputed(payment, truth, session):
        logger.error("dispute %s finds payment %s in state %s", truth.dispute_ref, payment.id, payment.state)
        return None
    return await _open(payment, truth, session)


async def _can_be_disputed(payment: Payment, truth: DisputeTruth, session: AsyncSession) -> bool:
    """Whether the money came here: credited, or in suspense while staff look at it.

    A bank may ask several times: for parts, or again after it was refused. What exceeds the payment
    stays in suspense, in sight.
    """
    if payment.state not in CREDITED and payment.state is not PaymentState.REVIEW:
        return False
    return truth.currency == await currency_of_payment(payment, session=session)


async def _open(payment: Payment, truth: DisputeTruth, session: AsyncSession) -> Dispute:
    dispute = Dispute(
        payment_id=payment.id,
        processor_ref=truth.dispute_ref,
        amount_minor=truth.amount_minor,
        reason=truth.reason[:64],
    )
    session.add(dispute)
    await session.flush()
    await follow_disputes(payment, session=session)
    lines = [
        Line(ledger.PROCESSOR, -dispute.amount_minor),
        Line(ledger.SUSPENSE, dispute.amount_minor),
    ]
    await _post(dispute, payment, "open", lines, session)
    await announcing.tell_disputed(dispute, payment, session=session)
    return dispute


async def _win(dispute: Dispute, payment: Payment, session: AsyncSession) -> None:
    dispute.state, dispute.closed_at = DisputeState.WON, now()
    await follow_disputes(payment, session=session)
    lines = [
        Line(ledger.PROCESSOR, dispute.amount_minor),
        Line(ledger.SUSPENSE, -dispute.amount_minor),
    ]
    await _post(dispute, payment, "won", lines, session)


async def _lose(dispute: Dispute, payment: Payment, session: AsyncSession) -> None:
    """What was disputed is taken back from the accounts; what exceeds the payment stays in suspense."""
    dispute.state, dispute.closed_at = DisputeState.LOST, now()
    await session.flush()
    if payment.state not in CREDITED:
        await _lose_uncredited(dispute, payment, session)
        return
    amount = min(dispute.amount_minor, await left_of_payment(payment, session=session))
    shares = await share_out(payment, amount, session=session)
    await ledger.lock_balances([share.item.account_id for share in shares.items], session=session)
    await deallocate(shares, dispute_id=dispute.id, session=session)
    await _post(dispute, payment, "lost", [Line(ledger.SUSPENSE, -amount), *reversal(shares)], session)
    await announcing.tell_lost(dispute, payment, session=session)
    await follow_disputes(payment, session=session)


async def _lose_uncredited(dispute: Dispute, payment: Payment, session: AsyncSession) -> None:
    """Nothing was credited: what stood in suspense for the payment has left with the dispute."""
    await _post(dispute, payment, "lost", [], session)
    in_review = payment.state is PaymentState.REVIEW
    if in_review and await suspense_minor(payment.id, session=session) <= 0:
        payment.state, payment.reason = PaymentState.CANCELED, CHARGED_BACK


async def _post(
    dispute: Dispute, payment: Payment, step: str, lines: list[Line], session: AsyncSession
) -> None:
    await ledger.post(
        dispute_key(dispute.id, step),
        JournalKind.DISPUTE,
        lines,
        session=session,
        currency=await currency_of_payment(payment, session=session),
    )
