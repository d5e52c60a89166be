from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.models import AccountLink
from cabinet.kit.dates import now
from cabinet.mail.models import Letter
from cabinet.notices import jobs
from cabinet.notices.jobs import notices_to_tell, tell_batch, tell_of_notice
from cabinet.notices.models import NoticeKind
from cabinet.residents.models import Resident
from tests.notices.conftest import Town, tell


async def letters(session: AsyncSession) -> Sequence[Letter]:
    rows = await session.exec(select(Letter).where(Letter.kind == "notice").order_by(col(Letter.created_at)))
    return rows.all()


async def told(session: AsyncSession) -> set[str]:
    return {letter.recipient.partition("-")[0] for letter in await letters(session)}


async def test_each_resident_is_told_once(session: AsyncSession, town: Town) -> None:
    session.add(AccountLink(resident_id=town.alice, account_id=town.house))
    notice = await tell(session, town.water, by_letter=True)
    for _run in range(2):
        await tell_of_notice(str(notice.id))
    assert len(await letters(session)) == 2
    assert await told(session) == {"alice", "bob"}
    assert await notices_to_tell(session=session) == []


async def test_a_killed_worker_goes_on_where_it_stopped(
    session: AsyncSession, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "BATCH", 1)
    notice = await tell(session, town.water, by_letter=True)
    assert await tell_batch(notice.id)
    assert len(await letters(session)) == 1
    assert await notices_to_tell(session=session) == [notice.id], "it is found again after the worker died"
    await tell_of_notice(str(notice.id))
    assert await told(session) == {"alice", "bob"}
    assert len(await letters(session)) == 2


@pytest.mark.parametrize(
    "values",
    [{"letters_about_notices": False}, {"confirmed_at": None}, {"blocked_at": now()}],
    ids=["does not want it", "not confirmed", "blocked"],
)
async def test_who_does_not_want_it_gets_none(
    session: AsyncSession, town: Town, values: dict[str, Any]
) -> None:
    await session.exec(update(Resident).where(col(Resident.id) == town.alice).values(**values))
    notice = await tell(session, town.water, by_letter=True)
    await tell_of_notice(str(notice.id))
    assert await told(session) == {"bob"}


@pytest.mark.parametrize(
    "values",
    [
        {"by_letter": False},
        {"withdrawn_at": now()},
        {"shown_from": now() + timedelta(hours=1)},
        {"address_part": "Садовая"},
    ],
    ids=["not by letter", "withdrawn", "not yet", "for another street"],
)
async def test_no_letter(session: AsyncSession, town: Town, values: dict[str, Any]) -> None:
    notice = await tell(session, town.water, **({"by_letter": True} | values))
    await tell_of_notice(str(notice.id))
    assert await letters(session) == []


async def test_only_the_street_that_it_concerns(session: AsyncSession, town: Town) -> None:
    notice = await tell(session, town.water, by_letter=True, address_part="Ёлочная, д. 12")
    await tell_of_notice(str(notice.id))
    assert await told(session) == {"bob"}


async def test_the_letter_says_it_in_the_reader_s_language(session: AsyncSession, town: Town) -> None:
    await session.exec(update(Resident).where(col(Resident.id) == town.bob).values(locale="en"))
    notice = await tell(
        session,
        town.water,
        by_letter=True,
        kind=NoticeKind.OUTAGE,
        title_ru="Не будет воды",
        title_en="No water",
        text_ru="Запаситесь <b>водой</b>.\n\nСпасибо.",
        text_en="Store some water.",
        happens_from=now() + timedelta(days=9),
    )
    await tell_of_notice(str(notice.id))
    by_name = {letter.recipient.partition("-")[0]: letter for letter in await letters(session)}
    assert all(letter.failed_at is None for letter in by_name.values())
    assert "Не будет воды" in by_name["alice"].subject
    assert "Запаситесь &lt;b&gt;водой&lt;/b&gt;." in by_name["alice"].html
    assert "No water" in by_name["bob"].subject
    assert "Store some water." in by_name["bob"].text
    assert "/en/cabinet" in by_name["bob"].text
    await session.refresh(notice)
    assert notice.letters_at is not None
