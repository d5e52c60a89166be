"""Recording what staff did and looked at. The table is append-only: a trigger refuses every change."""

import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.audit.models import AuditRecord

_NEVER_KEPT = re.compile(r".*(password|token|secret|hash).*|pin|search_key|checkout_url")
"""Names of what opens a door, and of folded keys, which say nothing new."""
_key: ContextVar[tuple[UUID | None, str]] = ContextVar("key", default=(None, ""))


@contextmanager
def acting_by_key(key_id: UUID, address: str) -> Generator[None]:
    """Whatever is recorded inside the block was done by a provider's program with this key, from there."""
    token = _key.set((key_id, address))
    try:
        yield
    finally:
        _key.reset(token)


async def record(
    actor: UUID | None,
    action: str,
    subject: str,
    subject_id: object,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    address: str = "",
    *,
    session: AsyncSession,
) -> None:
    """Write one act of one person on one row, in the transaction of the act itself.

    `subject` is the table's word ("provider"). Secrets and folded keys are left out of `before` and `after`.
    """
    key_id, key_address = _key.get()
    session.add(
        AuditRecord(
            actor_id=actor,
            key_id=key_id,
            action=action,
            subject=subject,
            subject_id=str(subject_id),
            before=_plain(before or {}),
            after=_plain(after or {}),
            address=(address or key_address)[:64],
        )
    )
    await session.flush()


async def last_time(
    action: str, subject: str, subject_id: object, *, session: AsyncSession
) -> datetime | None:
    """When this was last done to this row, if ever."""
    statement = select(func.max(col(AuditRecord.at))).where(
        AuditRecord.subject_id == str(subject_id),
        AuditRecord.subject == subject,
        AuditRecord.action == action,
    )
    return (await session.exec(statement)).one()


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The fields that differ, as they were and as they are."""
    differing = [key for key in after if before.get(key) != after[key]]
    return {key: before.get(key) for key in differing}, {key: after[key] for key in differing}


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _as_json(value) for key, value in values.items() if not _NEVER_KEPT.fullmatch(key)}


def _as_json(value: Any) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return _plain(value)  # pyright: ignore[reportUnknownArgumentType]
    if isinstance(value, list | tuple):
        return [_as_json(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    return str(value).replace("\x00", "")
