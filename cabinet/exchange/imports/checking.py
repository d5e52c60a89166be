"""The dry run: the file is read once, its rows are staged and compared; nothing that residents see changes."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.audit.service import record
from cabinet.database import unit_of_work
from cabinet.errors import CabinetError
from cabinet.exchange.formats.layout import Encoding
from cabinet.exchange.formats.reading import read_header, read_rows
from cabinet.exchange.imports import files
from cabinet.exchange.imports.comparing import facts_of, judge_rows, merge_rows, refuse_rows
from cabinet.exchange.imports.errors import FileGone, ForeignFile, NoDay, NotNow
from cabinet.exchange.imports.figures import (
    ACCOUNT_DIFFERS,
    ANOTHER_DAY,
    Figures,
    compare_with_file,
    count_figures,
)
from cabinet.exchange.imports.models import ImportState, RegistryImport
from cabinet.exchange.imports.receiving import sent_before, taken_for_another_day
from cabinet.exchange.imports.runs import (
    Canceled,
    Run,
    begin,
    find_run,
    finish,
    lock_import,
    report,
    stop,
    working_on,
)
from cabinet.exchange.imports.sql import ask, do
from cabinet.exchange.imports.staging import COPY, COPY_REJECTIONS, Block, Stager
from cabinet.exchange.rows import RegistryFormat, RegistryHeader
from cabinet.i18n import _, use_locale
from cabinet.jobs import defer
from cabinet.kit.dates import now
from cabinet.payments.bulk_statements import WISHES, Weighed, weigh_statements
from cabinet.providers.models import Provider
from cabinet.residents.person import Permission, Person

BLOCK = 20_000
_READ_PERCENT = 80
_BEFORE = (ImportState.RECOGNISED, ImportState.CHECKED, ImportState.FAILED, ImportState.CANCELED)

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Staged:
    """What the file had."""

    rows: int = 0
    balance_minor: int = 0
    characters: int = 0


async def start_check(
    import_id: UUID, *, by: Person | None, session: AsyncSession, address: str = "", later: bool = True
) -> RegistryImport:
    """Let a job look at the file. Raises Forbidden, NotFound, NotNow, NoDay, FileGone, ForeignFile, AnotherUnderWay."""
    from cabinet.exchange.imports.jobs import check_registry

    row = await lock_import(import_id, by, Permission.IMPORT_REGISTRIES, session=session)
    if row.layout is None:
        raise NotNow
    if row.as_of is None:
        raise NoDay
    if not files.path_of(row.id).exists():
        raise FileGone
    await _refuse_foreign(row, session)
    await begin(row, ImportState.CHECKING, _BEFORE, session=session)
    row.figures = {}
    if before := await sent_before(row, session=session):
        # A copy that was sent before the first one was taken in did not know of it yet.
        row.source = before.source
    await record(
        by.id if by else None, "check_registry", "registry", row.id, None, None, address, session=session
    )
    if later:
        await defer(check_registry, session=session, import_id=str(row.id), provider_id=str(row.provider_id))
    return row


async def _refuse_foreign(row: RegistryImport, session: AsyncSession) -> None:
    """A file that names another company is not taken, whatever anybody says."""
    if await account_fits(row, session=session) is None:
        raise ForeignFile


async def account_fits(row: RegistryImport, *, session: AsyncSession) -> bool | None:
    """Whether the file's ИНН and bank account are the provider's; None if they are another provider's."""
    own = await session.get_one(Provider, row.provider_id)
    inn, account = str(row.header.get("inn") or ""), str(row.header.get("bank_account") or "")
    if inn and inn != own.inn:
        return None
    if not account or account == own.bank_account:
        return True
    facts = {"account": account, "provider": own.id}
    taken = await ask(
        "SELECT count(*) FROM provider WHERE bank_account = :account AND id <> :provider", facts, session
    )
    return None if taken[0][0] else not own.bank_account


async def run_check(import_id: UUID) -> None:
    """Read, stage and compare; begins anew however far an earlier try came. The registry says how it ended."""
    async with working_on(import_id):
        await _check(import_id)


async def _check(import_id: UUID) -> None:
    run = await find_run(import_id, ImportState.CHECKING)
    if run is None:
        return
    with use_locale(run.locale):
        async with ended_in_words(run, ImportState.CHECKING, ImportState.CANCELED):
            await _compare(run, await stage(run))


@asynccontextmanager
async def ended_in_words(run: Run, was: ImportState, canceled: ImportState) -> AsyncGenerator[None]:
    """However the work ends but for the end of the process, the registry says how."""
    try:
        yield
    except Canceled:
        await stop(run, was, canceled)
        await clear(run.id)
    except CabinetError as problem:
        await stop(run, was, ImportState.FAILED, problem.message())
    except Exception:
        logger.exception("Registry %s failed", run.id)
        said = _("Something went wrong, and nothing was changed. Try again, or tell the operator: {number}")
        await stop(run, was, ImportState.FAILED, said.format(number=run.id.hex[:8]))


async def stage(run: Run) -> Staged:
    """Put the rows of the file into `import_row`, block by block; the memory is that of two blocks."""
    await clear(run.id)
    async with unit_of_work() as session:
        await ask("DELETE FROM import_rejection WHERE import_id = :import", facts_of(run), session)
    rows = await asyncio.to_thread(read_rows, files.path_of(run.id), run.layout)
    stager, staged = Stager(rows, str(run.id), run.pattern, run.example, run.today), Staged()
    coming = asyncio.create_task(asyncio.to_thread(stager.next_block, BLOCK))
    try:
        while (block := await coming).rows:
            coming = asyncio.create_task(asyncio.to_thread(stager.next_block, BLOCK))
            await _keep(run, block, staged)
    finally:
        await asyncio.wait([coming])
    return staged


async def _keep(run: Run, block: Block, staged: Staged) -> None:
    staged.rows += block.rows
    staged.balance_minor += block.balance_minor
    staged.characters += block.characters
    async with unit_of_work() as session:
        await copy_in(COPY, block.copy, session=session)
        await copy_in(COPY_REJECTIONS, block.rejected, session=session)
        facts = {"import": run.id, "rows": staged.rows}
        await ask("UPDATE registry_import SET rows = :rows WHERE id = :import", facts, session)
        await report(run, _percent(run, staged.characters), session=session)


async def copy_in(statement: str, lines: bytes, *, session: AsyncSession) -> None:
    """Let COPY take the lines, in the session's transaction."""
    if not lines:
        return
    raw: Any = (await (await session.connection()).get_raw_connection()).driver_connection
    async with raw.cursor() as cursor, cursor.copy(statement) as copy:
        await copy.write(lines)


def _percent(run: Run, characters: int) -> int:
    """About how much of the file was read: of text by its length, of a workbook nobody knows."""
    if run.layout.format is RegistryFormat.XLSX:
        return _READ_PERCENT // 2
    wide = run.layout.encoding in (Encoding.UTF_8, Encoding.UTF_8_BOM, Encoding.UTF_16)
    return min(_READ_PERCENT, characters * (17 if wide else 10) * _READ_PERCENT // (10 * max(run.size, 1)))


async def _compare(run: Run, staged: Staged) -> None:
    header = await asyncio.to_thread(read_header, files.path_of(run.id), run.file_name, run.layout)
    await report(run, _READ_PERCENT)
    async with unit_of_work() as session:
        await merge_rows(run, session=session)
        await refuse_rows(run, session=session)
        await judge_rows(run, session=session)
        await report(run, 90)
        figures = await _weigh(run, header, staged, session)
        row = await session.get_one(RegistryImport, run.id)
        if await account_fits(row, session=session) is False:
            figures.problems.append(ACCOUNT_DIFFERS)
        if await taken_for_another_day(row, session=session):
            figures.problems.append(ANOTHER_DAY)
        values = {"figures": figures.kept(), "percent": 100, "checked_at": now()}
        await finish(run, ImportState.CHECKING, ImportState.CHECKED, session=session, **values)


_WISH = """
INSERT INTO statement_wish SELECT account_id, balance_minor, posted, is_new
FROM import_verdict WHERE balance_minor IS NOT NULL
"""


async def _weigh(run: Run, header: RegistryHeader, staged: Staged, session: AsyncSession) -> Figures:
    await do([WISHES, _WISH], facts_of(run), session)
    weighed: Weighed = await weigh_statements(run.provider_id, run.as_of, run.source, session=session)
    figures = await count_figures(run, weighed, session=session)
    compare_with_file(figures, header, staged.rows, staged.balance_minor)
    return figures


async def clear(import_id: UUID) -> None:
    """Forget the staged rows."""
    async with unit_of_work() as session:
        await ask("DELETE FROM import_row WHERE import_id = :import", {"import": import_id}, session)
