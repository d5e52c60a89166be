"""Registries for providers from the command line: made, written again, and proved."""

import asyncio
import shutil
import sys
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.database import read_only, unit_of_work
from cabinet.errors import CabinetError
from cabinet.exchange.exports import service as exports
from cabinet.exchange.exports.errors import NothingToHandOver
from cabinet.exchange.exports.files import FORMATS, check_seal, checked_encoding, file_name, written
from cabinet.exchange.exports.models import ExportKind, RegistryExport
from cabinet.exchange.exports.proof import verify_exports
from cabinet.exchange.exports.service import ExportWish
from cabinet.exchange.rows import RegistryFormat
from cabinet.kit.money import format_amount
from cabinet.launcher.console import CannotStart
from cabinet.launcher.postgres import running_database
from cabinet.launcher.program import within_program
from cabinet.providers.service import ProviderView, list_providers

Member = TypeVar("Member", ExportKind, RegistryFormat)

DONE, REFUSED, NOTHING = 0, 1, 3
"""How the command ends."""


def export_registry(
    provider: str,
    kind: str,
    *,
    format: str = "",
    encoding: str = "",
    out: str = "",
    again: int = 0,
    console: Console,
) -> int:
    """Make a registry of everything that waits, or write one again by its number; how the command ends.

    `provider` is an id, an ИНН or a part of the name; `out` a file, or `-` for the standard output.
    Raises CannotStart for what the command line does not know.
    """
    work = _export(provider, _member(ExportKind, kind), format, encoding, out, again, console)
    with running_database():
        return within_program(work)


def check_registries(console: Console) -> int:
    """Count every registry again and compare all with the ledger; how the command ends."""
    with running_database():
        return within_program(_check(console))


async def _export(
    provider: str, kind: ExportKind, format: str, encoding: str, out: str, again: int, console: Console
) -> int:
    async with read_only() as session:
        known = await _find(provider, session)
    wanted = _member(RegistryFormat, format) if format else None
    try:
        with _progress(console):
            if again:
                export = await _made(known.id, again, wanted, encoding, out)
            else:
                wish = ExportWish(kind, wanted or FORMATS[kind][0], encoding)
                export = await _make(known.id, wish, out)
    except NothingToHandOver as problem:
        console.print(f"[yellow]{problem.message()}[/yellow]")
        return NOTHING
    except (CabinetError, OSError) as problem:
        said = problem.message() if isinstance(problem, CabinetError) else str(problem)
        console.print(f"[red]{said}[/red]")
        return REFUSED
    total = f", {format_amount(export.total_minor)}" if export.kind is ExportKind.PAYMENTS else ""
    name = out or file_name(export, wanted or export.format)
    console.print(
        f"[green]registry {export.number}[/green] of {known.name}: "
        f"{export.kind}, {export.rows:,} rows{total}, {name}"
    )
    return DONE


async def _make(provider_id: UUID, wish: ExportWish, out: str) -> RegistryExport:
    """The file first, then the commit: a registry whose file could not be written was not made."""
    async with unit_of_work() as session:
        export = await exports.make_export(provider_id, wish, session=session)
        await _write(export, export.format, export.encoding, out, session)
        await exports.mark_delivered(export.id, by=None, session=session)
    return export


async def _made(
    provider_id: UUID, number: int, format: RegistryFormat | None, encoding: str, out: str
) -> RegistryExport:
    async with unit_of_work() as session:
        rows = await session.exec(
            select(RegistryExport).where(
                RegistryExport.provider_id == provider_id, RegistryExport.number == number
            )
        )
        export = rows.first()
        if export is None:
            raise CannotStart(f"This provider has no registry {number}.")
        if format is None or format is export.format:
            await _write(export, export.format, export.encoding, out, session)
        else:
            chosen = checked_encoding(export.kind, format, encoding)
            await _write(export, format, chosen, out, session)
        await exports.mark_delivered(export.id, by=None, session=session)
    return export


async def _write(
    export: RegistryExport, format: RegistryFormat, encoding: str, out: str, session: AsyncSession
) -> None:
    async with written(export, format, encoding, session=session) as path:
        if format is export.format:
            await check_seal(export, path)
        if out == "-":
            await asyncio.to_thread(_print, path)
        else:
            await asyncio.to_thread(shutil.copyfile, path, out or file_name(export, format))


def _print(path: Path) -> None:
    with path.open("rb") as file:
        shutil.copyfileobj(file, sys.stdout.buffer)
    sys.stdout.buffer.flush()


async def _check(console: Console) -> int:
    async with read_only() as session:
        proofs = await verify_exports(session=session)
        names = {one.id: one.name for one in await list_providers(session=session)}
    for one in proofs:
        told = f"{format_amount(one.handed_minor)} in registries, {format_amount(one.waiting_minor)} waiting"
        sign = "[green]holds[/green]" if one.holds else "[red]does not hold[/red]"
        name = names.get(one.provider_id, str(one.provider_id))
        console.print(f"{name}: {format_amount(one.credited_minor)} credited, {told}: {sign}")
        if one.wrong:
            console.print(f"[red]wrong control sums:[/red] registries {', '.join(map(str, one.wrong))}")
    return DONE if all(one.holds for one in proofs) else REFUSED


async def _find(wanted: str, session: AsyncSession) -> ProviderView:
    known = await list_providers(session=session)
    plain = wanted.strip().casefold()
    exact = [one for one in known if plain in (str(one.id), one.inn, one.name.casefold())]
    found = exact or [one for one in known if plain and plain in one.name.casefold()]
    if len(found) != 1:
        listed = ", ".join(one.name for one in found or known)
        raise CannotStart(f"Which provider? {'Several fit' if found else 'Known are'}: {listed}")
    return found[0]


def _member(values: type[Member], text: str) -> Member:
    try:
        return values(text)
    except ValueError:
        raise CannotStart(f"{text!r} is none of: {', '.join(values)}") from None


def _progress(console: Console) -> Progress:
    """Something to look at on a terminal, and nothing in a file."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    progress.add_task("Writing the registry…")
    return progress
