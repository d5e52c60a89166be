"""`python -m cabinet import`: the dry run, taking in, and what it ends with."""

from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from cabinet.i18n import use_locale
from cabinet.launcher.registries import CLEAN, REJECTED, WRONG_USAGE, Wanted, take_file
from tests.exchange.imports.town import DAY, Town, debts, debts_of

GOOD = debts(("Ёлкин Пётр", "37000001", "150,00"), ("Рыбина Анна", "37000002", "20"))


async def run(wanted: Wanted) -> tuple[int, str]:
    written = StringIO()
    with use_locale("en"):
        code = await take_file(Console(file=written, width=200), wanted)
    return code, written.getvalue()


@pytest.fixture
def wanted(town: Town, tmp_path: Path) -> Wanted:
    path = tmp_path / "debts.txt"
    path.write_bytes(GOOD)
    return Wanted(path, str(town.provider_id), as_of=DAY)


async def test_without_apply_nothing_is_changed(town: Town, wanted: Wanted) -> None:
    code, said = await run(wanted)
    assert (code, await debts_of(town)) == (CLEAN, {})
    assert "dry run" in said


async def test_with_apply_the_file_is_taken_in(town: Town, wanted: Wanted) -> None:
    code, _said = await run(replace(wanted, apply=True))
    assert (code, await debts_of(town)) == (CLEAN, {"37000001": 15_000, "37000002": 2_000})


async def test_rejected_rows_are_told_and_end_with_one(town: Town, wanted: Wanted) -> None:
    wanted.file.write_bytes(GOOD + debts(("Сом", "12", "5")))
    code, said = await run(replace(wanted, apply=True))
    assert (code, "row 3" in said) == (REJECTED, True)
    assert await debts_of(town) == {"37000001": 15_000, "37000002": 2_000}


async def test_columns_are_named_on_the_command_line(town: Town, wanted: Wanted) -> None:
    wanted.file.write_bytes(b"A;B\r\n37000001;5\r\n")
    mapping = {"A": "number", "B": "balance"}
    code, said = await run(replace(wanted, format="csv", encoding="utf-8", mapping=mapping, apply=True))
    assert code == CLEAN, said
    assert await debts_of(town) == {"37000001": 500}


async def test_wrong_usage_ends_with_two(wanted: Wanted) -> None:
    for wrong in (
        replace(wanted, provider="Никто"),
        replace(wanted, file=wanted.file.with_name("none.txt")),
        replace(wanted, format="word"),
    ):
        assert (await run(wrong))[0] == WRONG_USAGE
