"""The same rows as in registries, page by page, for programs that pull."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, tzinfo
from decimal import Decimal
from typing import Generic, TypeVar, cast
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.database import run
from cabinet.exchange.exports.gathering import gather, lock_exports
from cabinet.exchange.exports.models import ExportKind, ExportRow, RegistryExport, RowCause
from cabinet.exchange.rows import PaymentRow, ReadingRow
from cabinet.kit.dates import now

Row = TypeVar("Row", PaymentRow, ReadingRow)

LONGEST_PAGE = 1000

_PULLED = text("""
UPDATE registry_export e SET state = 'delivered', delivered_at = :at
WHERE e.provider_id = :provider_id AND e.kind = :kind AND e.way = 'api' AND e.state = 'made'
    AND NOT EXISTS (SELECT FROM export_row x WHERE x.export_id = e.id AND x.position > :after)
""")
"""Who asks for what is behind the cursor has what is before it."""


@dataclass(frozen=True, slots=True)
class FeedRow(Generic[Row]):
    """One row with its place among the provider's rows."""

    position: int
    """From 1, without gaps; never changes."""
    cause: RowCause
    """`paid`, `refund`, `refund_came_back`, `dispute`; of a reading always `reading`."""
    subject_id: UUID
    """Of the payment's item, or of the reading: by it a decision names the reading."""
    registry_number: int | None
    """Of the registry that handed it over; None while it is in none yet."""
    row: Row


@dataclass(frozen=True, slots=True)
class FeedPage(Generic[Row]):
    """Rows in the order of their positions."""

    rows: tuple[FeedRow[Row], ...]
    cursor: int
    """What to send as `after` next time: the last position, or the one that was sent when nothing came."""
    has_more: bool


async def payments_page(
    provider_id: UUID, *, after: int = 0, limit: int = 100, session: AsyncSession
) -> FeedPage[PaymentRow]:
    """What was paid to the provider and went back, from the row behind the cursor `after` (0: from the start).

    Rows are those of the registries: frozen, each event once, negative for refunds and lost disputes, in
    minor units; `registry_number` says which registry has it, and pulling hands nothing over by itself.
    What is new is given its position when the last page is asked for, under a lock, so that a cursor
    never passes a row that is committed later. Give it a `unit_of_work`: it may write.
    """
    return await _page(provider_id, ExportKind.PAYMENTS, after, limit, payment_row, session)


async def readings_page(
    provider_id: UUID, *, after: int = 0, limit: int = 100, session: AsyncSession
) -> FeedPage[ReadingRow]:
    """What residents sent, as the provider wants it (submitted or accepted); as `payments_page`.

    A reading that was corrected after it was told comes again as a row of its own, with another `subject_id`.
    """
    return await _page(provider_id, ExportKind.READINGS, after, limit, reading_row, session)


async def _page(
    provider_id: UUID,
    kind: ExportKind,
    after: int,
    limit: int,
    shape: Callable[[ExportRow], Row],
    session: AsyncSession,
) -> FeedPage[Row]:
    wanted = max(1, min(limit, LONGEST_PAGE))
    await run(_PULLED, session=session, provider_id=provider_id, kind=kind.value, after=after, at=now())
    found = await _rows(provider_id, kind, after, wanted + 1, session)
    if len(found) <= wanted:
        await lock_exports(provider_id, session=session)
        await gather(provider_id, kind, now(), session=session)
        found = await _rows(provider_id, kind, after, wanted + 1, session)
    rows = tuple(
        FeedRow(row.position or 0, row.cause, _subject(row), number, shape(row))
        for row, number in found[:wanted]
    )
    return FeedPage(rows, rows[-1].position if rows else after, len(found) > wanted)


def _subject(row: ExportRow) -> UUID:
    return cast(UUID, row.item_id or row.reading_id)


async def _rows(
    provider_id: UUID, kind: ExportKind, after: int, limit: int, session: AsyncSession
) -> Sequence[tuple[ExportRow, int | None]]:
    rows = await session.exec(
        select(ExportRow, RegistryExport.number)
        .outerjoin(RegistryExport, col(RegistryExport.id) == col(ExportRow.export_id))
        .where(ExportRow.provider_id == provider_id, ExportRow.kind == kind, col(ExportRow.position) > after)
        .order_by(col(ExportRow.position))
        .limit(limit)
    )
    return rows.all()


def payment_row(row: ExportRow, zone: tzinfo = UTC) -> PaymentRow:
    """As it stands in a registry, its moment in that zone."""
    return PaymentRow(
        payment_number=row.payment_number,
        paid_at=row.happened_at.astimezone(zone),
        number=row.number,
        owner_name=row.owner_name,
        address=row.address,
        amount_minor=row.amount_minor,
        period=row.period,
    )


def reading_row(row: ExportRow) -> ReadingRow:
    """As it stands in a registry."""
    return ReadingRow(
        number=row.number,
        owner_name=row.owner_name,
        address=row.address,
        meter_kind=row.meter_kind,
        meter_serial=row.meter_serial,
        zone=row.zone,
        zones=row.zones,
        value=Decimal(f"{cast(Decimal, row.value).normalize():f}"),
        taken_on=cast(date, row.taken_on),
        period=cast(date, row.period),
        verification_due=row.verification_due,
    )
