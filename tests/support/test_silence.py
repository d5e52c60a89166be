"""What is answered and meets silence is closed, with a letter beforehand."""

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.settings import settings
from cabinet.support import service as support
from cabinet.support.jobs import close_silent_requests
from cabinet.support.models import Author, TicketState
from cabinet.support.service import Draft
from tests.support.desk import SupportDesk, by_resident

SILENCE, WARNING = settings.support_silence_days, settings.support_warning_days


async def day_by_day(desk: SupportDesk, days: int) -> None:
    for _day in range(days):
        desk.pass_time(days=1)
        await close_silent_requests(0)


async def test_a_letter_comes_first_then_it_is_closed(desk: SupportDesk):
    ticket = await desk.ask()
    await desk.answer(ticket)
    await day_by_day(desk, SILENCE - WARNING - 1)
    assert not await desk.letters("ticket_closing")
    await day_by_day(desk, 1)
    assert len(await desk.letters("ticket_closing")) == 1
    await day_by_day(desk, WARNING - 1)
    assert (await desk.fresh(ticket)).state is TicketState.ANSWERED
    await day_by_day(desk, 1)
    assert (await desk.fresh(ticket)).state is TicketState.CLOSED
    assert (await desk.steps(ticket))[-1].author is Author.CLOCK
    await day_by_day(desk, 2)
    assert (len(await desk.letters("ticket_closing")), len(await desk.letters("ticket_closed"))) == (1, 1)


@pytest.mark.parametrize("who", ["resident", "staff"])
async def test_a_word_begins_the_silence_anew(who: str, desk: SupportDesk, session: AsyncSession):
    ticket = await desk.ask()
    await desk.answer(ticket)
    await day_by_day(desk, SILENCE - 1)
    if who == "resident":
        await support.reply(by_resident(desk.alice, ticket), Draft("Ещё думаю."), session=session)
    await desk.answer(ticket, "Ждём.")
    await day_by_day(desk, SILENCE - WARNING - 1)
    assert (await desk.fresh(ticket)).state is TicketState.ANSWERED
    assert len(await desk.letters("ticket_closing")) == 1
    await day_by_day(desk, WARNING + 1)
    assert (await desk.fresh(ticket)).state is TicketState.CLOSED
    assert len(await desk.letters("ticket_closing")) == 2


async def test_what_waits_for_staff_is_never_closed(desk: SupportDesk):
    ticket = await desk.ask()
    await day_by_day(desk, SILENCE * 2)
    assert (await desk.fresh(ticket)).state is TicketState.OPEN
    assert not await desk.letters("ticket_closing")


async def test_after_an_outage_nobody_is_closed_without_the_letter(desk: SupportDesk):
    ticket = await desk.ask()
    await desk.answer(ticket)
    desk.pass_time(days=SILENCE * 3)
    await close_silent_requests(0)
    assert (await desk.fresh(ticket)).state is TicketState.ANSWERED
    await day_by_day(desk, WARNING)
    assert (await desk.fresh(ticket)).state is TicketState.CLOSED
