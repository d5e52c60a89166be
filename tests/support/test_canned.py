"""Answers kept ready."""

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.errors import BadFields, Forbidden, NotFound
from cabinet.residents.models import Role
from cabinet.support.canned import (
    CannedValues,
    fill_places,
    get_canned,
    list_canned,
    save_canned,
    text_in,
    withdraw_canned,
)
from tests.staff.conftest import audited
from tests.support.desk import SupportDesk, agent

VALUES = CannedValues("Чек", "Здравствуйте, {name}! № {number}.", "Hello, {name}!")


async def test_they_are_kept_changed_and_withdrawn_with_an_audit(desk: SupportDesk, session: AsyncSession):
    canned_id = await save_canned(None, VALUES, by=desk.dasha, session=session)
    await save_canned(canned_id, CannedValues("Чеки", "Текст"), by=desk.egor, session=session)
    assert [one.title for one in await list_canned(session=session)] == ["Чеки"]
    await withdraw_canned(canned_id, by=desk.egor, session=session)
    assert await list_canned(session=session) == []
    with pytest.raises(NotFound):
        await get_canned(canned_id, session=session)
    [change] = await audited(session, "edit")
    assert (change.before["title"], change.after["title"]) == ("Чек", "Чеки")
    assert len(await audited(session, "create") + await audited(session, "withdraw")) == 2


async def test_auditors_keep_none(desk: SupportDesk, session: AsyncSession):
    with pytest.raises(Forbidden):
        await save_canned(None, VALUES, by=await agent(session, "А", Role.AUDITOR), session=session)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        (CannedValues("", "Текст"), "title"),
        (CannedValues("Чек", ""), "text_ru"),
        (CannedValues("Ч" * 101, "Текст"), "title"),
        (CannedValues("Чек", "Т" * 4001), "text_ru"),
        (CannedValues("Чек", "Здравствуйте, {имя}"), "text_ru"),
    ],
)
async def test_bad_ones_are_refused_at_their_field(
    values: CannedValues, field: str, desk: SupportDesk, session: AsyncSession
):
    with pytest.raises(BadFields) as refused:
        await save_canned(None, values, by=desk.dasha, session=session)
    assert list(refused.value.problems) == [field]


async def test_places_are_filled_and_unknown_ones_stay(desk: SupportDesk, session: AsyncSession):
    canned = await get_canned(
        await save_canned(None, VALUES, by=desk.dasha, session=session), session=session
    )
    assert fill_places(text_in(canned, "ru"), {"name": "Анна {number}", "number": ""}) == (
        "Здравствуйте, Анна {number}! № {number}."
    )
    assert fill_places(text_in(canned, "en"), {"name": "Anna"}) == "Hello, Anna!"
