"""Registries from the command line: a dry run, or the import itself, with the same steps as the staff pages."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, TaskProgressColumn
from rich.table import Table
from sqlmodel import col, or_, select

from cabinet.database import read_only, unit_of_work
from cabinet.errors import CabinetError
from cabinet.exchange.formats.layout import Layout
from cabinet.exchange.imports import applying, checking, receiving, service
from cabinet.exchange.imports.figures import Figures
from cabinet.exchange.imports.models import ImportState, RegistryImport
from cabinet.exchange.imports.rejections import say_reason
from cabinet.kit.dates import now
from cabinet.kit.money import format_amount
from cabinet.launcher.postgres import running_database
from cabinet.launcher.program import progress_on, within_program
from cabinet.providers.models import Provider

CLEAN, REJECTED, WRONG_USAGE = 0, 1, 2
_CHUNK = 262_144
_SHOWN = 20
_POLL_SECONDS = 0.3
_LINES = {
    "rows": "rows",
    "new": "new accounts",
    "changed": "changed",
    "unchanged": "unchanged",
    "rejected": "rejected",
    "meters_new": "new meters",
    "readings_new": "new readings",
    "bills_new": "new bills",
    "bills_changed": "corrected bills",
}


class WrongUsage(Exception):
    """What was typed makes no sense; the text says why."""


@dataclass(frozen=True)
class Wanted:
    """What was typed."""

    file: Path
    provider: str
    apply: bool = False
    format: str = ""
    encoding: str = ""
    mapping: dict[str, str] | None = None
    as_of: date | None = None
    reason: str = ""


def import_file(console: Console, wanted: Wanted) -> int:
    """Check the file, and take it in if that is wanted; the exit code."""
    with running_database():
        return within_program(take_file(console, wanted))


async def take_file(console: Console, wanted: Wanted) -> int:
    """The same inside a connected program."""
    try:
        import_id = await _upload(wanted)
        await _set_layout(import_id, wanted)
        if not await _work(console, "Checking…", import_id, _begin_check, checking.run_check):
            return await _refused(console, import_id)
        figures = await _report(console, import_id)
        if not wanted.apply:
            console.print("Nothing was changed: this was a dry run. Add --apply to take it in.")
            return REJECTED if figures.rejected or figures.problems else CLEAN
        return await _apply(console, import_id, wanted.reason)
    except WrongUsage as problem:
        console.print(f"[red]{escape(str(problem))}[/red]")
        return WRONG_USAGE
    except CabinetError as problem:
        console.print(f"[red]{escape(problem.message())}[/red]")
        return REJECTED


async def _apply(console: Console, import_id: UUID, reason: str) -> int:
    async def begin(one: UUID) -> None:
        async with unit_of_work() as session:
            await applying.start_apply(one, by=None, reason=reason, session=session, later=False)

    if not await _work(console, "Taking it in…", import_id, begin, applying.run_apply):
        return await _refused(console, import_id)
    figures = Figures.of((await _row(import_id)).figures)
    console.print(f"[green]Taken in.[/green] Balances changed by {format_amount(figures.adjustment_minor)}.")
    return REJECTED if figures.rejected else CLEAN


async def _upload(wanted: Wanted) -> UUID:
    if not wanted.file.is_file():
        raise WrongUsage(f"There is no file {wanted.file}.")
    provider_id = await _provider(wanted.provider)
    return await receiving.receive_registry(provider_id, wanted.file.name, _chunks(wanted.file), by=None)


async def _chunks(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as source:
        while chunk := await asyncio.to_thread(source.read, _CHUNK):
            yield chunk


async def _provider(text: str) -> UUID:
    """The provider by its id, ИНН or name."""
    same = [col(Provider.inn) == text, col(Provider.name) == text, col(Provider.name_en) == text]
    with suppress(ValueError):
        same.append(col(Provider.id) == UUID(text))
    async with read_only() as session:
        found = list(await session.exec(select(Provider.id).where(or_(*same))))
    if len(found) != 1:
        many = "several providers" if found else "no provider"
        raise WrongUsage(f"There is {many} with the id, ИНН or name “{text}”.")
    return found[0]


async def _set_layout(import_id: UUID, wanted: Wanted) -> None:
    row = await _row(import_id)
    changes: dict[str, Any] = {
        name: value
        for name, value in (
            ("format", wanted.format),
            ("encoding", wanted.encoding),
            ("mapping", wanted.mapping),
        )
        if value
    }
    if wanted.mapping:
        # Columns that are named stand under a heading; numbers mean that there is none.
        changes["has_heading"] = not all(name.isdecimal() for name in wanted.mapping)
    if not changes and wanted.as_of is None and row.layout:
        return
    try:
        layout = Layout.model_validate({**(row.layout or {}), **changes})
    except ValidationError:
        raise WrongUsage(
            row.problem or "Say --format, --encoding and --mapping as the manual does."
        ) from None
    async with unit_of_work() as session:
        as_of = wanted.as_of or row.as_of or now().date()
        await receiving.set_layout(import_id, layout, as_of, by=None, session=session)


async def _begin_check(import_id: UUID) -> None:
    async with unit_of_work() as session:
        await checking.start_check(import_id, by=None, session=session, later=False)


async def _work(console: Console, words: str, import_id: UUID, begin: Any, work: Any) -> bool:
    """Do it with a bar; whether it came to its end."""
    await begin(import_id)
    with progress_on(console, BarColumn(), TaskProgressColumn()) as progress:
        task = progress.add_task(words, total=100)
        watch = asyncio.create_task(_watch(import_id, progress, task))
        try:
            await work(import_id)
        finally:
            watch.cancel()
    row = await _row(import_id)
    return row.state in (ImportState.CHECKED, ImportState.APPLIED) and not row.problem


async def _watch(import_id: UUID, progress: Any, task: Any) -> None:
    while True:
        progress.update(task, completed=(await _row(import_id)).percent)
        await asyncio.sleep(_POLL_SECONDS)


async def _row(import_id: UUID) -> RegistryImport:
    async with read_only() as session:
        return await session.get_one(RegistryImport, import_id)


async def _refused(console: Console, import_id: UUID) -> int:
    row = await _row(import_id)
    console.print(f"[red]{escape(row.problem or row.state)}[/red]")
    return REJECTED


async def _report(console: Console, import_id: UUID) -> Figures:
    figures = Figures.of((await _row(import_id)).figures)
    table = Table(show_header=False)
    for name, words in _LINES.items():
        if getattr(figures, name) or name in ("rows", "rejected"):
            table.add_row(words, f"{getattr(figures, name):,}")
    table.add_row("sum in the file", format_amount(figures.balance_minor))
    if figures.expected_minor is not None:
        table.add_row("control sum", format_amount(figures.expected_minor))
    table.add_row("balances change by", format_amount(figures.adjustment_minor))
    console.print(table)
    for problem in figures.problems:
        console.print(f"[red]the file does not fit itself: {problem}; add --reason to take it[/red]")
    async with read_only() as session:
        rejections, count = await service.rejections_of(import_id, session=session)
    for one in rejections[:_SHOWN]:
        console.print(f"[red]row {one.line}:[/red] {escape(say_reason(one.code, one.detail))}")
    if count > _SHOWN:
        console.print(f"… and {count - _SHOWN:,} more; all of them at /admin/imports/{import_id}")
    return figures
