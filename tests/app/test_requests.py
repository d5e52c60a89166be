"""What a tab is told of a request: the conversation, to who asked; internal notes to nobody."""

from uuid import UUID, uuid4

import pytest
from sqlmodel import select

from cabinet.database import unit_of_work
from cabinet.mail.models import Letter
from cabinet.portal.requests import state
from cabinet.residents.models import Role
from cabinet.residents.person import Person
from cabinet.support import service as support
from cabinet.support.service import Draft
from tests.app.house import Guest, House, Signed
from tests.app.test_handlers import full_name

NOTE, ANSWER = "NOTE-FOR-COLLEAGUES", "Your receipt is here."


@pytest.fixture(scope="module")
def alice(house: House) -> Signed:
    return house.move_in("alice")


@pytest.fixture(scope="module")
def agent(house: House) -> Person:
    who = house.move_in("agent", Role.SUPPORT)
    return Person(who.id, uuid4(), who.email, "Dasha", Role.SUPPORT, None, "ru")


async def _ask(who: Signed | None, agent: Person) -> UUID:
    email = who.email if who else "guest@mail.example"
    async with unit_of_work() as session:
        ticket = await support.open_ticket(
            email, "Receipt", "Where is it?", [], who.id if who else None, "en", session=session
        )
        await support.add_note(ticket.id, Draft(NOTE), by=agent, session=session)
        await support.answer(ticket.id, Draft(ANSWER), by=agent, session=session)
        await support.add_note(ticket.id, Draft(NOTE), by=agent, session=session)
    return ticket.id


async def _answer_again(ticket_id: UUID, agent: Person) -> None:
    async with unit_of_work() as session:
        await support.answer(ticket_id, Draft("One more thing."), by=agent, session=session)


async def _token() -> str:
    async with unit_of_work() as session:
        letters = await session.exec(select(Letter.text).where(Letter.recipient == "guest@mail.example"))
        return next(text for text in letters if "token=" in text).partition("token=")[2].split()[0]


def test_who_asked_is_told_the_conversation_without_notes(house: House, alice: Signed, agent: Person):
    ticket_id = house.run(_ask, alice, agent)
    with house.tab(alice, "/en/requests") as tab:
        listed = tab.boot()
    assert [row["is_unread"] for row in listed.var("requests_state", "rows")] == [True]
    with house.tab(alice, f"/en/requests/{ticket_id}") as tab:
        booted = tab.boot()
        said = booted.text + tab.call(full_name("request_state.close")).text
    assert [one["text"] for one in booted.var("____request_state", "card")["messages"]] == [
        "Where is it?",
        ANSWER,
    ]
    assert NOTE not in said + listed.text
    assert "Dasha" not in said
    with house.tab(alice, "/en/requests") as tab:
        assert [row["is_unread"] for row in tab.boot().var("requests_state", "rows")] == [False]


def test_an_open_page_shows_a_new_answer_by_itself(
    house: House, alice: Signed, agent: Person, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(state, "PAUSES", (0.1,) * 100)
    ticket_id = house.run(_ask, alice, agent)
    with house.tab(alice, f"/en/requests/{ticket_id}") as tab:
        tab.boot()
        house.run(_answer_again, ticket_id, agent)
        card = tab.waits_for_news("____request_state", "card")
    assert card["messages"][-1]["text"] == "One more thing."


def test_closing_and_rating_on_the_page(house: House, alice: Signed, agent: Person):
    ticket_id = house.run(_ask, alice, agent)
    with house.tab(alice, f"/en/requests/{ticket_id}") as tab:
        tab.boot()
        closed = tab.call(full_name("request_state.close"))
        assert closed.var("____request_state", "card")["is_closed"]
        for score in ("", "9", "12", "five"):
            wrong = tab.call(full_name("request_state.rate"), form={"score": score})
            assert wrong.var("____request_state", "problem") == "Choose a mark from 1 to 5." or score != ""
        rated = tab.call(full_name("request_state.rate"), form={"score": "4", "words": "Fine"})
        card = rated.var("____request_state", "card")
        assert (card["score"], card["words"]) == ("4", "Fine")


def test_a_guest_is_told_what_the_token_opens_and_no_more(house: House, agent: Person):
    ticket_id = house.run(_ask, None, agent)
    token = house.run(_token)
    with house.tab(Guest(), f"/en/requests/guest?token={token}") as tab:
        booted = tab.boot()
        said = booted.text + tab.call(full_name("guest_request_state.close")).text
        said += tab.call(full_name("guest_request_state.rate"), form={"score": "5", "words": ""}).text
    assert [one["text"] for one in booted.var("guest_request_state", "card")["messages"]] == [
        "Where is it?",
        ANSWER,
    ]
    assert NOTE not in said
    for page in (
        "/en/requests/guest?token=x",
        "/en/requests/guest",
        f"/en/requests/{ticket_id}?token={token}",
    ):
        with house.tab(Guest(), page) as tab:
            answer = tab.boot()
        assert ANSWER not in answer.text


def test_a_signed_in_stranger_finds_nothing(house: House, alice: Signed, agent: Person):
    ticket_id = house.run(_ask, alice, agent)
    with house.tab(house.move_in("mallory"), f"/en/requests/{ticket_id}") as tab:
        answer = tab.boot()
    assert answer.var("____request_state", "found") is False
    assert "Where is it?" not in answer.text
