"""Marks: once for each closing, changeable for a week; and the figures of the desk."""

from datetime import timedelta

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.residents.errors import TooLong
from cabinet.support import service as support
from cabinet.support.errors import NotToRate, ScoreMissing
from cabinet.support.models import TicketState
from cabinet.support.service import Draft
from tests.support.desk import SupportDesk, by_resident


async def test_a_closed_request_is_rated_and_the_mark_changed_for_a_week(
    desk: SupportDesk, session: AsyncSession
):
    ticket = await desk.ask()
    asker = by_resident(desk.alice, ticket)
    with pytest.raises(NotToRate):
        await support.rate(asker, 5, "", session=session)
    await support.close_own(asker, session=session)
    await support.rate(asker, 2, "  Долго \n ждали ", session=session)
    desk.pass_time(days=6)
    await support.rate(asker, 4, "Разобрались", session=session)
    found = await support.rating_of(asker, session=session)
    assert found is not None
    assert (found.score, found.words, found.is_final) == (4, "Разобрались", False)
    desk.pass_time(days=1, minutes=1)
    with pytest.raises(NotToRate):
        await support.rate(asker, 5, "", session=session)


async def test_each_closing_has_a_mark_of_its_own(desk: SupportDesk, session: AsyncSession):
    ticket = await desk.ask()
    asker = by_resident(desk.alice, ticket)
    await support.close_own(asker, session=session)
    await support.rate(asker, 1, "", session=session)
    await support.reply(asker, Draft("Ещё."), session=session)
    assert await support.rating_of(asker, session=session) is None
    await support.close_own(asker, session=session)
    await support.rate(asker, 5, "", session=session)
    figures = await support.desk_figures(session=session)
    assert (figures.rating, figures.ratings) == (3.0, 2)


@pytest.mark.parametrize("score", [0, 6, -1])
async def test_only_marks_from_one_to_five(score: int, desk: SupportDesk, session: AsyncSession):
    ticket = await desk.ask()
    asker = by_resident(desk.alice, ticket)
    await support.close_own(asker, session=session)
    with pytest.raises(ScoreMissing):
        await support.rate(asker, score, "", session=session)
    with pytest.raises(TooLong):
        await support.rate(asker, 5, "ы" * 501, session=session)


async def test_the_figures_of_the_desk(desk: SupportDesk, session: AsyncSession):
    assert (await support.desk_figures(session=session)).first_answer is None
    for hours in (1, 2, 10):
        ticket = await desk.ask()
        desk.pass_time(hours=hours)
        await desk.answer(ticket)
    await desk.ask()
    desk.pass_time(hours=5)
    figures = await support.desk_figures(session=session)
    assert figures.open_now == 1
    assert round((figures.first_answer or timedelta()) / timedelta(hours=1), 1) == 2.0
    assert round((figures.longest_wait or timedelta()) / timedelta(hours=1), 1) == 5.0
    desk.pass_time(days=31)
    assert (await support.desk_figures(session=session)).first_answer is None


async def test_the_time_in_each_state_is_known(desk: SupportDesk, session: AsyncSession):
    ticket = await desk.ask()
    desk.pass_time(hours=2)
    await desk.answer(ticket)
    desk.pass_time(hours=3)
    await support.reply(by_resident(desk.alice, ticket), Draft("Ещё."), session=session)
    desk.pass_time(hours=4)
    await support.move_ticket(ticket.id, TicketState.CLOSED, by=desk.dasha, session=session)
    desk.pass_time(hours=50)
    times = await support.time_in_states(ticket.id, session=session)
    hours = {state: round(time / timedelta(hours=1), 1) for state, time in times.items()}
    assert hours == {TicketState.OPEN: 6.0, TicketState.ANSWERED: 3.0, TicketState.CLOSED: 0.0}
