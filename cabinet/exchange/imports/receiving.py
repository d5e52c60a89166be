"""A registry arrives: it is kept, recognised, and read another way if a clerk says so."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import asdict
from datetime import date
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.audit.service import record
from cabinet.database import read_only, unit_of_work
from cabinet.exchange.errors import UnreadableFile
from cabinet.exchange.formats.layout import Layout, Recognised
from cabinet.exchange.formats.recognise import recognise
from cabinet.exchange.imports import files
from cabinet.exchange.imports.errors import FileGone, NoDay, NotNow
from cabinet.exchange.imports.models import ImportState, RegistryImport, SavedLayout
from cabinet.exchange.imports.runs import lock_import, require_provider
from cabinet.exchange.rows import RegistryHeader
from cabinet.i18n import current_locale
from cabinet.kit.dates import today_in
from cabinet.providers.service import get_provider
from cabinet.residents.person import Permission, Person

_MAY_CHANGE = (
    ImportState.UPLOADED,
    ImportState.RECOGNISED,
    ImportState.CHECKED,
    ImportState.FAILED,
    ImportState.CANCELED,
)
_WAS_TAKEN = (ImportState.APPLIED, ImportState.ROLLED_BACK)


async def receive_registry(
    provider_id: UUID, name: str, chunks: AsyncIterator[bytes], *, by: Person | None, address: str = ""
) -> UUID:
    """Keep a file as it comes and look at its beginning; returns the id of the import.

    Raises Forbidden, NotFound, RegistryTooLarge, DiskIsFull, FileMissing; nothing is kept then.
    """
    require_provider(provider_id, by, Permission.IMPORT_REGISTRIES)
    async with read_only() as session:
        await get_provider(provider_id, session=session)
    row = RegistryImport(
        id=uuid4(), provider_id=provider_id, file_name=_plain_name(name), sha256="", size=0, source=""
    )
    received = await files.receive(row.id, chunks)
    row.sha256, row.size = received.sha256, received.size
    row.uploaded_by, row.locale = by.id if by else None, current_locale()
    try:
        await _write_down(row, by, address)
    except BaseException:
        files.discard(row.id)
        raise
    return row.id


def _plain_name(name: str) -> str:
    """The name without folders, as a page can show it."""
    last = PurePosixPath(PureWindowsPath(name).name).name
    return "".join(char for char in last if char.isprintable())[-200:] or "registry"


async def _write_down(row: RegistryImport, by: Person | None, address: str) -> None:
    async with unit_of_work() as session:
        before = await sent_before(row, session=session)
        row.source = before.source if before else f"{row.sha256[:12]} {row.file_name}"[:120]
        saved = await _saved_layouts(row.provider_id, session)
        await asyncio.to_thread(_recognise_into, row, saved)
        row.as_of = (before and before.as_of) or await _day_of(row, session)
        session.add(row)
        await session.flush()
        facts = {
            "file_name": row.file_name,
            "size": row.size,
            "sha256": row.sha256,
            "provider_id": row.provider_id,
        }
        await record(
            by.id if by else None,
            "upload_registry",
            "registry",
            row.id,
            None,
            facts,
            address,
            session=session,
        )


async def sent_before(row: RegistryImport, *, session: AsyncSession) -> RegistryImport | None:
    """The same file, taken in before: what it is called and its day are those of then."""
    rows = await session.exec(
        select(RegistryImport)
        .where(
            RegistryImport.provider_id == row.provider_id,
            RegistryImport.sha256 == row.sha256,
            RegistryImport.id != row.id,
            col(RegistryImport.state).in_(_WAS_TAKEN),
        )
        .order_by(col(RegistryImport.applied_at))
    )
    return rows.first()


async def taken_for_another_day(row: RegistryImport, *, session: AsyncSession) -> bool:
    """Whether the same file stands as the balances of another day: these would be new ones."""
    rows = await session.exec(
        select(RegistryImport.id).where(
            RegistryImport.provider_id == row.provider_id,
            RegistryImport.sha256 == row.sha256,
            RegistryImport.id != row.id,
            RegistryImport.state == ImportState.APPLIED,
            RegistryImport.as_of != row.as_of,
        )
    )
    return rows.first() is not None


async def _saved_layouts(provider_id: UUID, session: AsyncSession) -> dict[str, Layout]:
    rows = await session.exec(select(SavedLayout).where(SavedLayout.provider_id == provider_id))
    return {one.format: Layout.model_validate(one.layout) for one in rows}


def _recognise_into(row: RegistryImport, saved: dict[str, Layout]) -> None:
    """Guess the layout; the provider's own for that format wins, but not its month."""
    path = files.path_of(row.id)
    try:
        found = recognise(path, row.file_name)
        own = saved.get(found.layout.format)
        if own is not None and set(own.mapping) <= set(found.columns):
            found = recognise(path, row.file_name, own.model_copy(update={"period": None}))
    except UnreadableFile as problem:
        row.problem = problem.message()
        return
    _keep(row, found)


def _keep(row: RegistryImport, found: Recognised) -> None:
    row.state, row.problem = ImportState.RECOGNISED, ""
    row.layout = found.layout.model_dump(mode="json")
    row.header = {
        key: _as_json(value) for key, value in asdict(found.header).items() if value not in (None, "")
    }


def _as_json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


async def _day_of(row: RegistryImport, session: AsyncSession) -> date:
    """The day that the file names, else today at the provider's."""
    today = today_in((await get_provider(row.provider_id, session=session)).timezone)
    said = header_of(row).as_of
    return said if said and said <= today else today


def header_of(row: RegistryImport) -> RegistryHeader:
    """What the file says about itself, as it was kept."""
    values = dict(row.header)
    for name in ("period", "as_of"):
        if values.get(name):
            values[name] = date.fromisoformat(values[name])
    return RegistryHeader(**values)


async def look_at(row: RegistryImport, layout: Layout | None = None) -> Recognised:
    """The first rows, read by the layout that is kept, or by another one. Raises FileGone, UnreadableFile."""
    path = files.path_of(row.id)
    if not path.exists():
        raise FileGone
    kept = Layout.model_validate(row.layout) if row.layout else None
    return await asyncio.to_thread(recognise, path, row.file_name, layout or kept)


async def set_layout(
    import_id: UUID,
    layout: Layout,
    as_of: date,
    *,
    by: Person | None,
    session: AsyncSession,
    save: bool = False,
    address: str = "",
) -> RegistryImport:
    """Read the file this way from now on; `save` keeps the way for the provider's next files.

    Raises Forbidden, NotFound, NotNow, NoDay, FileGone, UnreadableFile.
    """
    row = await lock_import(import_id, by, Permission.IMPORT_REGISTRIES, session=session)
    if row.state not in _MAY_CHANGE:
        raise NotNow
    provider = await get_provider(row.provider_id, session=session)
    if not date(2000, 1, 1) <= as_of <= today_in(provider.timezone):
        raise NoDay
    before = row.layout
    _keep(row, await look_at(row, layout))
    row.as_of, row.figures = as_of, {}
    if save:
        await _save_layout(row, by, session)
    await record(
        by.id if by else None,
        "set_registry_layout",
        "registry",
        row.id,
        {"layout": before},
        {"layout": row.layout, "as_of": as_of, "saved": save},
        address,
        session=session,
    )
    return row


async def _save_layout(row: RegistryImport, by: Person | None, session: AsyncSession) -> None:
    layout: dict[str, Any] = {**(row.layout or {}), "period": None}
    kept = SavedLayout(
        provider_id=row.provider_id, format=layout["format"], layout=layout, saved_by=by.id if by else None
    )
    claim = insert(SavedLayout).values(kept.model_dump())
    fresh = kept.model_dump(include={"layout", "saved_by", "saved_at"})
    await session.exec(claim.on_conflict_do_update(index_elements=["provider_id", "format"], set_=fresh))
