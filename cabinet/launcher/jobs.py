"""The job queue from the command line: what is in it, running what is due, and beginning a failed job again."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from cabinet.database import read_only, unit_of_work
from cabinet.errors import CabinetError, NotFound
from cabinet.jobs import run_jobs_once
from cabinet.launcher.postgres import running_database
from cabinet.launcher.program import within_program
from cabinet.queue import service
from cabinet.queue.service import JobRow, JobState

T = TypeVar("T")
_POLL_SECONDS = 0.3


def show_jobs(console: Console, state: JobState | None, task: str, before: int | None, limit: int) -> None:
    """A table of the newest jobs; the way to older ones is said below it."""
    rows, more = _run(_find(state, task, before, limit))
    if not rows:
        console.print("There are no such jobs.")
        return
    table = Table("id", "job", "state", "attempts", "not before (UTC)", "last change (UTC)")
    for row in rows:
        table.add_row(
            str(row.id), row.task, row.state, str(row.attempts), _say(row.scheduled_at), _say(row.at)
        )
    console.print(table)
    if more:
        console.print(f"Older ones: --before {rows[-1].id}")


def show_counts(console: Console) -> bool:
    """How many jobs wait, run and failed; whether none failed."""
    counts = _run(_count())
    for state, count in counts.items():
        console.print(f"{state.value}: {count}")
    return not counts[JobState.FAILED]


def retry_jobs(console: Console, ids: list[int], *, every_failed: bool) -> bool:
    """Let failed jobs begin again; whether all of them could."""
    problems = _run(_retry(console, ids, every_failed=every_failed))
    return problems == 0


def run_due(console: Console) -> bool:
    """Run what is due and end; whether nothing failed."""
    return _run(_run_due(console))


def _run(work: Coroutine[Any, Any, T]) -> T:
    with running_database():
        return within_program(work)


async def _find(
    state: JobState | None, task: str, before: int | None, limit: int
) -> tuple[list[JobRow], bool]:
    async with read_only() as session:
        return await service.find_jobs(session=session, state=state, task=task, before=before, limit=limit)


async def _count() -> dict[JobState, int]:
    async with read_only() as session:
        return dict(await service.count_jobs(session=session))


async def _retry(console: Console, ids: list[int], *, every_failed: bool) -> int:
    problems = 0
    for job_id in [*ids, *(await _failed() if every_failed else [])]:
        try:
            async with unit_of_work() as session:
                await service.retry_job(job_id, by=None, session=session)
            console.print(f"{job_id}: begins again")
        except CabinetError as problem:
            problems += 1
            words = "There is no such job." if isinstance(problem, NotFound) else problem.message()
            console.print(f"[red]{job_id}: {words}[/red]")
    return problems


async def _failed() -> list[int]:
    found: list[int] = []
    before, more = None, True
    while more:
        rows, more = await _find(JobState.FAILED, "", before, 500)
        found += [row.id for row in rows]
        before = rows[-1].id if rows else None
    return found


async def _run_due(console: Console) -> bool:
    before = await _count()
    columns = (TextColumn("Running what is due…"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("", total=before[JobState.TODO])
        watch = asyncio.create_task(_watch(progress, bar, before[JobState.TODO]))
        try:
            await run_jobs_once()
        finally:
            watch.cancel()
    after = await _count()
    console.print(f"{after[JobState.TODO]} wait for later, {after[JobState.FAILED]} failed in all")
    return after[JobState.FAILED] <= before[JobState.FAILED]


async def _watch(progress: Progress, bar: Any, total: int) -> None:
    while True:
        counts = await _count()
        progress.update(bar, completed=max(total - counts[JobState.TODO] - counts[JobState.DOING], 0))
        await asyncio.sleep(_POLL_SECONDS)


def _say(moment: Any) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}" if moment else ""
