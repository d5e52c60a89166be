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
from cabinet.payments.models import Payment, ProcessorEvent
from cabinet.payments.settlement import settle


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
    if payment_id is not None:
        await settle(payment_id)
    async with unit_of_work() as session:
        event = await session.get_one(ProcessorEvent, event_id)
        event.handled_at = event.handled_at or now()


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
