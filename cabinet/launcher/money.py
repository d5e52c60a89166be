"""The books from the command line: recounting them, and comparing them with the processor."""

import asyncio
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn
from rich.table import Table

from cabinet.database import read_only, unit_of_work
from cabinet.errors import CabinetError
from cabinet.kit.dates import now
from cabinet.kit.money import format_amount
from cabinet.launcher.postgres import running_database
from cabinet.launcher.program import progress_on, within_program
from cabinet.ledger import verification
from cabinet.payments import reconciliation
from cabinet.payments.models import Reconciliation, ReconciliationState
from cabinet.payments.reconciliation import NIGHTLY, UNDER_WAY

_POLL_SECONDS = 0.2
_SHOWN = 20


def verify_books(console: Console) -> bool:
    """Recount the ledger and say what was found; whether it holds."""
    with running_database():
        return within_program(_verify(console))


def reconcile_books(console: Console, since: datetime | None, until: datetime | None) -> bool:
    """Compare a period (UTC days; the last three without dates) with the processor; whether they agree."""
    end = until or now() - UNDER_WAY
    with running_database():
        return within_program(_reconcile(console, since or end - NIGHTLY, end))


def day_begins(day: datetime | None) -> datetime | None:
    """Midnight UTC of the day that was named on the command line."""
    return datetime.combine(day.date(), time(), UTC) if day else None


def day_ends(day: datetime | None) -> datetime | None:
    """The midnight after the day that was named, or now if that is to come."""
    begins = day_begins(day)
    return min(begins + timedelta(days=1), now()) if begins else None


async def _verify(console: Console) -> bool:
    with progress_on(console, BarColumn(), TaskProgressColumn()) as progress:
        task = progress.add_task("Recounting the ledger…", total=100)

        async def watch(percent: int) -> None:
            progress.update(task, completed=percent)

        async with read_only() as session:
            proof = await verification.verify(session=session, watch=watch)
    console.print(f"{proof.journals:,} journals, {proof.entries:,} entries")
    for key in proof.unbalanced[:_SHOWN]:
        console.print(f"[red]does not balance:[/red] {key}")
    for account_id in proof.drifted[:_SHOWN]:
        console.print(f"[red]balance is not the sum of its entries:[/red] account {account_id}")
    if proof.holds:
        console.print("[green]The ledger holds.[/green]")
        return True
    broken = len(proof.unbalanced) + len(proof.drifted)
    console.print(f"[red]The ledger does not hold: {broken} problems.[/red]")
    return False


async def _reconcile(console: Console, since: datetime, until: datetime) -> bool:
    try:
        async with unit_of_work() as session:
            run = await reconciliation.new_run(since, until, by=None, session=session)
        with progress_on(console) as progress:
            task = progress.add_task("Comparing…")
            watch = asyncio.create_task(_watch(run.id, progress, task))
            try:
                await reconciliation.run_reconciliation(run.id)
            finally:
                watch.cancel()
    except CabinetError as problem:
        console.print(f"[red]{problem.message()}[/red]")
        return False
    return await _report(console, run.id)


async def _watch(run_id: UUID, progress: Progress, task: Any) -> None:
    while True:
        async with read_only() as session:
            run = await session.get_one(Reconciliation, run_id)
        progress.update(task, description=f"Comparing… {run.checked} objects")
        await asyncio.sleep(_POLL_SECONDS)


async def _report(console: Console, run_id: UUID) -> bool:
    async with read_only() as session:
        run = await session.get_one(Reconciliation, run_id)
        found = await reconciliation.differences_of(run_id, session=session)
    console.print(
        f"{run.since:%Y-%m-%d %H:%M} to {run.until:%Y-%m-%d %H:%M} UTC: {run.checked} objects; "
        f"ours {format_amount(run.ours_minor)}, theirs {format_amount(run.theirs_minor)}"
    )
    if not found:
        console.print("[green]The ledger and the processor agree.[/green]")
        return run.state is ReconciliationState.DONE
    table = Table("cause", "payment", "at the processor", "ours", "theirs")
    for one, payment in found:
        number = str(payment.number) if payment else ""
        sums = format_amount(one.ours_minor), format_amount(one.theirs_minor)
        table.add_row(one.cause.value, number, one.processor_ref, *sums)
    console.print(table)
    console.print(f"[red]{len(found)} differences:[/red] settle them at /admin/money/reconciliation")
    return False
