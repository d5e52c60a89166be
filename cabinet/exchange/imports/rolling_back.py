"""Taking a whole import back while nothing rests on it: the ledger by reversing journals, the rest as it was."""

from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.audit.service import record
from cabinet.billing.errors import BillIsPaid
from cabinet.database import unit_of_work
from cabinet.errors import CabinetError
from cabinet.exchange.imports.accounts_in import fold_again
from cabinet.exchange.imports.comparing import facts_of
from cabinet.exchange.imports.errors import BuiltUpon, NoRollbackReason
from cabinet.exchange.imports.models import ChangeKind, ImportChange, ImportState, RegistryImport
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
from cabinet.i18n import _, use_locale
from cabinet.jobs import defer
from cabinet.kit.dates import now
from cabinet.payments.bills import put_back
from cabinet.payments.bulk_statements import lock_statements, mark_taken_back, take_statements_back
from cabinet.residents.person import Permission, Person

_TOUCHED = """
WITH touched AS (
    SELECT account_id FROM provider_statement WHERE import_id = :import AND taken_back_at IS NULL
    UNION SELECT id FROM account WHERE provider_id = :provider AND import_id = :import
), made AS (SELECT id FROM account WHERE provider_id = :provider AND import_id = :import)
"""
_BUILT = {
    "payments": """
SELECT count(*), min(p.number::text) FROM payment p JOIN payment_item i ON i.payment_id = p.id
WHERE i.account_id IN (SELECT account_id FROM touched) AND p.created_at >= :applied_at
    AND p.state NOT IN ('failed', 'canceled')
""",
    "refunds": """
SELECT count(*), min(p.number::text) FROM deallocation d JOIN allocation a ON a.id = d.allocation_id
JOIN payment_item i ON i.id = a.item_id JOIN payment p ON p.id = i.payment_id
WHERE i.account_id IN (SELECT account_id FROM touched) AND d.created_at >= :applied_at
""",
    "balances": """
SELECT count(*), min(a.number) FROM provider_statement s JOIN provider_statement o ON o.account_id = s.account_id
JOIN account a ON a.id = s.account_id
WHERE o.import_id = :import AND o.taken_back_at IS NULL AND s.taken_back_at IS NULL
    AND s.import_id IS DISTINCT FROM :import AND s.created_at >= o.created_at
""",
    "links": """
SELECT count(*), min(a.number) FROM account_link l JOIN account a ON a.id = l.account_id
WHERE l.account_id IN (SELECT id FROM made) AND l.created_at >= :applied_at
""",
    "bills": """
SELECT count(*), min(a.number) FROM bill b JOIN account a ON a.id = b.account_id
LEFT JOIN import_change c ON c.import_id = :import AND c.subject_id = b.id
WHERE (b.account_id IN (SELECT id FROM made) AND c.id IS NULL)
    OR (c.id IS NOT NULL AND b.corrected_at >= :applied_at)
""",
    "readings": """
SELECT count(*), min(m.serial) FROM reading g JOIN tariff_zone z ON z.id = g.zone_id JOIN meter m ON m.id = z.meter_id
WHERE m.id IN (SELECT subject_id FROM import_change WHERE import_id = :import AND kind = 'meter_made')
    AND NOT EXISTS (
        SELECT FROM import_change r WHERE r.import_id = :import AND r.kind = 'reading_made' AND r.subject_id = g.id
    )
""",
}


async def start_rollback(
    import_id: UUID,
    reason: str,
    *,
    by: Person | None,
    session: AsyncSession,
    address: str = "",
    later: bool = True,
) -> RegistryImport:
    """Let a job take the import back. Raises Forbidden, NotFound, NoRollbackReason, BuiltUpon, NotNow, AnotherUnderWay."""
    from cabinet.exchange.imports.jobs import roll_back_registry

    row = await lock_import(import_id, by, Permission.IMPORT_REGISTRIES, session=session)
    said = " ".join(reason.split())[:300]
    if not said:
        raise NoRollbackReason
    await begin(row, ImportState.ROLLING_BACK, [ImportState.APPLIED], session=session)
    row.rollback_reason, row.rolled_back_by = said, by.id if by else None
    await session.flush()
    if what := await built_upon(row, session=session):
        raise BuiltUpon(what)
    await record(
        by.id if by else None, "roll_back_registry", "registry", row.id, None, {"reason": said}, address,
        session=session,
    )  # fmt: skip
    if later:
        await defer(
            roll_back_registry, session=session, import_id=str(row.id), provider_id=str(row.provider_id)
        )
    return row


async def built_upon(row: RegistryImport, *, session: AsyncSession) -> list[str]:
    """What rests on the import, a sentence for each kind; empty when it may be taken back."""
    facts = {"import": row.id, "provider": row.provider_id, "applied_at": row.applied_at}
    said: list[str] = []
    for kind, question in _BUILT.items():
        count, example = (await ask(_TOUCHED + question, facts, session))[0]
        if count:
            said.append(_say(kind).format(count=count, example=example))
    return said


def _say(kind: str) -> str:
    return {
        "payments": _("Payments made since: {count}, for example № {example}."),
        "refunds": _("Refunds made since: {count}, for example of payment № {example}."),
        "balances": _("Newer balances: {count}, for example of account {example}."),
        "links": _("New accounts that residents have linked: {count}, for example {example}."),
        "bills": _("Bills issued or corrected since: {count}, for example of account {example}."),
        "readings": _("Readings of new meters: {count}, for example of meter {example}."),
    }[kind]


async def run_rollback(import_id: UUID) -> None:
    """Take the import back, all or nothing; a try that was interrupted has changed nothing."""
    async with working_on(import_id):
        await _take_back(import_id)


async def _take_back(import_id: UUID) -> None:
    run = await find_run(import_id, ImportState.ROLLING_BACK)
    if run is None:
        return
    with use_locale(run.locale):
        try:
            await _roll_back(run)
        except Canceled:
            await stop(run, ImportState.ROLLING_BACK, ImportState.APPLIED)
        except CabinetError as problem:
            await stop(run, ImportState.ROLLING_BACK, ImportState.APPLIED, problem.message())
        except Exception:
            said = _("Something went wrong, and nothing was taken back. Try again, or tell the operator.")
            await stop(run, ImportState.ROLLING_BACK, ImportState.APPLIED, said)
            raise


async def _roll_back(run: Run) -> None:
    async with unit_of_work() as session:
        await lock_statements(run.provider_id, session=session)
        await take_statements_back(run.provider_id, run.id, session=session)
        await report(run, 40)
        row = await session.get_one(RegistryImport, run.id)
        if what := await built_upon(row, session=session):
            raise BuiltUpon(what)
        await mark_taken_back(run.id, session=session)
        await _bills_back(run, session)
        await report(run, 60)
        await do(_METERS_BACK, facts_of(run), session)
        await _accounts_back(run, session)
        await report(run, 90)
        await record(None, "registry_rolled_back", "registry", run.id, session=session)
        values = {"rolled_back_at": now(), "percent": 100}
        await finish(run, ImportState.ROLLING_BACK, ImportState.ROLLED_BACK, session=session, **values)


async def _bills_back(run: Run, session: AsyncSession) -> None:
    rows = await session.exec(
        select(ImportChange)
        .where(
            ImportChange.import_id == run.id,
            col(ImportChange.kind).in_([ChangeKind.BILL_MADE, ChangeKind.BILL_CHANGED]),
        )
        .order_by(col(ImportChange.id))
    )
    for change in rows.all():
        try:
            await put_back(run.provider_id, change.subject_id, change.before, session=session)
        except BillIsPaid as paid:
            raise BuiltUpon([paid.message()]) from paid


_METERS_BACK = (
    """
DELETE FROM reading WHERE id IN (
    SELECT subject_id FROM import_change WHERE import_id = :import AND kind = 'reading_made')
""",
    """
DELETE FROM tariff_zone z WHERE id IN (
    SELECT subject_id FROM import_change WHERE import_id = :import AND kind = 'zone_made'
) AND NOT EXISTS (SELECT FROM reading WHERE zone_id = z.id)
""",
    """
DELETE FROM meter m WHERE id IN (
    SELECT subject_id FROM import_change WHERE import_id = :import AND kind = 'meter_made'
) AND NOT EXISTS (SELECT FROM tariff_zone WHERE meter_id = m.id)
""",
    """
UPDATE meter m SET verification_due = (c.before ->> 'before')::date FROM import_change c
WHERE c.import_id = :import AND c.kind = 'meter_changed' AND m.id = c.subject_id
    AND m.verification_due = (c.before ->> 'after')::date
""",
)
_ACCOUNTS_BACK = (
    """
UPDATE account a SET owner_name = c.before -> 'before' ->> 'owner_name', address = c.before -> 'before' ->> 'address',
    els = c.before -> 'before' ->> 'els', fias = c.before -> 'before' ->> 'fias'
FROM import_change c WHERE c.import_id = :import AND c.kind = 'account_changed' AND a.id = c.subject_id
    AND (a.owner_name, a.address, a.els, a.fias) = (c.before -> 'after' ->> 'owner_name',
        c.before -> 'after' ->> 'address', c.before -> 'after' ->> 'els', c.before -> 'after' ->> 'fias')
""",
    """
UPDATE account SET closed_at = :at
WHERE provider_id = :provider AND import_id = :import AND closed_at IS NULL
""",
)
"""What somebody changed since stays. Accounts that the import made are closed: their journals stay in the ledger."""


async def _accounts_back(run: Run, session: AsyncSession) -> None:
    facts = facts_of(run) | {"at": now()}
    await do(_ACCOUNTS_BACK, facts, session)
    changed = await ask(
        "SELECT id, number, owner_name, address FROM account WHERE id IN ("
        "SELECT subject_id FROM import_change WHERE import_id = :import AND kind = 'account_changed')",
        facts,
        session,
    )
    await fold_again(changed, session=session)
