"""Whatever stands in the query of a staff page: an answer, never a crash."""

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.staff.admin import StaffAdmin
from tests.staff.conftest import Browsers, Office
from tests.staff.test_roles import PAGES, every_door, filled, rows_of

NAMES = [
    "q",
    "state",
    "task",
    "before",
    "after",
    "since",
    "until",
    "who",
    "row",
    "action",
    "subject",
    "address",
    "period",
    "day",
    "skip",
    "page",
    "kind",
    "order",
    "whose",
    "format",
    "pattern",
    "example",
    "numbers",
    "as_of",
    "done",
    "said",
    "problem",
    "source",
    "number",
    "words",
    "only",
    "open",
    "email",
]
VALUES = ("a\x00b", "9" * 40, "0001-01-01")


@pytest.mark.parametrize("value", VALUES)
async def test_no_page_falls_over_its_query(
    value: str, admin: StaffAdmin, browsers: Browsers, office: Office, session: AsyncSession
) -> None:
    ids = await rows_of(office, session)
    boss = await browsers.of(office.boss)
    fallen: list[str] = []
    for door in every_door(admin):
        if door.method != "GET" or door.name not in PAGES or door.name.startswith("detail"):
            continue
        query = dict.fromkeys(NAMES, value)
        try:
            status = (await boss.get(filled(door, ids), **query)).status_code
        except Exception as problem:
            fallen.append(f"{door.name}: {type(problem).__name__} {str(problem)[:150]}")
            await session.rollback()
            continue
        if status >= 500:
            fallen.append(f"{door.name}: {status}")
    assert not fallen, "\n".join(fallen)
