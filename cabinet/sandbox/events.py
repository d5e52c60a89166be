"""Events: what happened, kept for the API and for delivery to the webhook."""

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.sandbox import clock
from cabinet.sandbox.faults import faults
from cabinet.sandbox.keys import API_VERSION
from cabinet.sandbox.models import Body, SandboxEvent, SandboxObject
from cabinet.sandbox.params import ListEvents
from cabinet.sandbox.problems import missing
from cabinet.sandbox.store import new_id


async def record(kind: str, row: SandboxObject, *, session: AsyncSession) -> SandboxEvent:
    """Write an event with a snapshot of the object, to be delivered after the transaction."""
    event = SandboxEvent(
        id=new_id("evt"),
        body={},
        deliver_at=None if faults.drop_forever(kind) else clock.now() + faults.delay,
        created_at=clock.now(),
    )
    event.body = _body(event.id, kind, row)
    session.add(event)
    await session.flush()
    return event


def _body(ident: str, kind: str, row: SandboxObject) -> Body:
    return {
        "id": ident,
        "object": "event",
        "api_version": API_VERSION,
        "created": clock.timestamp(),
        "data": {"object": deepcopy(row.body)},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
    }


async def find_event(ident: str, *, session: AsyncSession) -> SandboxEvent:
    """The event of that id; ApiProblem 404 if there is none."""
    event = await session.get(SandboxEvent, ident)
    if event is None:
        raise missing("event", ident)
    return event


async def list_events(params: ListEvents, *, session: AsyncSession) -> tuple[Sequence[Body], bool]:
    """One page of events, newest first, and whether there are more."""
    query = select(SandboxEvent).order_by(col(SandboxEvent.position).desc())
    kinds = [params.type] if params.type else params.types
    if kinds:
        query = query.where(_kind().in_(kinds))
    if params.starting_after:
        mark = await find_event(params.starting_after, session=session)
        query = query.where(col(SandboxEvent.position) < mark.position)
    rows = (await session.exec(query.limit(params.limit + 1))).all()
    return [row.body for row in rows[: params.limit]], len(rows) > params.limit


def _kind() -> Any:
    return col(SandboxEvent.body)["type"].as_string()
