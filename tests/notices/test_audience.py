from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import literal
from sqlalchemy import select as select_columns
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.models import AccountLink, LinkRole
from cabinet.database import run
from cabinet.errors import NotFound
from cabinet.kit.dates import now
from cabinet.notices.audience import address_holds
from cabinet.notices.models import NoticeKind
from cabinet.notices.service import bring_back_notices, dismiss_notice, notices_for
from cabinet.notices.writing import Reach, reach_of
from cabinet.residents.models import Resident
from tests.notices.conftest import FOREST, GARDEN, Town, tell
from tests.staff.queries import counted


async def titles(resident_id: Any, session: AsyncSession, **more: Any) -> list[str]:
    return [notice.title_ru for notice in await notices_for(resident_id, session=session, **more)]


async def test_everybody_hears_the_operator_and_only_linked_residents_their_provider(
    session: AsyncSession, town: Town
) -> None:
    await tell(session, None, title_ru="Оператор")
    await tell(session, town.water, title_ru="Вода")
    await tell(session, town.gas, title_ru="Газ")
    assert set(await titles(town.alice, session)) == {"Оператор", "Вода"}
    assert set(await titles(town.carol, session)) == {"Оператор"}


@pytest.mark.parametrize(
    "values",
    [
        {"shown_from": now() + timedelta(hours=1)},
        {"shown_from": now() - timedelta(days=2), "shown_until": now() - timedelta(seconds=1)},
        {"withdrawn_at": now()},
    ],
    ids=["not yet", "over", "withdrawn"],
)
async def test_nothing_outside_its_time(session: AsyncSession, town: Town, values: dict[str, Any]) -> None:
    await tell(session, town.water, **values)
    assert await titles(town.alice, session) == []


@pytest.mark.parametrize(
    "values",
    [{"ended_at": now()}, {"expires_at": now() - timedelta(seconds=1)}],
    ids=["ended", "expired"],
)
async def test_an_ended_link_hears_nothing_more(
    session: AsyncSession, town: Town, values: dict[str, Any]
) -> None:
    await tell(session, town.water)
    own = update(AccountLink).where(col(AccountLink.resident_id) == town.alice)
    await session.exec(own.values(**values))
    assert await titles(town.alice, session) == []
    assert await reach_of(town.water, "", session=session) == Reach(1, 1)


async def test_a_guest_of_the_account_hears_it_too(session: AsyncSession, town: Town) -> None:
    own = await session.exec(select(AccountLink.id).where(AccountLink.resident_id == town.alice))
    guest = AccountLink(
        resident_id=town.carol, account_id=town.home, role=LinkRole.VIEWER, invited_by=own.one()
    )
    session.add(guest)
    await tell(session, town.water)
    assert await titles(town.carol, session) == ["Новый телефон"]


@pytest.mark.parametrize(
    ("part", "heard"),
    [
        ("Ёлочная", {"alice", "bob"}),
        ("ЕЛОЧНАЯ  д.1", {"alice"}),
        ("ёлочная, д. 12", {"bob"}),
        ("д. 1", {"alice"}),
        ("лочная", set()),
        ("кв 5", {"alice"}),
        ("%", set()),
        ("Садовая", set()),
    ],
)
async def test_a_part_of_the_address_is_whole_words(
    session: AsyncSession, town: Town, part: str, heard: set[str]
) -> None:
    for provider_id in (town.water, None):
        await tell(session, provider_id, address_part=part)
        reached = {name for name in ("alice", "bob") if await titles(getattr(town, name), session)}
        assert reached == heard
        assert (await reach_of(provider_id, part, session=session)).residents == len(heard)
        assert await titles(town.carol, session) == []


async def test_outages_come_first_and_the_soonest_before_the_others(
    session: AsyncSession, town: Town
) -> None:
    outage = {"kind": NoticeKind.OUTAGE}
    await tell(session, town.water, title_ru="Старая новость", shown_from=now() - timedelta(days=2))
    await tell(session, town.water, title_ru="Новость")
    await tell(session, town.water, title_ru="Потом", happens_from=now() + timedelta(days=2), **outage)
    await tell(session, None, title_ru="Скоро", happens_from=now() + timedelta(days=1), **outage)
    assert await titles(town.alice, session) == ["Скоро", "Потом", "Новость", "Старая новость"]


async def test_an_account_shows_what_concerns_it(session: AsyncSession, town: Town) -> None:
    await tell(session, town.water, title_ru="Дом 1", address_part="д. 1")
    await tell(session, town.water, title_ru="Дом 12", address_part="д. 12")
    session.add(AccountLink(resident_id=town.alice, account_id=town.house))
    await session.flush()
    assert set(await titles(town.alice, session)) == {"Дом 1", "Дом 12"}
    assert await titles(town.alice, session, account_id=town.home) == ["Дом 1"]
    assert await titles(town.carol, session, account_id=town.home) == [], "a stranger's account says nothing"


async def test_putting_aside_is_mine_alone_and_can_be_taken_back(session: AsyncSession, town: Town) -> None:
    notice = await tell(session, town.water)
    for _press in range(2):
        await dismiss_notice(town.alice, notice.id, session=session)
    [mine], [bobs] = [await notices_for(one, session=session) for one in (town.alice, town.bob)]
    assert (mine.is_dismissed, bobs.is_dismissed) == (True, False)
    await bring_back_notices(town.bob, session=session)
    assert (await notices_for(town.alice, session=session))[0].is_dismissed
    await bring_back_notices(town.alice, session=session)
    assert not (await notices_for(town.alice, session=session))[0].is_dismissed


async def test_a_stranger_cannot_put_aside_what_is_not_for_them(session: AsyncSession, town: Town) -> None:
    notice = await tell(session, town.water)
    with pytest.raises(NotFound):
        await dismiss_notice(town.carol, notice.id, session=session)


async def test_it_is_one_query(session: AsyncSession, town: Town) -> None:
    for number in range(5):
        await tell(session, town.water, title_ru=str(number), address_part="Тест")
    assert len(await notices_for(town.alice, session=session)) == 5
    assert await counted(session, notices_for(town.alice, session=session)) == 1


async def test_reach_counts_people_once_and_letters_by_their_wish(session: AsyncSession, town: Town) -> None:
    session.add(AccountLink(resident_id=town.alice, account_id=town.house))
    (await session.get_one(Resident, town.bob)).letters_about_notices = False
    await session.flush()
    assert await reach_of(town.water, "", session=session) == Reach(2, 1)
    (await session.get_one(Resident, town.alice)).blocked_at = now()
    await session.flush()
    assert await reach_of(town.water, "", session=session) == Reach(1, 0)


async def test_whole_addresses_are_found_in_any_case(session: AsyncSession) -> None:
    for address in (GARDEN, FOREST):
        for part in (address.upper(), address.lower(), address.replace("Ё", "Е")):
            [(holds,)] = await run(
                select_columns(address_holds(literal(address), literal(part))), session=session
            )
            assert holds, part
