"""Telling providers' servers what happened: rows written in the transaction of the cause."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.database import run
from cabinet.jobs import defer
from cabinet.kit.dates import now
from cabinet.webhooks.models import WebhookEvent

_WRITE = text("""
INSERT INTO webhook_delivery (id, endpoint_id, event, data, state, attempts, created_at, next_at, last_error)
SELECT gen_random_uuid(), e.id, CAST(:event AS text), told.data, 'pending', 0, :at, :at, ''
FROM unnest(CAST(:providers AS uuid[]), CAST(:data AS jsonb[])) told (provider_id, data)
JOIN webhook_endpoint e ON e.provider_id = told.provider_id
WHERE e.disabled_at IS NULL AND CAST(:event AS text) = ANY (e.events)
RETURNING id, endpoint_id
""")


async def announce(
    event: WebhookEvent, told: Mapping[UUID, Mapping[str, Any]], *, session: AsyncSession
) -> None:
    """Tell each provider's servers its part of the event; one statement, and no row where nobody listens.

    `told` must be fit for JSON. Nothing about other providers belongs into a provider's part.
    """
    if not told:
        return
    rows = await run(
        _WRITE,
        session=session,
        event=event.value,
        at=now(),
        providers=list(told),
        data=[json.dumps(data) for data in told.values()],
    )
    for delivery_id, endpoint_id in rows:
        await send_later(delivery_id, endpoint_id, session=session)


async def send_later(delivery_id: UUID, endpoint_id: UUID, *, session: AsyncSession) -> None:
    """Let a job send it once the transaction commits."""
    from cabinet.webhooks.sending import send_webhook

    await defer(send_webhook, session=session, delivery_id=str(delivery_id), endpoint_id=str(endpoint_id))
