"""The life of a request: asked, answered, answered back, closed, opened again."""

from uuid import uuid4

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.errors import Forbidden, NotFound
from cabinet.residents.errors import TooLong
from cabinet.residents.models import Resident, Role
from cabinet.support import service as support
from cabinet.support.errors import (
    AccountNotYours,
    CannotAssign,
    LinkExpired,
    MessageMissing,
    SomethingNew,
)
from cabinet.support.models import Author, TicketState
from cabinet.support.service import ByLink, Draft
from tests.staff.conftest import audited
from tests.support.desk import SECRET, SupportDesk, agent, by_resident, kept


async def test_a_request_begins_as_its_first_message(desk: SupportDesk):
    ticket = await desk.ask()
    [message] = await desk.messages(ticket)
    assert (message.author, message.author_id, message.text) == (Author.RESIDENT, desk.alice, "Где чек?")
    assert [(step.state, step.author) for step in await desk.steps(ticket)] == [
        (TicketState.OPEN, Author.RESIDENT)
    ]
    [letter] = await desk.letters("ticket_received")
    assert f"/requests/{ticket.id}" in letter.text


async def test_it_is_about_an_account_of_ones_own_only(desk: SupportDesk):
    ticket = await desk.ask(account_id=desk.account)
    assert ticket.account_id == desk.account
    assert "37000001" in ticket.search_key
    with pytest.raises(AccountNotYours):
        await desk.ask(desk.bob, account_id=desk.account)


async def test_an_answer_is_read_in_the_cabinet_and_in_a_letter(desk: SupportDesk, session: AsyncSession):
    ticket = await desk.ask()
    desk.pass_time(hours=3)
    await desk.answer(ticket)
    assert (ticket.state, ticket.assignee_id) == (TicketState.ANSWERED, desk.dasha.id)
    assert ticket.first_answered_at is not None
    assert (ticket.first_answered_at - ticket.created_at).total_seconds() == pytest.approx(3 * 3600, abs=60)
    thread = await support.read_own(by_resident(desk.alice, ticket), session=session)
    assert [message.text for message in thread.messages] == ["Где чек?", "Чек пришёл."]
    [letter] = await desk.letters("ticket_answered")
    assert "Чек пришёл." in letter.text
    assert f"/requests/{ticket.id}" in letter.text
    assert len(await audited(session, "answer")) == 1


async def test_an_answer_is_unread_until_it_is_looked_at(desk: SupportDesk, session: AsyncSession):
    ticket = await desk.ask()
    assert await support.count_unread(desk.alice, session=session) == 0
    await desk.answer(ticket)
    [listed] = await support.list_own(desk.alice, session=session)
    assert (listed.number, listed.is_unread) == (ticket.number, True)
    await support.mark_seen(by_resident(desk.alice, ticket), session=session)
    assert await support.count_unread(desk.alice, session=session) == 0
    await desk.answer(ticket, "И ещё.")
    assert await support.count_unread(desk.alice, session=session) == 1


async def test_an_internal_note_reaches_nobody_outside(desk: SupportDesk, session: AsyncSession):
    ticket, asker = await desk.ask(), None
    file = await kept("note.png")
    await desk.note(ticket, files=(file,))
    await desk.answer(ticket)
    await desk.note(ticket)
    asker = by_resident(desk.alice, ticket)
    thread = await support.read_own(asker, session=session)
    assert SECRET not in repr(thread)
    assert [message.is_note for message in thread.messages] == [False, False]
    assert SECRET not in repr(await support.list_own(desk.alice, session=session))
    for kind in ("ticket_received", "ticket_answered"):
        for letter in await desk.letters(kind):
            assert SECRET not in letter.text + letter.html + letter.subject
    with pytest.raises(NotFound):
        await support.file_for_resident(file.id, desk.alice, session=session)
    assert (await support.file_for_staff(file.id, by=desk.egor, session=session)).name == "note.png"


async def test_a_note_changes_nobodys_turn_and_is_no_news(desk: SupportDesk, session: AsyncSession):
    ticket = await desk.ask()
    before = ticket.state_since
    await desk.note(ticket)
    await desk.fresh(ticket)
    assert (ticket.state, ticket.state_since, ticket.answered_at) == (TicketState.OPEN, before, None)
    [listed] = await support.list_own(desk.alice, session=session)
    assert listed.moved_at < (await desk.messages(ticket))[-1].created_at


async def test_writing_back_makes_it_staffs_turn(desk: SupportDesk, session: AsyncSession):
    ticket = await desk.ask()
    await desk.answer(ticket)
    where = await support.reply(by_resident(desk.alice, ticket), Draft("Нет, не пришёл."), session=session)
    assert (where.id, ticket.state) == (ticket.id, TicketState.OPEN)


async def test_who_writes_twice_has_waited_since_the_first_time(desk: SupportDesk, session: AsyncSession):
    ticket = await desk.ask()
    waits_since = ticket.state_since
    desk.pass_time(days=1)
    await support.reply(by_resident(desk.alice, ticket), Draft("Ау?"), session=session)
    assert ticket.state_since == waits_since


async def test_a_closed_request_is_opened_again_by_writing(desk: SupportDesk, session: AsyncSession):
    ticket = await desk.ask()
    await support.close_own(by_resident(desk.alice, ticket), session=session)
    assert ticket.closed_at is not None
    desk.pass_time(days=13)
    where = await support.reply(by_resident(desk.alice, ticket), Draft("Снова."), session=session)
    assert (where.id, ticket.state, ticket.closed_at) == (ticket.id, TicketState.OPEN, None)


async def test_after_that_a_new_request_refers_to_it(desk: SupportDesk, session: AsyncSession):
    ticket = await desk.ask(account_id=desk.account)
    await support.close_own(by_resident(desk.alice, ticket), session=session)
    desk.pass_time(days=15)
    asker, draft = by_resident(desk.alice, ticket), Draft("Снова.", form_key=uuid4())
    assert not (await support.read_own(asker, session=session)).can_reopen
    where = await support.reply(asker, draft, session=session)
    again = await support.reply(asker, draft, session=session)
    assert where.id == again.id != ticket.id
    assert (where.previous_id, where.account_id, where.subject) == (ticket.id, desk.account, ticket.subject)
    assert ticket.state is TicketState.CLOSED
    thread = await support.read_own(by_resident(desk.alice, where), session=session)
    assert thread.previous == (ticket.id, ticket.number)


@pytest.mark.parametrize("act", ["read", "reply", "close", "seen", "rate"])
async def test_a_strangers_request_does_not_exist(act: str, desk: SupportDesk, session: AsyncSession):
    ticket = await desk.ask()
    await desk.answer(ticket)
    asker = by_resident(desk.bob, ticket)
    acts = {
        "read": lambda: support.read_own(asker, session=session),
        "reply": lambda: support.reply(asker, Draft("Моё"), session=session),
        "close": lambda: support.close_own(asker, session=session),
        "seen": lambda: support.mark_seen(asker, session=session),
        "rate": lambda: support.rate(asker, 5, "", session=session),
    }
    with pytest.raises(NotFound):
        await acts[act]()


async def test_a_form_that_is_sent_twice_is_one_message(desk: SupportDesk, session: AsyncSession):
    ticket, key = await desk.ask(), uuid4()
    for _again in range(2):
        await support.answer(ticket.id, Draft("Ответ.", form_key=key), by=desk.dasha, session=session)
        await support.reply(
            by_resident(desk.alice, ticket), Draft("Вопрос.", form_key=desk.alice), session=session
        )
    assert [one.text for one in await desk.messages(ticket)] == ["Где чек?", "Ответ.", "Вопрос."]
    assert len(await desk.letters("ticket_answered")) == 1


async def test_a_colleagues_answer_in_between_stops_mine(desk: SupportDesk, session: AsyncSession):
    ticket = await desk.ask()
    [first] = await desk.messages(ticket)
    await desk.answer(ticket, seen=first.id)
    with pytest.raises(SomethingNew):
        await support.answer(ticket.id, Draft("Я тоже."), by=desk.egor, session=session, seen=first.id)
    assert len(await desk.messages(ticket)) == 2
    newest = await support.latest_message(ticket.id, session=session)
    assert newest is not None
    await support.answer(ticket.id, Draft("Я тоже."), by=desk.egor, session=session, seen=newest.id)
    assert len(await desk.messages(ticket)) == 3


async def test_ones_own_note_does_not(desk: SupportDesk):
    ticket = await desk.ask()
    [first] = await desk.messages(ticket)
    await desk.note(ticket)
    await desk.answer(ticket, seen=first.id)


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.CLERK, Role.RESIDENT])
async def test_who_may_not_answer_does_nothing(role: Role, desk: SupportDesk, session: AsyncSession):
    ticket = await desk.ask()
    who = desk.dasha.__class__(
        desk.bob, uuid4(), "x", "x", role, uuid4() if role is Role.CLERK else None, "ru"
    )
    for act in (
        support.answer(ticket.id, Draft("Ответ."), by=who, session=session),
        support.add_note(ticket.id, Draft("Заметка."), by=who, session=session),
        support.assign_ticket(ticket.id, desk.egor.id, by=who, session=session),
        support.move_ticket(ticket.id, TicketState.CLOSED, by=who, session=session),
    ):
        with pytest.raises(Forbidden):
            await act
    assert len(await desk.messages(ticket)) == 1


async def test_a_request_is_given_to_colleagues_only(desk: SupportDesk, session: AsyncSession):
    ticket = await desk.ask()
    await support.assign_ticket(ticket.id, desk.egor.id, by=desk.dasha, session=session)
    assert ticket.assignee_id == desk.egor.id
    await support.assign_ticket(ticket.id, None, by=desk.dasha, session=session)
    blocked = await session.get(Resident, desk.egor.id)
    assert blocked
    blocked.blocked_at = ticket.created_at
    await session.flush()
    auditor = await agent(session, "Аудитор", Role.AUDITOR)
    for who in (desk.egor.id, auditor.id, desk.alice, uuid4()):
        with pytest.raises(CannotAssign):
            await support.assign_ticket(ticket.id, who, by=desk.dasha, session=session)
    assert len(await audited(session, "assign")) == 2


async def test_a_text_that_says_nothing_or_too_much_is_refused(desk: SupportDesk, session: AsyncSession):
    ticket = await desk.ask()
    for text, error in ((" \n\x00", MessageMissing), ("ы" * 5001, TooLong)):
        with pytest.raises(error):
            await desk.answer(ticket, text)
        with pytest.raises(error):
            await support.reply(by_resident(desk.alice, ticket), Draft(text), session=session)


async def test_an_answer_that_closes_is_one_letter(desk: SupportDesk, session: AsyncSession):
    ticket = await desk.ask()
    await desk.answer(ticket, closes=True)
    assert ticket.state is TicketState.CLOSED
    assert len(await desk.letters("ticket_answered")) == 1
    assert not await desk.letters("ticket_closed")
    thread = await support.read_own(by_resident(desk.alice, ticket), session=session)
    assert thread.closed_by is Author.STAFF


async def test_closing_without_an_answer_writes_a_letter(desk: SupportDesk, session: AsyncSession):
    ticket = await desk.ask()
    await support.move_ticket(ticket.id, TicketState.CLOSED, by=desk.dasha, session=session)
    await support.move_ticket(ticket.id, TicketState.CLOSED, by=desk.dasha, session=session)
    assert len(await desk.letters("ticket_closed")) == 1
    assert [(one.before, one.after) for one in await audited(session, "edit")] == [
        ({"state": "open"}, {"state": "closed"})
    ]


async def test_other_words_by_the_same_form_are_another_message(desk: SupportDesk, session: AsyncSession):
    ticket, key = await desk.ask(), uuid4()
    for text in ("Ответ.", "Другой ответ.", "Другой ответ."):
        await support.answer(ticket.id, Draft(text, form_key=key), by=desk.dasha, session=session)
    texts = [one.text for one in await desk.messages(ticket)]
    assert texts[:3] == ["Где чек?", "Ответ.", "Другой ответ."]


# Guests


async def test_a_guest_reads_and_answers_by_the_link_of_the_letter(desk: SupportDesk, session: AsyncSession):
    ticket = await desk.guest_asks()
    [received] = await desk.letters("ticket_received")
    assert "token=" not in received.text, "the mailbox may be somebody else's"
    await desk.answer(ticket)
    guest = ByLink(await desk.token_for(ticket))
    thread = await support.read_own(guest, session=session)
    assert (thread.id, [one.text for one in thread.messages]) == (ticket.id, ["Вопрос.", "Чек пришёл."])
    await support.reply(guest, Draft("Спасибо."), session=session)
    assert [one.author for one in await desk.messages(ticket)] == [Author.GUEST, Author.STAFF, Author.GUEST]
    await support.close_own(guest, session=session)
    await support.rate(guest, 4, "", session=session)


async def test_the_link_is_kept_as_a_hash_and_opens_one_thread(desk: SupportDesk, session: AsyncSession):
    mine, other = await desk.guest_asks(), await desk.guest_asks("Другой гость")
    await desk.answer(mine)
    guest = ByLink(await desk.token_for(mine))
    assert (await support.read_own(guest, session=session)).id != other.id
    for wrong in ("", guest.token[:-1], "ы"):
        with pytest.raises(LinkExpired):
            await support.read_own(ByLink(wrong), session=session)


async def test_the_link_ends_thirty_days_after_closing(desk: SupportDesk, session: AsyncSession):
    ticket = await desk.guest_asks()
    await desk.answer(ticket)
    guest = ByLink(await desk.token_for(ticket))
    desk.pass_time(days=100)
    assert (await support.read_own(guest, session=session)).id == ticket.id
    await support.close_own(guest, session=session)
    desk.pass_time(days=29)
    await support.forget_links(session=session)
    assert (await support.read_own(guest, session=session)).id == ticket.id
    desk.pass_time(days=2)
    with pytest.raises(LinkExpired):
        await support.read_own(guest, session=session)
    await support.forget_links(session=session)
    with pytest.raises(LinkExpired):
        await support.reply(guest, Draft("Ау"), session=session)


async def test_a_guests_link_does_not_open_notes(desk: SupportDesk, session: AsyncSession):
    ticket = await desk.guest_asks()
    file = await kept("note.png")
    await desk.note(ticket, files=(file,))
    await desk.answer(ticket)
    token = await desk.token_for(ticket)
    assert SECRET not in repr(await support.read_own(ByLink(token), session=session))
    with pytest.raises(NotFound):
        await support.file_by_link(file.id, token, session=session)
