"""A registry from upload to report: what is new, changed, unchanged and refused, and the same file again."""

from datetime import timedelta

import pytest

from cabinet.database import unit_of_work
from cabinet.exchange.imports.errors import NeedsReason
from cabinet.exchange.imports.models import ImportState
from cabinet.payments.statements import take_statement
from tests.exchange.imports.town import (
    DAY,
    Town,
    accounts_of,
    apply,
    check,
    debts,
    debts_of,
    figures_of,
    rejected,
    roll_back,
    state_of,
    take,
    upload,
)

FIRST = debts(
    ("Ёлкин Пётр", "37000001", "150,00"), ("Рыбина Анна", "37000002", "-20.50"), ("Сом", "37000003", "0")
)


async def test_a_dry_run_changes_nothing_and_says_what_would_happen(town: Town) -> None:
    import_id = await upload(town, FIRST)
    figures = await check(town, import_id)
    assert await state_of(import_id) is ImportState.CHECKED
    assert (figures.rows, figures.new, figures.changed, figures.unchanged, figures.rejected) == (
        3,
        3,
        0,
        0,
        0,
    )
    assert (figures.balance_minor, figures.accepted_minor) == (12_950, 12_950)
    assert await accounts_of(town) == {}
    assert figures.samples[0]["number"] == "37000001"


async def test_what_is_applied_is_what_the_file_says(town: Town) -> None:
    import_id = await take(town, FIRST)
    assert await debts_of(town) == {"37000001": 15_000, "37000002": -2_050, "37000003": 0}
    account = (await accounts_of(town))["37000001"]
    assert (account.owner_name, account.search_key) == (
        "Ёлкин Пётр",
        "37000001 елкин петр ул. садовая, д. 01",
    )
    assert (await figures_of(import_id)).statements == 3


async def test_the_same_file_twice_changes_nothing(town: Town) -> None:
    await take(town, FIRST)
    again = await upload(town, FIRST, "the same under another name.txt", day=None)
    figures = await check(town, again)
    assert (figures.new, figures.changed, figures.unchanged) == (0, 0, 3)
    applied = await apply(town, again)
    assert (applied.statements, applied.adjustment_minor) == (0, 0)
    assert await debts_of(town) == {"37000001": 15_000, "37000002": -2_050, "37000003": 0}


async def test_the_same_file_that_was_sent_twice_before_it_was_taken_changes_nothing(town: Town) -> None:
    """A second copy under another name must not undo what was charged after the first was taken."""
    first, second = await upload(town, FIRST), await upload(town, FIRST, "copy.txt")
    await check(town, first)
    await apply(town, first)
    account = (await accounts_of(town))["37000001"]
    async with unit_of_work() as session:
        await take_statement(account.id, 99_000, DAY, "by hand", (), session=session)
    await check(town, second)
    assert (await apply(town, second)).statements == 0
    assert (await debts_of(town))["37000001"] == 99_000


async def test_the_next_month_changes_what_differs(town: Town) -> None:
    await take(town, FIRST)
    next_month = debts(
        ("Ёлкин Пётр", "37000001", "150"), ("Рыбина Анна Юрьевна", "37000002", "10"), ("Кит", "37000004", "1")
    )
    import_id = await upload(town, next_month, day=None)
    figures = await check(town, import_id)
    assert (figures.new, figures.changed, figures.unchanged) == (1, 1, 1)
    await apply(town, import_id)
    assert await debts_of(town) == {"37000001": 15_000, "37000002": 1_000, "37000003": 0, "37000004": 100}
    assert (await accounts_of(town))["37000002"].search_key.startswith("37000002 рыбина анна юрьевна")


async def test_rejected_rows_do_not_hold_up_the_others(town: Town) -> None:
    content = debts(
        ("А", "37000001", "1"), ("Б", "12", "2"), ("В", "37000003", "три"), ("Г", "37000004", "4"),
        ("Г", "37000004", "5"), ("Д", "37000005", "99999999999"),
    )  # fmt: skip
    import_id = await upload(town, content)
    figures = await check(town, import_id)
    assert await rejected(import_id) == {
        2: "number_form", 3: "unreadable", 4: "repeated", 5: "repeated", 6: "sum_range"
    }  # fmt: skip
    assert (figures.rows, figures.rejected, figures.new) == (6, 5, 1)
    await apply(town, import_id)
    assert await debts_of(town) == {"37000001": 100}


async def test_the_same_file_for_another_day_wants_a_reason(town: Town) -> None:
    content = debts(("Ёлкин Пётр", "37000001", "150,00"))
    await take(town, content)
    other_day = DAY + timedelta(days=1)
    again = await upload(town, content, day=other_day)
    assert (await check(town, again)).problems == ["another_day"]
    with pytest.raises(NeedsReason):
        await apply(town, again)
    await apply(town, again, "в первый раз день был не тот")
    same_day = await upload(town, content, day=DAY)
    assert (await check(town, same_day)).problems == ["another_day"], "both days stand now"


async def test_the_same_file_for_another_day_is_fine_when_the_first_was_taken_back(town: Town) -> None:
    content = debts(("Ёлкин Пётр", "37000001", "150,00"))
    await roll_back(town, await take(town, content))
    again = await upload(town, content, day=DAY + timedelta(days=1))
    assert (await check(town, again)).problems == []
