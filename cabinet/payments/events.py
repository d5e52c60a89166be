"""Webhooks: stored once by the processor's id, and only ever a trigger to settle."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.database import unit_of_work
from cabinet.kit.dates import now
from cabinet.payments import processor
from cabinet.payments.disputes import import_disputes
from cabinet.payments.errors import ProcessorDown
from cabinet.payments.models import Payment, ProcessorEvent
from cabinet.payments.refunds import import_refunds
from cabinet.payments.settlement import settle

_REFUNDS = ("charge.refunded", "charge.refund.", "refund.")
_DISPUTES = ("charge.dispute.",)


async def receive_event(body: bytes, signature: str) -> None:
    """Store a signed event and settle the payment it is about; a repeated event is harmless.

    Raises BadSignature, ProcessorDown (the event is kept, the janitor comes back to it).
    """
    event = processor.verify_event(body, signature)
    async with unit_of_work() as session:
        await session.exec(
            insert(ProcessorEvent)
            .values(id=event.id, kind=event.kind, body=_kept(event), received_at=now())
            .on_conflict_do_nothing(index_elements=["id"])
        )
    await handle_event(event.id)


def _kept(event: processor.ProcessorEventView) -> dict[str, Any]:
    """What we keep of an event: references only, nothing personal."""
    return {
        "session": event.session_ref,
        "charge": event.charge_ref,
        "payment": str(event.payment_id) if event.payment_id else None,
    }


async def handle_event(event_id: str) -> None:
    """Settle what the event points at, then mark it handled; one that is handled is left alone."""
    async with unit_of_work() as session:
        event = await session.get_one(ProcessorEvent, event_id)
        payment_id = await _payment_of(event, session) if event.handled_at is None else None
    if payment_id is None and event.handled_at is None and _tells_of_money_back(event):
        payment_id = await _payment_behind(event.body.get("charge"))
    if payment_id is not None:
        await settle(payment_id)
        await _take_back(event.kind, payment_id)
    async with unit_of_work() as session:
        event = await session.get_one(ProcessorEvent, event_id)
        event.handled_at = event.handled_at or now()


async def _take_back(kind: str, payment_id: UUID) -> None:
    """Refunds and disputes, ours and those made at the processor."""
    if kind.startswith(_REFUNDS):
        await import_refunds(payment_id)
    elif kind.startswith(_DISPUTES):
        await import_disputes(payment_id)


def _tells_of_money_back(event: ProcessorEvent) -> bool:
    return event.kind.startswith((*_REFUNDS, *_DISPUTES))


async def _payment_behind(charge_ref: str | None) -> UUID | None:
    """Our payment for a charge that we have not heard of yet: its event overtook that of the payment."""
    try:
        charge = await processor.fetch_charge(charge_ref) if charge_ref else None
    except processor.ProcessorUnavailable:
        raise ProcessorDown from None
    if charge is None or charge.payment_id is None:
        return None
    async with unit_of_work() as session:
        payment = await session.get(Payment, charge.payment_id)
        return payment.id if payment else None


async def _payment_of(event: ProcessorEvent, session: AsyncSession) -> UUID | None:
    """Our payment that the event is about: by our own id, else by the processor's references."""
    if event.body.get("payment"):
        found = await session.get(Payment, UUID(event.body["payment"]))
        return found.id if found else None
    for column, reference in ((Payment.session_ref, "session"), (Payment.charge_ref, "charge")):
        if event.body.get(reference):
            rows = await session.exec(select(Payment.id).where(col(column) == event.body[reference]))
            if payment_id := rows.first():
                return payment_id
    return None


async def unhandled_events(before: datetime) -> list[str]:
    """Ids of events that were stored before the moment and never came to their end."""
    async with unit_of_work() as session:
        rows = await session.exec(
            select(ProcessorEvent.id)
            .where(col(ProcessorEvent.handled_at).is_(None), col(ProcessorEvent.received_at) < before)
            .order_by(col(ProcessorEvent.received_at))
            .limit(100)
        )
        return list(rows.all())
