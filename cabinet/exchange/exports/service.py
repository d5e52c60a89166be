"""Registries out: making them, confirming them, finding them. Each row is handed over once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, and_, func, or_, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.audit.service import record
from cabinet.errors import NotFound
from cabinet.exchange.exports.errors import NotDelivered, NothingToHandOver, WrongPeriod
from cabinet.exchange.exports.feed import FeedPage, FeedRow, payments_page, readings_page
from cabinet.exchange.exports.files import checked_encoding, file_name, seal
from cabinet.exchange.exports.gathering import Waiting, gather, lock_exports, look_at, readings_choice
from cabinet.exchange.exports.models import (
    ExportChoice,
    ExportKind,
    ExportRow,
    ExportState,
    ExportWay,
    ReadingsChoice,
    RegistryExport,
    RowCause,
)
from cabinet.exchange.rows import RegistryFormat
from cabinet.kit.dates import now
from cabinet.kit.money import CURRENCY
from cabinet.payments.models import PaymentItem
from cabinet.providers import service as providers
from cabinet.providers.models import Provider
from cabinet.providers.payee import get_payee
from cabinet.residents.person import Permission, Person
from cabinet.webhooks.service import WebhookEvent, announce

__all__ = [
    "ExportWish",
    "FeedPage",
    "FeedRow",
    "Told",
    "Waiting",
    "choose_readings",
    "confirm_export",
    "exports_of",
    "failed_exports",
    "find_export",
    "make_export",
    "mark_delivered",
    "payments_page",
    "preview_export",
    "readings_choice",
    "readings_page",
    "registries_of_payment",
    "registry_of_reading",
    "require_own",
    "rows_of_export",
]


@dataclass(frozen=True, slots=True)
class ExportWish:
    """What registry is wanted. Without `since` its period begins where the one before ended."""

    kind: ExportKind
    format: RegistryFormat
    encoding: str = ""
    """Empty: the usual one of the format."""
    since: datetime | None = None
    until: datetime | None = None
    """The cut, not after now; without it, now."""
    way: ExportWay = ExportWay.DOWNLOAD
    even_empty: bool = False


def require_own(provider_id: UUID, permission: Permission, by: Person) -> None:
    """Raise Forbidden without the permission, NotFound for a provider of others."""
    by.require(permission)
    if not by.may(Permission.SEE_ALL_PROVIDERS) and by.provider_id != provider_id:
        raise NotFound


async def make_export(
    provider_id: UUID,
    wish: ExportWish,
    *,
    session: AsyncSession,
    by: Person | None = None,
    schedule_id: UUID | None = None,
    address: str = "",
) -> RegistryExport:
    """Hand over what happened before the cut and is in no registry yet, with its control sums.

    What is late is in it too, whatever its period. Two at once: the second waits, and finds what the
    first has left. Raises Forbidden, NotFound, WrongPeriod, WrongFormat, NothingToHandOver.
    """
    if by is not None:
        require_own(provider_id, Permission.EXPORT_REGISTRIES, by)
    provider = await providers.get_provider(provider_id, session=session)
    encoding = checked_encoding(wish.kind, wish.format, wish.encoding)
    await lock_exports(provider_id, session=session)
    since, until = await _period(provider_id, wish, session)
    await gather(provider_id, wish.kind, until, session=session)
    export = await _counted(provider_id, wish, since, until, session)
    if not export.rows and not wish.even_empty:
        raise NothingToHandOver
    export.encoding, export.schedule_id = encoding, schedule_id
    export.made_by = by.id if by else None
    payee = await get_payee(provider_id, session=session)
    export.inn, export.bank_account, export.timezone = payee.inn, payee.bank_account, provider.timezone
    export.file_name = file_name(export, export.format)
    session.add(export)
    await session.flush()
    await _bind(export, session)
    await seal(export, session=session)
    await _note("make", export, by, address, session)
    await announce(WebhookEvent.REGISTRY_MADE, {provider_id: _told(export)}, session=session)
    return export


def _told(export: RegistryExport) -> dict[str, object]:
    """What the provider's server is told of it."""
    sums = {"rows": export.rows, "total_minor": export.total_minor, "currency": CURRENCY}
    return {"registry_id": str(export.id), "number": export.number, "kind": export.kind.value, **sums}


async def _period(provider_id: UUID, wish: ExportWish, session: AsyncSession) -> tuple[datetime, datetime]:
    moment = now()
    until = wish.until or moment
    since = wish.since or min(await next_since(provider_id, wish.kind, session=session) or until, until)
    if since > until or until > moment:
        raise WrongPeriod
    return since, until


async def next_since(provider_id: UUID, kind: ExportKind, *, session: AsyncSession) -> datetime | None:
    """Where the next period begins: the cut of the last registry, else the day that the provider came here."""
    last = await session.exec(
        select(RegistryExport.until)
        .where(RegistryExport.provider_id == provider_id, RegistryExport.kind == kind)
        .order_by(col(RegistryExport.until).desc())
        .limit(1)
    )
    begun = select(Provider.created_at).where(Provider.id == provider_id)
    return last.first() or (await session.exec(begun)).first()


async def _counted(
    provider_id: UUID, wish: ExportWish, since: datetime, until: datetime, session: AsyncSession
) -> RegistryExport:
    """The registry with the figures of the rows that are waiting for it."""
    correction = and_(col(ExportRow.cause) != RowCause.PAID, col(ExportRow.cause) != RowCause.READING)
    figures = await session.exec(
        select(
            func.count(),
            func.coalesce(func.sum(ExportRow.amount_minor), 0),
            func.count().filter(col(ExportRow.happened_at) < since),
            func.count().filter(correction),
        )
        .select_from(ExportRow)
        .where(_waiting(provider_id, wish.kind, until))
    )
    rows, total, late, corrections = figures.one()
    last = select(func.coalesce(func.max(RegistryExport.number), 0)).where(
        RegistryExport.provider_id == provider_id
    )
    return RegistryExport(
        id=uuid4(),
        provider_id=provider_id,
        number=(await session.exec(last)).one() + 1,
        kind=wish.kind,
        format=wish.format,
        way=wish.way,
        since=since,
        until=until,
        rows=rows,
        total_minor=int(total),
        late_rows=late,
        correction_rows=corrections,
        made_at=now(),
    )


def _waiting(provider_id: UUID, kind: ExportKind, until: datetime) -> ColumnElement[bool]:
    return and_(
        col(ExportRow.provider_id) == provider_id,
        col(ExportRow.kind) == kind,
        col(ExportRow.export_id).is_(None),
        col(ExportRow.position).is_not(None),
        col(ExportRow.happened_at) < until,
    )


async def _bind(export: RegistryExport, session: AsyncSession) -> None:
    bound = await session.exec(
        update(ExportRow)
        .where(_waiting(export.provider_id, export.kind, export.until))
        .values(export_id=export.id)
        .execution_options(synchronize_session=False)
    )
    if bound.rowcount != export.rows:
        raise RuntimeError(f"registry {export.id} counted {export.rows} rows and took {bound.rowcount}")


async def preview_export(
    provider_id: UUID, wish: ExportWish, *, by: Person, session: AsyncSession
) -> tuple[datetime, datetime, Waiting]:
    """The period, and what a registry with it would hand over now. Raises Forbidden, NotFound, WrongPeriod."""
    require_own(provider_id, Permission.SEE_REGISTRIES, by)
    since, until = await _period(provider_id, wish, session)
    return since, until, await look_at(provider_id, wish.kind, since, until, session=session)


async def confirm_export(
    export_id: UUID, *, by: Person, session: AsyncSession, address: str = ""
) -> RegistryExport:
    """The provider says that it has the registry; again changes nothing. Raises Forbidden, NotFound, NotDelivered."""
    export = await find_export(export_id, Permission.EXPORT_REGISTRIES, by=by, session=session, lock=True)
    if export.state is ExportState.CONFIRMED:
        return export
    if export.state is not ExportState.DELIVERED:
        raise NotDelivered
    export.state, export.confirmed_at, export.confirmed_by = ExportState.CONFIRMED, now(), by.id
    await session.flush()
    await _note("confirm", export, by, address, session)
    return export


async def mark_delivered(
    export_id: UUID, *, by: Person | None, session: AsyncSession, address: str = ""
) -> None:
    """Somebody or something has fetched it; what is delivered or confirmed already stays so."""
    export = await session.get(RegistryExport, export_id, with_for_update=True, populate_existing=True)
    if export is None:
        raise NotFound
    if export.state in (ExportState.MADE, ExportState.FAILED):
        export.state, export.delivered_at, export.failure = ExportState.DELIVERED, now(), ""
        await session.flush()
        await _note("deliver", export, by, address, session)


async def find_export(
    export_id: UUID, permission: Permission, *, by: Person, session: AsyncSession, lock: bool = False
) -> RegistryExport:
    """One registry of a provider that the person works for. Raises Forbidden, NotFound."""
    by.require(permission)
    export = await session.get(RegistryExport, export_id, with_for_update=lock, populate_existing=True)
    if export is None:
        raise NotFound
    require_own(export.provider_id, permission, by)
    return export


async def exports_of(
    provider_ids: Sequence[UUID],
    *,
    session: AsyncSession,
    kind: ExportKind | None = None,
    words: str = "",
    skip: int = 0,
    limit: int = 50,
) -> list[RegistryExport]:
    """The registries of these providers, the newest first; `words` is a payment's or an account's number."""
    wanted = select(RegistryExport).where(col(RegistryExport.provider_id).in_(provider_ids))
    if kind is not None:
        wanted = wanted.where(RegistryExport.kind == kind)
    if named := "".join(words.split()):
        wanted = wanted.where(col(RegistryExport.id).in_(_naming(named, provider_ids)))
    newest = wanted.order_by(col(RegistryExport.made_at).desc(), col(RegistryExport.number).desc())
    return list(await session.exec(newest.offset(skip).limit(limit)))


def _naming(number: str, provider_ids: Sequence[UUID]) -> Any:
    """The registries that name the payment or the account."""
    is_payment = number.isascii() and number.isdecimal() and len(number) < 18
    named = col(ExportRow.number) == number
    if is_payment:
        named = or_(named, col(ExportRow.payment_number) == int(number))
    return select(ExportRow.export_id).where(
        col(ExportRow.provider_id).in_(provider_ids), col(ExportRow.export_id).is_not(None), named
    )


async def rows_of_export(export_id: UUID, *, session: AsyncSession, limit: int = 100) -> list[ExportRow]:
    """The first rows of a registry."""
    rows = await session.exec(
        select(ExportRow)
        .where(ExportRow.export_id == export_id)
        .order_by(col(ExportRow.position))
        .limit(limit)
    )
    return list(rows)


async def failed_exports(provider_ids: Sequence[UUID], *, session: AsyncSession) -> int:
    """How many registries wait for somebody to mend the folder."""
    rows = await session.exec(
        select(func.count())
        .select_from(RegistryExport)
        .where(col(RegistryExport.provider_id).in_(provider_ids), RegistryExport.state == ExportState.FAILED)
    )
    return rows.one()


@dataclass(frozen=True, slots=True)
class Told:
    """A registry that told a provider of a payment, and when it got there."""

    number: int
    at: datetime


async def registries_of_payment(payment_id: UUID, *, session: AsyncSession) -> list[Told]:
    """The registries by which the providers of a payment first heard of it, once they were delivered."""
    rows = await session.exec(
        select(RegistryExport.number, RegistryExport.delivered_at)
        .join(ExportRow, col(ExportRow.export_id) == col(RegistryExport.id))
        .join(PaymentItem, col(PaymentItem.id) == col(ExportRow.item_id))
        .where(
            PaymentItem.payment_id == payment_id,
            ExportRow.cause == RowCause.PAID,
            col(RegistryExport.delivered_at).is_not(None),
        )
        .order_by(col(RegistryExport.delivered_at))
        .group_by(col(RegistryExport.id))
    )
    return [Told(number, at) for number, at in rows if at is not None]


async def registry_of_reading(reading_id: UUID, *, session: AsyncSession) -> tuple[UUID, int] | None:
    """The id and number of the registry that handed the reading over."""
    rows = await session.exec(
        select(RegistryExport.id, RegistryExport.number)
        .join(ExportRow, col(ExportRow.export_id) == col(RegistryExport.id))
        .where(ExportRow.reading_id == reading_id)
    )
    return rows.first()


async def choose_readings(
    provider_id: UUID, choice: ReadingsChoice, *, by: Person, session: AsyncSession, address: str = ""
) -> None:
    """Let the provider be told of readings as they are sent, or when they are accepted. Raises Forbidden, NotFound."""
    require_own(provider_id, Permission.EXPORT_REGISTRIES, by)
    await lock_exports(provider_id, session=session)
    before = await readings_choice(provider_id, session=session)
    if before is choice:
        return
    await session.merge(ExportChoice(provider_id=provider_id, readings=choice))
    await session.flush()
    await record(
        by.id,
        "choose_readings",
        "provider",
        provider_id,
        {"readings": before},
        {"readings": choice},
        address,
        session=session,
    )


async def _note(
    act: str, export: RegistryExport, by: Person | None, address: str, session: AsyncSession
) -> None:
    facts = {
        "provider_id": export.provider_id,
        "number": export.number,
        "kind": export.kind,
        "format": export.format,
        "rows": export.rows,
        "total_minor": export.total_minor,
        "state": export.state,
    }
    await record(
        by.id if by else None,
        f"{act}_export",
        "registry_export",
        export.id,
        None,
        facts,
        address,
        session=session,
    )
