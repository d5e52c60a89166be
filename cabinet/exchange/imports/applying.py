"""Taking a registry in: one transaction, one SQL statement for each step, whatever the number of rows.

Accounts, bills, meters and readings, then balances: what the provider says the account owes is the last word.
"""

from typing import Any
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.audit.service import record
from cabinet.database import unit_of_work
from cabinet.exchange.imports import files
from cabinet.exchange.imports.accounts_in import take_accounts
from cabinet.exchange.imports.bills_in import take_bills
from cabinet.exchange.imports.checking import Staged, clear, ended_in_words, stage
from cabinet.exchange.imports.comparing import facts_of, judge_rows, merge_rows, refuse_rows
from cabinet.exchange.imports.errors import CheckAgain, FileGone, NeedsReason
from cabinet.exchange.imports.figures import Figures, count_figures
from cabinet.exchange.imports.meters_in import take_meters
from cabinet.exchange.imports.models import ImportState, RegistryImport
from cabinet.exchange.imports.runs import (
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
from cabinet.i18n import _, use_locale
from cabinet.jobs import defer
from cabinet.kit.dates import now
from cabinet.payments.bulk_statements import WISHES, lock_statements, take_statements
from cabinet.residents.person import Permission, Person

LONGEST_REASON = 300


async def start_apply(
    import_id: UUID,
    *,
    by: Person | None,
    session: AsyncSession,
    reason: str = "",
    tell_residents: bool = False,
    address: str = "",
    later: bool = True,
) -> RegistryImport:
    """Let a job take the registry in. `reason` is needed when the file does not fit its control figures.

    Raises Forbidden, NotFound, NotNow, NeedsReason, CheckAgain, AnotherUnderWay, FileGone.
    """
    from cabinet.exchange.imports.jobs import apply_registry

    row = await lock_import(import_id, by, Permission.IMPORT_REGISTRIES, session=session)
    said = " ".join(reason.split())[:LONGEST_REASON]
    if row.state is ImportState.CHECKED and Figures.of(row.figures).problems and not said:
        raise NeedsReason
    if await _overtaken(row, session):
        raise CheckAgain
    if not files.path_of(row.id).exists():
        raise FileGone
    await begin(row, ImportState.APPLYING, [ImportState.CHECKED], session=session)
    row.reason, row.tell_residents, row.applied_by = said, tell_residents, by.id if by else None
    facts = {"reason": said, "tell_residents": tell_residents}
    await record(
        by.id if by else None, "apply_registry", "registry", row.id, None, facts, address, session=session
    )
    if later:
        await defer(apply_registry, session=session, import_id=str(row.id), provider_id=str(row.provider_id))
    return row


async def _overtaken(row: RegistryImport, session: AsyncSession) -> bool:
    """Whether another file of the provider was taken in, or back, after the dry run."""
    if row.checked_at is None:
        return False
    rows = await session.exec(
        select(RegistryImport.id).where(
            RegistryImport.provider_id == row.provider_id,
            RegistryImport.id != row.id,
            (col(RegistryImport.applied_at) > row.checked_at)
            | (col(RegistryImport.rolled_back_at) > row.checked_at),
        )
    )
    return rows.first() is not None


async def run_apply(import_id: UUID) -> None:
    """Take the registry in, all or nothing; an interrupted try has changed nothing and begins anew."""
    async with working_on(import_id):
        await _take_in(import_id)


async def _take_in(import_id: UUID) -> None:
    run = await find_run(import_id, ImportState.APPLYING)
    if run is None:
        return None
    with use_locale(run.locale):
        async with ended_in_words(run, ImportState.APPLYING, ImportState.CHECKED):
            if not await _staged_as_checked(run):
                again = _(
                    "The server was interrupted, and the dry run had to be repeated. Check the file again."
                )
                return await stop(run, ImportState.APPLYING, ImportState.CHECKED, again)
            await _apply(run)
            await clear(run.id)
    return None


async def _staged_as_checked(run: Run) -> bool:
    """Whether the rows of the dry run are there; after a crash of the database they are read again."""
    figures = Figures.of(run.figures)
    if await _staged_sums(run) == (figures.new + figures.changed + figures.unchanged, figures.accepted_minor):
        return True
    staged: Staged = await stage(run)
    async with unit_of_work() as session:
        await merge_rows(run, session=session)
        await refuse_rows(run, session=session)
        await judge_rows(run, session=session)
    same_file = (staged.rows, staged.balance_minor) == (figures.rows, figures.balance_minor)
    sums = (figures.new + figures.changed + figures.unchanged, figures.accepted_minor)
    return same_file and await _staged_sums(run) == sums


async def _staged_sums(run: Run) -> tuple[int, int]:
    async with unit_of_work() as session:
        [row] = await ask(
            "SELECT count(*), coalesce(sum(balance_minor), 0) FROM import_row WHERE import_id = :import",
            facts_of(run),
            session,
        )
    return int(row[0]), int(row[1])


_WISH = """
INSERT INTO statement_wish SELECT account_id, balance_minor, posted, is_new AND NOT has_charges
FROM import_verdict WHERE balance_minor IS NOT NULL
"""


_HOLD = """
SELECT count(*) FROM (
    SELECT FROM balance WHERE account_id IN (SELECT account_id FROM import_verdict) ORDER BY account_id FOR UPDATE
) held
"""
"""Everybody locks balances in the order of their ids; bills and statements go through the accounts one after the other."""


async def _apply(run: Run) -> None:
    async with unit_of_work() as session:
        await lock_statements(run.provider_id, session=session)
        await refuse_rows(run, session=session)
        await judge_rows(run, session=session)
        await report(run, 20)
        await take_accounts(run, session=session)
        await report(run, 35)
        await do([_HOLD], facts_of(run), session)
        await take_bills(run, session=session)
        await take_meters(run, session=session)
        await report(run, 50)
        await do([WISHES, _WISH], facts_of(run), session)
        weighed = await take_statements(run.provider_id, run.as_of, run.source, run.id, session=session)
        await report(run, 90)
        figures = await count_figures(run, weighed, session=session)
        await _finish(run, figures, session)


async def _finish(run: Run, figures: Figures, session: AsyncSession) -> None:
    before = Figures.of(run.figures)
    figures.rows, figures.balance_minor = before.rows, before.balance_minor
    figures.expected_rows, figures.expected_minor = before.expected_rows, before.expected_minor
    figures.problems, figures.samples = before.problems, []
    values: dict[str, Any] = {"figures": figures.kept(), "percent": 100, "applied_at": now()}
    await record(None, "registry_applied", "registry", run.id, None, _counts(figures), session=session)
    await finish(run, ImportState.APPLYING, ImportState.APPLIED, session=session, **values)


def _counts(figures: Figures) -> dict[str, Any]:
    return {name: value for name, value in figures.kept().items() if isinstance(value, int)}
