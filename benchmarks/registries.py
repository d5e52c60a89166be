"""`python -m benchmarks registries`: a large registry through the whole pipeline, beside plain COPY of the same rows.

Two comparisons. COPY of the rows that the import writes, into the same tables with the same indexes, foreign keys and
triggers, in one transaction: what the database itself needs for the same result. And COPY of the file's rows into one
bare table without any of these: the least that reading the file can cost.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random
from resource import RUSAGE_SELF, getrusage
from typing import Any
from uuid import UUID

import psycopg
from psycopg.sql import SQL, Identifier

from cabinet import database
from cabinet.database import unit_of_work
from cabinet.exchange.imports import applying, checking, receiving
from cabinet.exchange.imports.figures import Figures
from cabinet.exchange.imports.models import ImportState, RegistryImport
from cabinet.kit.requisites import inn_of_company
from cabinet.launcher.console import say
from cabinet.launcher.migrations import migrate
from cabinet.launcher.postgres import create_database, hand_down, throwaway_database
from cabinet.providers.models import ProviderKind
from cabinet.providers.service import save_provider
from cabinet.settings import settings

AIM = 1 / 3
_TABLES = ("account", "balance", "provider_statement", "journal", "entry")
_NAMES = ("Ёлкин Пётр Иванович", "Рыбина Анна Юрьевна", "Сомов Глеб Олегович", "Щукина Вера Павловна")
_STREETS = ("Садовая", "Лесная", "Речная", "Полевая", "Школьная")


@dataclass(frozen=True)
class Times:
    """Seconds of each part, and the peak memory of the process in bytes."""

    check: float
    apply: float
    again: float
    peak: int

    @property
    def whole(self) -> float:
        return self.check + self.apply


def main(arguments: list[str]) -> None:
    """Measure on databases of its own and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks registries", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    wanted = parser.parse_args(arguments)
    if wanted.work:
        print(json.dumps(asyncio.run(_work(wanted.work))))
        return
    with throwaway_database() as url, tempfile.TemporaryDirectory(prefix="cabinet-registry-") as folder:
        small = _measure(url, "small", wanted.rows // 10, Path(folder))
        large = _measure(url, "large", wanted.rows, Path(folder))
        same, bare = _copy_the_same(url, "large", Path(folder)), _copy_bare(url, wanted.rows, Path(folder))
    _print(wanted.rows, small, large, same, bare)


def _measure(url: str, name: str, rows: int, folder: Path) -> Times:
    """Generate a registry and take it in, in a process of its own whose memory is looked at."""
    address = create_database(url, name)
    hand_down(address)
    migrate(address)
    path = folder / f"{name}.txt"
    with path.open("wb") as target:
        target.writelines(_lines(rows))
    answer = subprocess.run(
        [sys.executable, "-m", "benchmarks", "registries", "--work", str(path)],
        check=True,
        stdout=subprocess.PIPE,
    )
    return Times(**json.loads(answer.stdout))


def _lines(rows: int) -> Iterator[bytes]:
    """Rows as Sber's new form has them, always the same ones."""
    chance = Random(rows)
    for number in range(rows):
        house = f"{number // 200:08x}-70a0-4932-980c-b4dc0d3f02b5"
        street = _STREETS[number % len(_STREETS)]
        yield (
            f"{_NAMES[chance.randrange(4)]};70АА{number % 1_000_000:06d};{house},{number % 200};"
            f"г. Тестов, ул. {street}, д. {number // 200 % 300}, кв. {number % 200};"
            f"{37_000_000 + number};{chance.randrange(-50_000, 900_000) / 100:.2f}\r\n"
        ).encode("cp1251")


async def _work(path: Path) -> dict[str, Any]:
    """The part of the worker: check, apply, and the same file once more."""
    settings.data_dir = path.parent / f"{path.stem}-data"
    database.bind_engine()
    try:
        provider_id = await _provider()
        first = await _upload(provider_id, path)
        check, apply = await _check(first), await _apply(first)
        again = await _check(await _upload(provider_id, path))
    finally:
        await database.dispose_engine()
    peak = getrusage(RUSAGE_SELF).ru_maxrss * 1024
    return {"check": check, "apply": apply, "again": again, "peak": peak}


async def _provider() -> UUID:
    async with unit_of_work() as session:
        made = await save_provider(
            None,
            session=session,
            name="Родник",
            kind=ProviderKind.WATER,
            number_pattern=r"\d{8}",
            number_example="37012345",
            inn=inn_of_company("770000001"),
        )
        return made.id


async def _upload(provider_id: UUID, path: Path) -> UUID:
    async def chunks() -> AsyncIterator[bytes]:
        with path.open("rb") as source:
            while chunk := source.read(262_144):
                yield chunk

    import_id = await receiving.receive_registry(provider_id, path.name, chunks(), by=None)
    async with unit_of_work() as session:
        (await session.get_one(RegistryImport, import_id)).as_of = date(2026, 11, 1)
    return import_id


async def _check(import_id: UUID) -> float:
    async with unit_of_work() as session:
        await checking.start_check(import_id, by=None, session=session, later=False)
    began = time.perf_counter()
    await checking.run_check(import_id)
    took = time.perf_counter() - began
    await _expect(import_id, ImportState.CHECKED)
    return took


async def _apply(import_id: UUID) -> float:
    async with unit_of_work() as session:
        await applying.start_apply(import_id, by=None, session=session, later=False)
    began = time.perf_counter()
    await applying.run_apply(import_id)
    took = time.perf_counter() - began
    await _expect(import_id, ImportState.APPLIED)
    return took


async def _expect(import_id: UUID, state: ImportState) -> None:
    async with unit_of_work() as session:
        row = await session.get_one(RegistryImport, import_id)
    figures = Figures.of(row.figures)
    if row.state is not state or figures.rejected:
        raise RuntimeError(f"{row.state}: {row.problem} {figures.rejected} rejected")


def _copy_the_same(url: str, name: str, folder: Path) -> float:
    """The rows that the import has written, out of its database and into an empty one with the same tables."""
    empty = create_database(url, f"{name}_copy")
    migrate(empty)
    with psycopg.connect(_plain(url, name)) as ours, psycopg.connect(_plain(url, f"{name}_copy")) as plain:
        for table in ("provider", *_TABLES):
            with (folder / table).open("wb") as target, ours.cursor().copy(_out(table)) as copy:
                for block in copy:
                    target.write(block)
        _into(plain, "provider", folder)
        plain.commit()
        began = time.perf_counter()
        for table in _TABLES:
            _into(plain, table, folder)
        plain.commit()
        return time.perf_counter() - began


def _out(table: str) -> Any:
    return SQL("COPY {} TO STDOUT").format(Identifier(table))


def _into(connection: psycopg.Connection, table: str, folder: Path) -> None:
    statement = SQL("COPY {} FROM STDIN").format(Identifier(table))
    with connection.cursor().copy(statement) as copy, (folder / table).open("rb") as source:
        while block := source.read(262_144):
            copy.write(block)


def _copy_bare(url: str, rows: int, folder: Path) -> float:
    """The rows of the file into one table without keys."""
    create_database(url, "bare")
    with psycopg.connect(_plain(url, "bare")) as plain:
        plain.execute(
            "CREATE TABLE bare (name text, els text, fias text, address text, number text, sum text)"
        )
        plain.commit()
        began = time.perf_counter()
        statement = "COPY bare FROM STDIN WITH (DELIMITER ';', ENCODING 'WIN1251')"
        with plain.cursor().copy(statement) as copy, (folder / "large.txt").open("rb") as source:
            while block := source.read(262_144):
                copy.write(block)
        plain.commit()
        return time.perf_counter() - began


def _plain(url: str, name: str) -> str:
    return create_database(url, name).replace("postgresql+psycopg://", "postgresql://")


def _print(rows: int, small: Times, large: Times, same: float, bare: float) -> None:
    say(
        f"{rows:,} rows: check {large.check:.1f} s, apply {large.apply:.1f} s; the same file again {large.again:.1f} s"
    )
    say(f"COPY into the same tables: {same:.1f} s; into one bare table: {bare:.1f} s")
    say(f"speed beside the same tables: {same / large.whole:.2f} (aim: at least {AIM:.2f})")
    say(f"speed beside one bare table:  {bare / large.whole:.2f}")
    say(
        f"peak memory of the worker: {large.peak / 2**20:.0f} MB, with a tenth of the rows {small.peak / 2**20:.0f} MB"
    )
