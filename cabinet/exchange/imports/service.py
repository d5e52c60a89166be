"""What staff pages, the command line and jobs ask of imports."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from tempfile import SpooledTemporaryFile
from typing import IO
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.audit.service import record
from cabinet.errors import NotFound
from cabinet.exchange.formats.layout import Layout
from cabinet.exchange.formats.reading import read_rows
from cabinet.exchange.formats.rejected import Rejected, write_rejected
from cabinet.exchange.imports import files
from cabinet.exchange.imports.errors import DiskIsFull, FileGone, NotNow
from cabinet.exchange.imports.models import UNDER_WAY, ImportRejection, ImportState, RegistryImport
from cabinet.exchange.imports.receiving import look_at
from cabinet.exchange.imports.rejections import say_reason
from cabinet.exchange.imports.runs import lock_import, nobody_works_on, require_provider
from cabinet.exchange.imports.sql import ask
from cabinet.kit.dates import now
from cabinet.residents.person import Permission, Person

PAGE = 50
_LATELY = timedelta(days=7)
_IN_MEMORY = 1024 * 1024
_PART = 2_000
_ENDED = {
    ImportState.CHECKING: ImportState.CANCELED,
    ImportState.APPLYING: ImportState.CHECKED,
    ImportState.ROLLING_BACK: ImportState.APPLIED,
}
"""Where each work goes back to without its result."""
_IDLE = (ImportState.UPLOADED, ImportState.RECOGNISED, ImportState.CHECKED, ImportState.FAILED)


async def list_imports(
    *,
    by: Person,
    session: AsyncSession,
    provider_id: UUID | None = None,
    page: int = 0,
    only_failed: bool = False,
) -> tuple[list[RegistryImport], int]:
    """The newest first, a page of them, and how many there are; only what the person may see. Raises Forbidden.

    `only_failed`: those that failed in the last seven days.
    """
    by.require(Permission.SEE_REGISTRIES)
    wanted = select(RegistryImport)
    own = provider_id if by.may(Permission.SEE_ALL_PROVIDERS) else by.provider_id
    if own is not None or not by.may(Permission.SEE_ALL_PROVIDERS):
        wanted = wanted.where(RegistryImport.provider_id == own)
    if only_failed:
        wanted = wanted.where(*failed_lately())
    count = (await session.exec(select(func.count()).select_from(wanted.subquery()))).one()
    rows = await session.exec(
        wanted.order_by(col(RegistryImport.uploaded_at).desc()).offset(page * PAGE).limit(PAGE)
    )
    return list(rows), count


def failed_lately() -> tuple[ColumnElement[bool], ...]:
    """The registries that failed in the last seven days: older ones were sent again, or given up."""
    since = now() - _LATELY
    return col(RegistryImport.state) == ImportState.FAILED, col(RegistryImport.uploaded_at) >= since


async def get_import(import_id: UUID, *, by: Person | None, session: AsyncSession) -> RegistryImport:
    """One import. Raises Forbidden, NotFound."""
    row = await session.get(RegistryImport, import_id, populate_existing=True)
    if row is None:
        raise NotFound
    require_provider(row.provider_id, by, Permission.SEE_REGISTRIES)
    return row


async def rejections_of(
    import_id: UUID, *, session: AsyncSession, page: int = 0
) -> tuple[Sequence[ImportRejection], int]:
    """A page of the rows that were not taken, by line, and how many there are; the caller answers for who may see."""
    wanted = select(ImportRejection).where(ImportRejection.import_id == import_id)
    count = (await session.exec(select(func.count()).select_from(wanted.subquery()))).one()
    rows = await session.exec(wanted.order_by(col(ImportRejection.line)).offset(page * PAGE).limit(PAGE))
    return rows.all(), count


async def rejected_file(
    import_id: UUID, *, by: Person | None, session: AsyncSession, address: str = ""
) -> tuple[str, IO[bytes]]:
    """The rejected rows with their reasons, in the format they came in: a name, and an open file to be closed.

    A file may consist of them: they come a part at a time. Raises Forbidden, NotFound, FileGone, UnreadableFile,
    DiskIsFull.
    """
    row = await get_import(import_id, by=by, session=session)
    if row.layout is None or not files.path_of(row.id).exists():
        raise FileGone
    count = select(func.count()).select_from(ImportRejection).where(ImportRejection.import_id == import_id)
    facts = {"rows": (await session.exec(count)).one()}
    heading = (await look_at(row)).heading
    layout, loop = Layout.model_validate(row.layout), asyncio.get_running_loop()

    def reasons_of(lines: list[int]) -> dict[int, str]:
        return asyncio.run_coroutine_threadsafe(_reasons(import_id, lines, session), loop).result()

    try:
        target = await asyncio.to_thread(_write_rejected, row.id, layout, heading, reasons_of)
    except OSError as problem:
        raise DiskIsFull from problem
    await record(
        by.id if by else None, "export_rejected", "registry", row.id, None, facts, address, session=session
    )
    stem, dot, ending = row.file_name.rpartition(".")
    return (f"{stem}-rejected.{ending}" if dot else f"{row.file_name}-rejected"), target


async def _reasons(import_id: UUID, lines: list[int], session: AsyncSession) -> dict[int, str]:
    """Why these of the lines were not taken; the others are missing."""
    rows = await session.exec(
        select(ImportRejection.line, ImportRejection.code, ImportRejection.detail).where(
            ImportRejection.import_id == import_id, col(ImportRejection.line) == func.any(lines)
        )
    )
    return {line: say_reason(code, detail) for line, code, detail in rows}


def _write_rejected(
    import_id: UUID,
    layout: Layout,
    heading: tuple[str, ...],
    reasons_of: Callable[[list[int]], dict[int, str]],
) -> IO[bytes]:
    target = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115
    try:
        write_rejected(layout, heading, _rejected(import_id, layout, reasons_of), target)  # pyright: ignore[reportArgumentType]
    except BaseException:
        target.close()
        raise
    target.seek(0)
    return target


def _rejected(
    import_id: UUID, layout: Layout, reasons_of: Callable[[list[int]], dict[int, str]]
) -> Iterator[Rejected]:
    rows = read_rows(files.path_of(import_id), layout)
    while part := list(islice(rows, _PART)):
        reasons = reasons_of([row.line for row in part])
        yield from (Rejected(row.source, reasons[row.line]) for row in part if row.line in reasons)


async def cancel(
    import_id: UUID, *, by: Person | None, session: AsyncSession, address: str = ""
) -> RegistryImport:
    """End what is under way, or put the file aside. What is being applied is undone as a whole.

    What nobody works on, as its process was killed or its job waits still, ends at once.

    Raises Forbidden, NotFound, NotNow.
    """
    row = await lock_import(import_id, by, Permission.IMPORT_REGISTRIES, session=session)
    if row.state in UNDER_WAY and await nobody_works_on(row.id, session=session):
        row.state, row.cancel_requested = _ENDED[row.state], False
    elif row.state in UNDER_WAY:
        row.cancel_requested = True
    elif row.state in _IDLE:
        row.state = ImportState.CANCELED
        await ask("DELETE FROM import_row WHERE import_id = :import", {"import": row.id}, session)
    else:
        raise NotNow
    await session.flush()
    await record(
        by.id if by else None, "cancel_registry", "registry", row.id, None, None, address, session=session
    )
    return row


_FORGET_SAMPLES = """
UPDATE registry_import SET file_deleted_at = :at,
    figures = CASE WHEN figures = '{}' THEN figures ELSE jsonb_set(figures, '{samples}', '[]') END
WHERE id = ANY (:old)
"""


async def delete_registry_files_before(moment: datetime, *, session: AsyncSession) -> None:
    """Delete old files; what was done with them is kept, without the samples of people's data."""
    rows = await session.exec(
        select(RegistryImport.id).where(
            RegistryImport.uploaded_at < moment,
            col(RegistryImport.file_deleted_at).is_(None),
            col(RegistryImport.state).not_in(UNDER_WAY),
        )
    )
    old = list(rows)
    await ask(_FORGET_SAMPLES, {"old": old, "at": now()}, session)
    await ask("DELETE FROM import_row WHERE import_id = ANY (:old)", {"old": old}, session)
    await asyncio.to_thread(_discard, old)
    known = {one.hex for one in await session.exec(select(RegistryImport.id))}
    await asyncio.to_thread(files.forget_lost, known)


def _discard(import_ids: Sequence[UUID]) -> None:
    for import_id in import_ids:
        files.discard(import_id)
