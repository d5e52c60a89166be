"""The janitor: payments that nobody came back to are settled anyway."""

import logging
from collections.abc import Awaitable
from datetime import timedelta
from uuid import UUID

from sqlmodel import col, select

from cabinet.database import unit_of_work
from cabinet.errors import CabinetError
from cabinet.kit.dates import now
from cabinet.payments.checkout import OPEN
from cabinet.payments.events import handle_event, unhandled_events
from cabinet.payments.models import Payment, PaymentState
from cabinet.payments.rows import lock_payment
from cabinet.payments.settlement import settle

logger = logging.getLogger(__name__)

PATIENCE = timedelta(minutes=5)
"""How long the resident's own return and the webhook may take before the janitor looks."""


async def sweep() -> int:
    """Settle open payments older than the janitor's patience, and events left half done.

    Returns how many were looked at. What fails is logged and left for the next sweep.
    """
    payments = await _waiting_payments()
    for payment_id in payments:
        await _try(_look_after(payment_id), str(payment_id))
    events = await unhandled_events(now() - PATIENCE)
    for event_id in events:
        await _try(handle_event(event_id), event_id)
    return len(payments) + len(events)


async def _waiting_payments() -> list[UUID]:
    async with unit_of_work() as session:
        rows = await session.exec(
            select(Payment.id)
            .where(col(Payment.state).in_(OPEN), col(Payment.created_at) < now() - PATIENCE)
            .order_by(col(Payment.created_at))
            .limit(200)
        )
        return list(rows.all())


async def _look_after(payment_id: UUID) -> None:
    """Settle; a payment past its end that the processor knows nothing of was never opened."""
    if await settle(payment_id) is not PaymentState.CREATED:
        return
    async with unit_of_work() as session:
        payment = await lock_payment(payment_id, session=session)
        if payment.state is PaymentState.CREATED and payment.expires_at and payment.expires_at < now():
            payment.state, payment.reason = PaymentState.CANCELED, "never_opened"


async def _try(work: Awaitable[object], what: str) -> None:
    try:
        await work
    except CabinetError as problem:
        logger.warning("left for the next sweep: %s: %s", what, problem.code)
    except Exception:
        logger.exception("left for the next sweep: %s", what)
