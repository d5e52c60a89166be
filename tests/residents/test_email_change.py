"""Another e-mail: when both mailboxes have agreed, and never before."""

import asyncio
import re
from datetime import timedelta
from uuid import UUID

import pytest
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.audit.models import AuditRecord
from cabinet.database import unit_of_work
from cabinet.errors import Forbidden, NotFound
from cabinet.kit.dates import now
from cabinet.mydata import email as mydata_email
from cabinet.mydata.email import Came
from cabinet.residents import email_change
from cabinet.residents import service as residents
from cabinet.residents.errors import (
    LinkExpired,
    LinkUnknown,
    LinkUsed,
    NewMailboxFirst,
    SameEmail,
    WhyClosed,
    WrongCurrentPassword,
    WrongLogin,
)
from cabinet.residents.models import EmailChange, Resident, Role
from cabinet.residents.person import Person
from cabinet.support.models import Ticket
from cabinet.support.service import open_ticket

from .people import ADDRESS, ALICE, PASSWORD, confirmed, letters_to, resident, sign_up, signed_in

NEW = "anna@post.example"


@pytest.fixture
async def alice(session: AsyncSession) -> UUID:
    return await confirmed(session=session)


async def ask(who: UUID, email: str = NEW, password: str = PASSWORD, *, session: AsyncSession) -> None:
    await email_change.ask_for_change(
        who, email, password, session=session, device="Firefox/140 Linux", address=ADDRESS
    )


async def link_to(email: str, kind: str, *, session: AsyncSession) -> str:
    letters = [one for one in await letters_to(email, session=session) if one.kind == kind]
    found = re.search(r"token=([\w-]+)", letters[-1].text)
    assert found
    return found[1]


async def links(*, session: AsyncSession) -> tuple[str, str]:
    """Of the newest letters, to the new and to the old address."""
    return (
        await link_to(NEW, "email_confirm_new", session=session),
        await link_to(ALICE, "email_allow_old", session=session),
    )


async def address_of(who: UUID, *, session: AsyncSession) -> str:
    return (await residents.get_profile(who, session=session)).email


@pytest.mark.parametrize("first", ["new", "old"])
async def test_it_happens_when_both_have_agreed(session: AsyncSession, alice: UUID, first: str):
    token = await signed_in(session=session)
    here = await residents.person_behind(token)
    elsewhere = await signed_in(session=session)
    await ask(alice, session=session)
    new, old = await links(session=session)
    steps = [(mydata_email.agree_new, new), (mydata_email.agree_old, old)]
    [(agree_first, one), (agree_then, other)] = steps if first == "new" else steps[::-1]
    waits = Came.WAITS_FOR_OLD if first == "new" else Came.WAITS_FOR_NEW
    assert await agree_first(one, session=session) is waits
    assert await agree_first(one, session=session) is waits, "opened twice"
    assert await address_of(alice, session=session) == ALICE
    assert await agree_then(other, session=session, here=here) is Came.DONE
    assert await address_of(alice, session=session) == NEW
    row = await resident(NEW, session=session)
    assert NEW in row.search_key
    assert ALICE not in row.search_key
    assert await residents.person_behind(token), "the browser in which it was done"
    assert await residents.person_behind(elsewhere) is None
    with pytest.raises(WrongLogin):
        await signed_in(session=session)
    assert await signed_in(NEW, session=session)
    for email in (ALICE, NEW):
        assert (await letters_to(email, session=session))[-1].kind == "email_changed"
    with pytest.raises(LinkUsed):
        await agree_then(other, session=session)


async def test_links_in_the_old_mailbox_open_nothing_afterwards(session: AsyncSession, alice: UUID):
    await residents.ask_for_new_password(ALICE, session=session)
    reset = await link_to(ALICE, "reset_password", session=session)
    await ask(alice, session=session)
    new, old = await links(session=session)
    await mydata_email.agree_new(new, session=session)
    await mydata_email.agree_old(old, session=session)
    with pytest.raises(LinkUsed):
        await residents.set_new_password(reset, "meadow8", session=session)


async def test_the_password_is_asked_for_and_the_address_is_another(session: AsyncSession, alice: UUID):
    with pytest.raises(WrongCurrentPassword):
        await ask(alice, password="wrong77", session=session)
    with pytest.raises(SameEmail):
        await ask(alice, ALICE.upper(), session=session)
    assert await email_change.waiting_change(alice, session=session) is None


async def test_the_old_mailbox_stops_it(session: AsyncSession, alice: UUID):
    await ask(alice, session=session)
    new, old = await links(session=session)
    await mydata_email.agree_new(new, session=session)
    await email_change.refuse_change(old, session=session)
    for agree, token in ((mydata_email.agree_new, new), (mydata_email.agree_old, old)):
        with pytest.raises(LinkUsed):
            await agree(token, session=session)
    assert await address_of(alice, session=session) == ALICE


async def test_a_link_of_one_side_does_not_serve_for_the_other(session: AsyncSession, alice: UUID):
    await ask(alice, session=session)
    new, old = await links(session=session)
    with pytest.raises(LinkUnknown):
        await mydata_email.agree_new(old, session=session)
    with pytest.raises(LinkUnknown):
        await mydata_email.agree_old(new, session=session)
    with pytest.raises(LinkUnknown):
        await email_change.refuse_change(new, session=session)
    for agree in (mydata_email.agree_new, mydata_email.agree_old):
        with pytest.raises(LinkUnknown):
            await agree("", session=session)


async def test_after_a_day_it_is_over(session: AsyncSession, alice: UUID):
    await ask(alice, session=session)
    new, old = await links(session=session)
    await mydata_email.agree_new(new, session=session)
    await session.exec(update(EmailChange).values(expires_at=now() - timedelta(seconds=1)))
    with pytest.raises(LinkExpired):
        await mydata_email.agree_old(old, session=session)
    assert await email_change.waiting_change(alice, session=session) is None
    with pytest.raises(NotFound):
        await email_change.resend_change(alice, to_new=True, session=session)
    await ask(alice, session=session)
    assert await email_change.waiting_change(alice, session=session)


async def test_a_newer_wish_a_newer_letter_and_a_cancel_kill_the_links_before(
    session: AsyncSession, alice: UUID
):
    await ask(alice, session=session)
    first_new, first_old = await links(session=session)
    await ask(alice, session=session)
    for agree, token in ((mydata_email.agree_new, first_new), (mydata_email.agree_old, first_old)):
        with pytest.raises(LinkUsed):
            await agree(token, session=session)
    second_new, second_old = await links(session=session)
    await email_change.resend_change(alice, to_new=True, session=session)
    await email_change.resend_change(alice, to_new=False, session=session)
    for agree, token in ((mydata_email.agree_new, second_new), (mydata_email.agree_old, second_old)):
        with pytest.raises(LinkUnknown):
            await agree(token, session=session)
    new, _old = await links(session=session)
    await email_change.cancel_change(alice, session=session)
    with pytest.raises(LinkUsed):
        await mydata_email.agree_new(new, session=session)
    with pytest.raises(NotFound):
        await email_change.cancel_change(alice, session=session)


async def test_a_taken_address_tells_nothing_and_its_owner_is_told(session: AsyncSession, alice: UUID):
    await confirmed(NEW, session=session)
    await ask(alice, session=session)
    waiting = await email_change.waiting_change(alice, session=session)
    assert waiting
    assert (waiting.email, waiting.new_agreed, waiting.old_agreed) == (NEW, False, False)
    letter = (await letters_to(NEW, session=session))[-1]
    assert letter.kind == "email_taken"
    assert "token=" not in letter.text
    assert ALICE not in letter.text
    old = await link_to(ALICE, "email_allow_old", session=session)
    assert await mydata_email.agree_old(old, session=session) is Came.WAITS_FOR_NEW
    await email_change.resend_change(alice, to_new=True, session=session)
    assert [one.kind for one in await letters_to(NEW, session=session)][-2:] == ["email_taken"] * 2


async def test_the_letter_to_a_stranger_does_not_name_the_old_address(session: AsyncSession, alice: UUID):
    await ask(alice, session=session)
    [letter] = await letters_to(NEW, session=session)
    assert ALICE not in letter.text + letter.html


async def test_a_sign_up_that_nobody_confirmed_holds_no_address(session: AsyncSession, alice: UUID):
    await sign_up(NEW, session=session)
    await ask(alice, session=session)
    new, old = await links(session=session)
    await mydata_email.agree_old(old, session=session)
    assert await mydata_email.agree_new(new, session=session) is Came.DONE
    assert (await resident(NEW, session=session)).id == alice


async def test_who_signs_up_with_the_address_meanwhile_keeps_it(session: AsyncSession, alice: UUID):
    await ask(alice, session=session)
    new, old = await links(session=session)
    await mydata_email.agree_new(new, session=session)
    await confirmed(NEW, session=session)
    assert await mydata_email.agree_old(old, session=session) is Came.TAKEN
    assert await address_of(alice, session=session) == ALICE
    assert await signed_in(session=session)


async def test_of_two_who_want_one_address_one_gets_it(committed: str):
    async with unit_of_work() as session:
        people = [await confirmed(f"person{n}@mail.example", session=session) for n in range(2)]
    tokens: list[str] = []
    for n, who in enumerate(people):
        async with unit_of_work() as session:
            await ask(who, session=session)
        async with unit_of_work() as session:
            new = await link_to(NEW, "email_confirm_new", session=session)
            await mydata_email.agree_new(new, session=session)
            tokens.append(await link_to(f"person{n}@mail.example", "email_allow_old", session=session))

    async def agree(token: str) -> Came:
        async with unit_of_work() as session:
            return await mydata_email.agree_old(token, session=session)

    assert sorted(await asyncio.gather(*map(agree, tokens))) == [Came.DONE, Came.TAKEN]
    async with unit_of_work() as session:
        kept = list(await session.exec(select(Resident.email).order_by(col(Resident.email))))
    assert kept[0] == NEW
    assert kept[1] in {"person0@mail.example", "person1@mail.example"}


async def test_what_others_send_follows_to_the_new_address(session: AsyncSession, alice: UUID):
    ticket = await open_ticket(ALICE, "Вопрос", "Где чек?", [], alice, "ru", session=session)
    guest = await open_ticket(ALICE, "Гостем", "Где чек?", [], None, "ru", session=session)
    await ask(alice, session=session)
    new, old = await links(session=session)
    await mydata_email.agree_new(new, session=session)
    await mydata_email.agree_old(old, session=session)
    rows = await session.exec(select(Ticket.id, Ticket.email, Ticket.search_key))
    found = {ident: (email, key) for ident, email, key in rows}
    assert found[ticket.id][0] == NEW
    assert NEW in found[ticket.id][1]
    assert found[guest.id][0] == ALICE, "written without signing in: whoever it was"


async def staff(role: Role, *, session: AsyncSession) -> Person:
    await residents.create_staff(f"{role}@mail.example", PASSWORD, role, session=session)
    token = await signed_in(f"{role}@mail.example", session=session)
    person = await residents.person_behind(token)
    assert person
    return person


async def test_staff_help_who_lost_the_old_mailbox(session: AsyncSession, alice: UUID):
    helper, reader = [await staff(role, session=session) for role in (Role.SUPPORT, Role.AUDITOR)]
    lost = mydata_email.agree_for_lost_mailbox
    with pytest.raises(NotFound):
        await lost(alice, "Позвонила", by=helper, session=session)
    await ask(alice, session=session)
    new, _old = await links(session=session)
    with pytest.raises(NewMailboxFirst):
        await lost(alice, "Позвонила", by=helper, session=session)
    await mydata_email.agree_new(new, session=session)
    with pytest.raises(WhyClosed):
        await lost(alice, " \x00", by=helper, session=session)
    with pytest.raises(Forbidden):
        await lost(alice, "Позвонила", by=reader, session=session)
    with pytest.raises(Forbidden):
        await lost(reader.id, "Коллега", by=helper, session=session)
    assert await lost(alice, "Позвонила", by=helper, session=session, address=ADDRESS) is Came.DONE
    assert await address_of(alice, session=session) == NEW
    [row] = await session.exec(select(AuditRecord).where(AuditRecord.action == "agree_to_email"))
    assert (row.actor_id, row.subject_id, row.after) == (helper.id, str(alice), {"reason": "Позвонила"})
    assert (await letters_to(ALICE, session=session))[-1].kind == "email_changed"
