from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.errors import Forbidden, NotFound
from cabinet.kit.dates import now
from cabinet.notices.errors import BadNotice, NoticeWithdrawn
from cabinet.notices.models import Notice, NoticeKind
from cabinet.notices.service import notices_for
from cabinet.notices.writing import NoticeValues, save_notice, withdraw_notice
from cabinet.residents.models import Role
from tests.notices.conftest import Town, staff
from tests.staff.conftest import audited


def values(town: Town, **more: Any) -> NoticeValues:
    moment = now()
    good = NoticeValues(
        town.water, NoticeKind.NEWS, "Новый телефон", "Звоните.", moment, moment + timedelta(days=7)
    )
    return replace(good, **more)


async def test_a_notice_is_written_changed_and_withdrawn_with_a_record(
    session: AsyncSession, town: Town
) -> None:
    clerk = staff(Role.CLERK, town.water, town.carol)
    written = await save_notice(None, values(town), by=clerk, session=session, address="192.0.2.7")
    await save_notice(
        written, values(town, title_ru="Другой"), by=clerk, session=session, address="192.0.2.8"
    )
    assert [one.title_ru for one in await notices_for(town.alice, session=session)] == ["Другой"]
    await withdraw_notice(written, by=clerk, session=session, address="192.0.2.9")
    assert await notices_for(town.alice, session=session) == []
    [made], [changed], [gone] = [await audited(session, one) for one in ("create", "edit", "withdraw")]
    assert [one.address for one in (made, changed, gone)] == ["192.0.2.7", "192.0.2.8", "192.0.2.9"]
    assert changed.before["title_ru"] == "Новый телефон"
    assert changed.after["title_ru"] == "Другой"
    assert {one.actor_id for one in (made, changed, gone)} == {town.carol}
    with pytest.raises(NoticeWithdrawn):
        await save_notice(written, values(town), by=clerk, session=session)


async def test_a_clerk_speaks_for_the_own_provider_only(session: AsyncSession, town: Town) -> None:
    boss, clerk = staff(Role.ADMINISTRATOR, None, town.bob), staff(Role.CLERK, town.gas, town.carol)
    for provider_id in (town.water, None):
        with pytest.raises(Forbidden):
            await save_notice(None, values(town, provider_id=provider_id), by=clerk, session=session)
    written = await save_notice(None, values(town), by=boss, session=session)
    with pytest.raises(NotFound):
        await save_notice(written, values(town, provider_id=town.gas), by=clerk, session=session)
    with pytest.raises(NotFound):
        await withdraw_notice(written, by=clerk, session=session)
    with pytest.raises(NotFound):
        await withdraw_notice(uuid4(), by=boss, session=session)
    for act in (save_notice(None, values(town), by=staff(Role.RESIDENT), session=session),):
        with pytest.raises(Forbidden):
            await act


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"title_ru": ""}, "title_ru"),
        ({"text_ru": ""}, "text_ru"),
        ({"title_en": "New phone"}, "text_en"),
        ({"text_en": "Call us."}, "title_en"),
        ({"title_ru": "а" * 121}, "title_ru"),
        ({"text_ru": "а" * 4001}, "text_ru"),
        ({"address_part": "а" * 121}, "address_part"),
        ({"kind": NoticeKind.OUTAGE}, "happens_from"),
        ({"happens_until": now()}, "happens_from"),
        ({"happens_from": now(), "happens_until": now() - timedelta(hours=1)}, "happens_until"),
        ({"shown_until": now() - timedelta(days=1)}, "shown_until"),
    ],
)
async def test_a_mistake_is_said_at_its_field(
    session: AsyncSession, town: Town, wrong: dict[str, Any], field: str
) -> None:
    with pytest.raises(BadNotice) as raised:
        await save_notice(None, values(town, **wrong), by=staff(Role.ADMINISTRATOR), session=session)
    assert list(raised.value.problems) == [field]
    assert raised.value.message()


async def test_the_longest_texts_fit(session: AsyncSession, town: Town) -> None:
    long = values(town, title_ru="Ё" * 120, text_ru="ё" * 4000, address_part="я" * 120)
    boss = staff(Role.ADMINISTRATOR, None, town.bob)
    written = await save_notice(None, long, by=boss, session=session)
    assert (await session.get_one(Notice, written)).text_ru == "ё" * 4000
