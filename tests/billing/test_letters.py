from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.models import AccountLink, LinkLevel
from cabinet.billing.letters import write_letters
from cabinet.kit.dates import add_months, now
from cabinet.mail.models import Letter
from cabinet.residents.models import Resident
from tests.billing.making import LAST, bill, gas, make_home


async def _confirm(session: AsyncSession, resident_id: UUID, **values: Any) -> None:
    resident = await session.get_one(Resident, resident_id)
    for name, value in {"confirmed_at": now(), "locale": "en", **values}.items():
        setattr(resident, name, value)
    await session.flush()


async def _queued(session: AsyncSession) -> int:
    jobs = text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'tell_of_bill'")
    return (await (await session.connection()).execute(jobs)).scalar_one()


async def test_a_new_bill_is_told_once(session: AsyncSession) -> None:
    alice, account_id = await make_home(session)
    await _confirm(session, alice)
    await bill(session, account_id, gas("100"), period=add_months(LAST, -1))
    bill_id = await bill(session, account_id, gas("120"))
    assert await _queued(session) == 1, "the older bill is no news"
    assert await write_letters(bill_id, session=session) == 1
    assert await write_letters(bill_id, session=session) == 0
    [letter] = (await session.exec(select(Letter).where(Letter.kind == "new_bill"))).all()
    assert letter.failed_at is None
    assert "₽960.00" in letter.subject
    assert "₽160.00 more was charged" in letter.text
    assert f"/bills/{bill_id}" in letter.text


@pytest.mark.parametrize(
    "values",
    [{"letters_about_bills": False}, {"confirmed_at": None}, {"blocked_at": now()}],
    ids=["does not want it", "not confirmed", "blocked"],
)
async def test_who_does_not_want_it_gets_none(session: AsyncSession, values: dict[str, Any]) -> None:
    alice, account_id = await make_home(session)
    await _confirm(session, alice, **values)
    bill_id = await bill(session, account_id, gas("100"))
    assert await _queued(session) == 0
    assert await write_letters(bill_id, session=session) == 0


@pytest.mark.parametrize(
    "values",
    [{"level": LinkLevel.LITE}, {"ended_at": now()}, {"expires_at": now() - timedelta(hours=1)}],
    ids=["not proved", "ended", "expired"],
)
async def test_only_who_may_see_the_bill_gets_it(session: AsyncSession, values: dict[str, Any]) -> None:
    alice, account_id = await make_home(session)
    await _confirm(session, alice)
    [row] = (await session.exec(select(AccountLink).where(AccountLink.account_id == account_id))).all()
    for name, value in values.items():
        setattr(row, name, value)
    await session.flush()
    assert await write_letters(await bill(session, account_id, gas("100")), session=session) == 0


async def test_the_past_is_no_news(session: AsyncSession) -> None:
    alice, account_id = await make_home(session)
    await _confirm(session, alice)
    await bill(session, account_id, gas("100"), period=add_months(LAST, -5))
    assert await _queued(session) == 0
