"""The proof that nothing is told twice and nothing is lost: registries and what waits against the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.database import run

_PROOF = text("""
WITH credited AS (
    SELECT p.id AS provider_id, coalesce(-sum(e.amount_minor), 0) AS amount_minor
    FROM provider p
    LEFT JOIN (entry e JOIN journal j ON j.id = e.journal_id AND j.kind <> 'payout')
        ON e.account = 'payable:' || p.id
    GROUP BY p.id
), handed AS (
    SELECT provider_id, sum(amount_minor) FILTER (WHERE export_id IS NOT NULL) AS handed_minor,
        sum(amount_minor) FILTER (WHERE export_id IS NULL) AS gathered_minor
    FROM export_row GROUP BY provider_id
), gone AS (
    SELECT l.item_id, sum(d.amount_minor) AS amount_minor
    FROM deallocation d JOIN allocation l ON l.id = d.allocation_id LEFT JOIN refund r ON r.id = d.refund_id
    WHERE r.state IS DISTINCT FROM 'failed' GROUP BY l.item_id
), told AS (
    SELECT item_id, sum(amount_minor) AS amount_minor FROM export_row WHERE item_id IS NOT NULL GROUP BY item_id
), fresh AS (
    SELECT a.provider_id,
        sum(i.amount_minor - coalesce(gone.amount_minor, 0) - coalesce(told.amount_minor, 0)) AS amount_minor
    FROM payment_item i
    JOIN account a ON a.id = i.account_id
    JOIN payment p ON p.id = i.payment_id AND p.state IN ('succeeded', 'disputed', 'lost')
    LEFT JOIN gone ON gone.item_id = i.id
    LEFT JOIN told ON told.item_id = i.id
    GROUP BY a.provider_id
), wrong AS (
    SELECT e.provider_id, array_agg(e.number ORDER BY e.number) AS numbers
    FROM registry_export e
    LEFT JOIN LATERAL (
        SELECT count(*) AS rows, coalesce(sum(x.amount_minor), 0) AS total_minor
        FROM export_row x WHERE x.export_id = e.id AND x.provider_id = e.provider_id AND x.kind = e.kind
    ) found ON true
    WHERE (found.rows, found.total_minor) <> (e.rows, e.total_minor)
    GROUP BY e.provider_id
)
SELECT credited.provider_id, credited.amount_minor, coalesce(handed.handed_minor, 0),
    coalesce(handed.gathered_minor, 0) + coalesce(fresh.amount_minor, 0), coalesce(wrong.numbers, '{}')
FROM credited
LEFT JOIN handed ON handed.provider_id = credited.provider_id
LEFT JOIN fresh ON fresh.provider_id = credited.provider_id
LEFT JOIN wrong ON wrong.provider_id = credited.provider_id
ORDER BY credited.provider_id
""")


@dataclass(frozen=True, slots=True)
class ExportProof:
    """What one provider was credited, and what of it the registries tell; minor units."""

    provider_id: UUID
    credited_minor: int
    """By the ledger, net of refunds and lost disputes; payouts do not matter."""
    handed_minor: int
    """Of all its registries of payments."""
    waiting_minor: int
    """Of what is in no registry yet, disputed payments included."""
    wrong: Sequence[int]
    """Numbers of registries whose rows do not make up their control sums."""

    @property
    def holds(self) -> bool:
        """Whether every kopeck that was credited is told once or waits to be."""
        return self.handed_minor + self.waiting_minor == self.credited_minor and not self.wrong


async def verify_exports(*, session: AsyncSession) -> list[ExportProof]:
    """Count every provider's registries again from their rows and compare them with the ledger, at one moment."""
    rows = await run(_PROOF, session=session)
    return [ExportProof(row[0], int(row[1]), int(row[2]), int(row[3]), tuple(row[4])) for row in rows]
