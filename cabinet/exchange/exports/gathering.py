"""What the provider has not been told yet, and the rows by which it is told.

Rows are chosen by «credited (or sent) before the cut and without a row», never by a clock that moves on:
a payment that was settled before the cut but committed after it is found the next time. They get their
positions under a lock on the provider, so that whoever reads by position never passes a later commit.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.database import run
from cabinet.exchange.exports.models import ExportChoice, ExportKind, ReadingsChoice
from cabinet.kit.dates import now
from cabinet.payments.rows import lock_on

_NEW_PAYMENTS = """
own AS (
    SELECT i.id AS item_id, i.account_id, i.amount_minor, i.period, p.number AS payment_number,
        p.settled_at, p.state, x.id IS NOT NULL AS told
    FROM payment_item i
    JOIN account a ON a.id = i.account_id
    JOIN payment p ON p.id = i.payment_id
    LEFT JOIN export_row x ON x.item_id = i.id AND x.cause = 'paid'
    WHERE a.provider_id = :provider_id AND p.state IN ('succeeded', 'disputed', 'lost')
), taken AS (
    SELECT l.item_id, d.refund_id, d.dispute_id,
        min(d.created_at) AS taken_at, sum(d.amount_minor) AS amount_minor
    FROM deallocation d
    JOIN allocation l ON l.id = d.allocation_id
    JOIN payment_item i ON i.id = l.item_id
    JOIN account a ON a.id = i.account_id
    WHERE a.provider_id = :provider_id
    GROUP BY l.item_id, d.refund_id, d.dispute_id
), event AS (
    SELECT 'paid' AS cause, item_id, CAST(NULL AS uuid) AS refund_id, CAST(NULL AS uuid) AS dispute_id,
        settled_at AS happened_at, amount_minor
    FROM own WHERE NOT told
    UNION ALL
    SELECT CASE WHEN refund_id IS NULL THEN 'dispute' ELSE 'refund' END, item_id, refund_id, dispute_id,
        taken_at, -amount_minor
    FROM taken
    UNION ALL
    SELECT 'refund_came_back', item_id, refund_id, NULL, r.settled_at, taken.amount_minor
    FROM taken JOIN refund r ON r.id = taken.refund_id WHERE r.state = 'failed'
), new AS (
    SELECT 'payments' AS kind, e.cause, e.item_id, e.refund_id, e.dispute_id, CAST(NULL AS uuid) AS reading_id,
        e.happened_at, e.amount_minor, own.account_id, own.period, own.payment_number,
        bool_or(e.cause = 'paid') OVER of_item AS is_first, sum(e.amount_minor) OVER of_item AS net_minor
    FROM event e JOIN own ON own.item_id = e.item_id
    WHERE e.happened_at < :until
        AND (own.told OR (own.state <> 'disputed' AND own.settled_at < :until))
        AND NOT EXISTS (
            SELECT FROM export_row x WHERE x.item_id = e.item_id AND x.cause = e.cause
                AND x.refund_id IS NOT DISTINCT FROM e.refund_id
                AND x.dispute_id IS NOT DISTINCT FROM e.dispute_id
        )
    WINDOW of_item AS (PARTITION BY e.item_id)
)"""
"""Every crediting, taking back and coming back without a row. A payment that a bank disputes is told when
the bank has decided, as it is paid out then; what changed of an item before it is told is netted."""

_NEW_READINGS = """
new AS (
    SELECT 'readings' AS kind, 'reading' AS cause, CAST(NULL AS uuid) AS item_id,
        CAST(NULL AS uuid) AS refund_id, CAST(NULL AS uuid) AS dispute_id, r.id AS reading_id,
        CASE WHEN :accepted_only THEN coalesce(r.decided_at, r.created_at) ELSE r.created_at END AS happened_at,
        CAST(0 AS bigint) AS amount_minor, m.account_id, r.period, CAST(0 AS bigint) AS payment_number,
        false AS is_first, CAST(0 AS numeric) AS net_minor
    FROM reading r
    JOIN tariff_zone z ON z.id = r.zone_id
    JOIN meter m ON m.id = z.meter_id
    JOIN account a ON a.id = m.account_id
    WHERE a.provider_id = :provider_id AND r.source = 'resident'
        AND (r.state = 'accepted' OR (r.state = 'submitted' AND NOT :accepted_only))
        AND CASE WHEN :accepted_only THEN coalesce(r.decided_at, r.created_at) ELSE r.created_at END < :until
        AND NOT EXISTS (SELECT FROM export_row x WHERE x.reading_id = r.id)
)"""

_GATHER = """
WITH {new}, line AS (
    SELECT new.*,
        CASE WHEN NOT is_first THEN amount_minor WHEN cause = 'paid' THEN net_minor ELSE 0 END AS said_minor,
        NOT is_first OR (cause = 'paid' AND net_minor <> 0) AS is_said
    FROM new
), placed AS (
    SELECT line.*, count(*) FILTER (WHERE is_said) OVER (
        ORDER BY happened_at, payment_number, item_id, cause, reading_id ROWS UNBOUNDED PRECEDING
    ) AS place
    FROM line
), last AS (
    SELECT coalesce(max(position), 0) AS position FROM export_row
    WHERE provider_id = :provider_id AND kind = :kind
)
INSERT INTO export_row (id, provider_id, kind, position, cause, item_id, refund_id, dispute_id, reading_id,
    happened_at, gathered_at, account_id, number, owner_name, address, period, payment_number, amount_minor,
    meter_kind, meter_serial, zone, zones, value, taken_on, verification_due)
SELECT gen_random_uuid(), :provider_id, n.kind, CASE WHEN n.is_said THEN last.position + n.place END, n.cause,
    n.item_id, n.refund_id, n.dispute_id, n.reading_id, n.happened_at, :at, n.account_id, a.number,
    a.owner_name, a.address, n.period, n.payment_number, n.said_minor, coalesce(m.kind, ''),
    coalesce(m.serial, ''), coalesce(z.number, 1), coalesce(zones.number, 1), r.value, r.taken_on,
    m.verification_due
FROM placed n
CROSS JOIN last
JOIN account a ON a.id = n.account_id
LEFT JOIN reading r ON r.id = n.reading_id
LEFT JOIN tariff_zone z ON z.id = r.zone_id
LEFT JOIN meter m ON m.id = z.meter_id
LEFT JOIN LATERAL (SELECT count(*) AS number FROM tariff_zone t WHERE t.meter_id = m.id) zones ON true
"""

_LOOK = """
WITH {new}, line AS (
    SELECT happened_at, CASE WHEN is_first THEN net_minor ELSE amount_minor END AS amount_minor,
        kind = 'payments' AND NOT is_first AS is_correction
    FROM new WHERE NOT is_first OR (cause = 'paid' AND net_minor <> 0)
    UNION ALL
    SELECT happened_at, amount_minor, cause NOT IN ('paid', 'reading') FROM export_row
    WHERE provider_id = :provider_id AND kind = :kind AND export_id IS NULL AND position IS NOT NULL
        AND happened_at < :until
)
SELECT count(*), coalesce(sum(amount_minor), 0), count(*) FILTER (WHERE happened_at < :since),
    count(*) FILTER (WHERE is_correction),
    coalesce(sum(amount_minor) FILTER (WHERE is_correction), 0)
FROM line
"""

_NEW = {ExportKind.PAYMENTS: _NEW_PAYMENTS, ExportKind.READINGS: _NEW_READINGS}
_GATHERINGS = {kind: text(_GATHER.format(new=new)) for kind, new in _NEW.items()}
_LOOKS = {kind: text(_LOOK.format(new=new)) for kind, new in _NEW.items()}


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a registry with this cut would hand over; minor units."""

    rows: int
    total_minor: int
    late_rows: int
    """Of before its period: they were committed, or decided by a bank, after their own registry was made."""
    correction_rows: int
    """What went back, or came back, of payments that were told earlier."""
    corrections_minor: int


async def lock_exports(provider_id: UUID, *, session: AsyncSession) -> None:
    """Let one transaction at a time hand something over to this provider."""
    await lock_on(f"exports:{provider_id}", session=session)


async def gather(provider_id: UUID, kind: ExportKind, until: datetime, *, session: AsyncSession) -> None:
    """Give every event before `until` its row and position; to be called under `lock_exports`."""
    values = await _values(provider_id, kind, until, session)
    await run(_GATHERINGS[kind], session=session, **values, at=now())


async def look_at(
    provider_id: UUID, kind: ExportKind, since: datetime, until: datetime, *, session: AsyncSession
) -> Waiting:
    """What is waiting to be handed over, seen without changing anything."""
    values = await _values(provider_id, kind, until, session)
    rows = await run(_LOOKS[kind], session=session, **values, since=since)
    return Waiting(*(int(value) for value in rows[0]))


async def readings_choice(provider_id: UUID, *, session: AsyncSession) -> ReadingsChoice:
    """Which readings the provider wants."""
    row = await session.get(ExportChoice, provider_id)
    return row.readings if row else ReadingsChoice.SUBMITTED


async def _values(
    provider_id: UUID, kind: ExportKind, until: datetime, session: AsyncSession
) -> dict[str, Any]:
    values: dict[str, Any] = {"provider_id": provider_id, "kind": kind.value, "until": until}
    if kind is ExportKind.READINGS:
        choice = await readings_choice(provider_id, session=session)
        values["accepted_only"] = choice is ReadingsChoice.ACCEPTED
    return values
