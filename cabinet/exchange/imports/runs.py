"""One piece of work on a registry: what it needs to know, how it steps on, how it hears of being canceled."""

from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.database import read_only, run, unit_of_work
from cabinet.errors import NotFound
from cabinet.exchange.formats.layout import Layout
from cabinet.exchange.imports.errors import AnotherUnderWay, NotNow
from cabinet.exchange.imports.models import ImportState, RegistryImport
from cabinet.kit.dates import today_in
from cabinet.payments.rows import lock_on
from cabinet.providers.service import get_provider
from cabinet.residents.person import Permission, Person


class Canceled(Exception):
    """Somebody has asked for the end of this work."""


@dataclass(frozen=True, slots=True)
class Run:
    """What a job knows of the registry that it works on."""

    id: UUID
    provider_id: UUID
    file_name: str
    source: str
    as_of: date
    layout: Layout
    locale: str
    pattern: str
    example: str
    size: int
    figures: dict[str, Any]
    applied_at: datetime | None
    tell_residents: bool
    today: date
    """At the provider's."""


async def find_run(import_id: UUID, state: ImportState) -> Run | None:
    """The work, or None when the registry is not in that state any more."""
    async with read_only() as session:
        row = await session.get(RegistryImport, import_id)
        if row is None or row.state is not state or row.layout is None or row.as_of is None:
            return None
        provider = await get_provider(row.provider_id, session=session)
    return Run(
        id=row.id,
        provider_id=row.provider_id,
        file_name=row.file_name,
        source=row.source,
        as_of=row.as_of,
        layout=Layout.model_validate(row.layout),
        locale=row.locale,
        pattern=provider.number_pattern,
        example=provider.number_example,
        size=row.size,
        figures=row.figures,
        applied_at=row.applied_at,
        tell_residents=row.tell_residents,
        today=today_in(provider.timezone),
    )


@asynccontextmanager
async def working_on(import_id: UUID) -> AsyncGenerator[None]:
    """Let one process at a time work on the registry; the database ends this with the process, however that ends."""
    async with read_only() as session:
        await lock_on(_work_lock(import_id), session=session)
        yield


async def nobody_works_on(import_id: UUID, *, session: AsyncSession) -> bool:
    """Whether no process works on the registry; none begins before the session's transaction ends then."""
    free = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 0))")
    return (await run(free, session=session, name=_work_lock(import_id)))[0][0]


def _work_lock(import_id: UUID) -> str:
    return f"work on registry:{import_id}"


async def lock_import(
    import_id: UUID, by: Person | None, permission: Permission, *, session: AsyncSession
) -> RegistryImport:
    """The registry, locked, if the person may act on it. Raises Forbidden, NotFound.

    Without a person it is the command line that acts.
    """
    row = await session.get(RegistryImport, import_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound
    require_provider(row.provider_id, by, permission)
    return row


def require_provider(provider_id: UUID, by: Person | None, permission: Permission) -> None:
    """Raise Forbidden without the permission, NotFound for a provider that the person does not see."""
    if by is None:
        return
    by.require(permission)
    if not by.may(Permission.SEE_ALL_PROVIDERS) and by.provider_id != provider_id:
        raise NotFound


async def begin(
    row: RegistryImport, state: ImportState, allowed: Iterable[ImportState], *, session: AsyncSession
) -> None:
    """Step into a state in which a job works. Raises NotNow, AnotherUnderWay."""
    if row.state not in allowed:
        raise NotNow
    row.state, row.percent, row.problem, row.cancel_requested = state, 0, "", False
    try:
        async with session.begin_nested():
            session.add(row)
            await session.flush()
    except IntegrityError as error:
        if "one_at_a_time" not in str(error.orig):
            raise
        raise AnotherUnderWay from error


_PROGRESS = text("""
UPDATE registry_import SET percent = greatest(percent, :percent) WHERE id = :id RETURNING cancel_requested
""")


async def report(run_: Run, percent: int, *, session: AsyncSession | None = None) -> None:
    """Say how far the work has come. Raises Canceled when its end has been asked for."""
    if session is None:
        async with unit_of_work() as own:
            await report(run_, percent, session=own)
        return
    [row] = await run(_PROGRESS, session=session, percent=min(percent, 100), id=run_.id)
    if row[0]:
        raise Canceled


async def finish(
    run_: Run, was: ImportState, state: ImportState, *, session: AsyncSession, **values: Any
) -> None:
    """Step out of the state of the work with its result. Raises Canceled when its end was asked for before."""
    wanted = (
        update(RegistryImport)
        .where(
            col(RegistryImport.id) == run_.id,
            col(RegistryImport.state) == was,
            col(RegistryImport.cancel_requested).is_(False),
        )
        .values(state=state, **values)
        .returning(col(RegistryImport.id))
    )
    if (await session.exec(wanted)).first() is None:
        raise Canceled


async def stop(run_: Run, was: ImportState, state: ImportState, problem: str = "") -> None:
    """End the work without its result."""
    async with unit_of_work() as session:
        await session.exec(
            update(RegistryImport)
            .where(col(RegistryImport.id) == run_.id, col(RegistryImport.state) == was)
            .values(state=state, problem=problem[:500], cancel_requested=False, percent=0)
        )
