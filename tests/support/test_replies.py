"""Answers of who asked, as their browsers send them; files of threads; nobody else's."""

from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.residents.models import Resident
from cabinet.settings import settings
from cabinet.support import service as support
from cabinet.support.models import Ticket, TicketState
from cabinet.support.service import Draft
from tests.staff.conftest import sign_in
from tests.support.conftest import PNG, Form, kept_files, messages, tickets
from tests.support.desk import SECRET, SupportDesk, kept


async def signed(form: Form, desk: SupportDesk, who: Any) -> None:
    row = await desk.session.get(Resident, who)
    assert row
    row.confirmed_at = row.confirmed_at or row.created_at
    form.client.cookies.set("sid", await sign_in(desk.session, row))


async def reply(
    form: Form,
    address: str,
    *attached: tuple[str, bytes],
    headers: dict[str, str] | None = None,
    **fields: str,
) -> httpx.Response:
    parts: list[Any] = [(name, (None, value)) for name, value in {"locale": "ru", **fields}.items()]
    parts += [("files", file) for file in attached]
    sent = {"origin": settings.public_url, "accept": "application/json", **(headers or {})}
    return await form.client.post(address, files=parts, headers=sent)


def address_of(ticket: Ticket) -> str:
    return f"/api/requests/{ticket.id}/reply"


async def test_a_resident_answers_with_a_file(form: Form, desk: SupportDesk, session: AsyncSession):
    ticket = await desk.ask()
    await desk.answer(ticket)
    await signed(form, desk, desk.alice)
    response = await reply(form, address_of(ticket), ("чек.png", PNG), message="Вот он.", key=str(uuid4()))
    assert response.json() == {"go": f"/requests/{ticket.id}?sent={ticket.number}"}
    [file] = await kept_files(session)
    last = (await messages(session))[-1]
    assert (last.text, file.message_id) == ("Вот он.", last.id)
    assert (await desk.fresh(ticket)).state is TicketState.OPEN
    downloaded = await form.client.get(f"/api/files/{file.id}")
    assert (downloaded.status_code, downloaded.content) == (200, PNG)
    assert downloaded.headers["content-disposition"].startswith("attachment")


async def test_an_english_page_leads_to_an_english_page(form: Form, desk: SupportDesk):
    ticket = await desk.ask()
    await signed(form, desk, desk.alice)
    response = await reply(form, address_of(ticket), message="Hi.", locale="en")
    assert response.json()["go"].startswith("/en/requests/")


@pytest.mark.parametrize("who", ["stranger", "guest"])
async def test_others_write_nothing_into_it(who: str, form: Form, desk: SupportDesk, session: AsyncSession):
    ticket = await desk.ask()
    if who == "stranger":
        await signed(form, desk, desk.bob)
    for address in (address_of(ticket), f"/api/requests/{uuid4()}/reply"):
        assert (await reply(form, address, message="Моё.")).status_code == 404
    assert len(await messages(session)) == 1


async def test_a_form_from_elsewhere_is_refused(form: Form, desk: SupportDesk, session: AsyncSession):
    ticket = await desk.ask()
    await signed(form, desk, desk.alice)
    foreign = {"origin": "https://evil.example"}
    assert (await reply(form, address_of(ticket), message="Моё.", headers=foreign)).status_code == 403
    assert len(await messages(session)) == 1


async def test_nothing_and_too_much_are_said_at_the_field(form: Form, desk: SupportDesk):
    ticket = await desk.ask()
    await signed(form, desk, desk.alice)
    for message in (" ", "ы" * 5001):
        response = await reply(form, address_of(ticket), message=message)
        assert (response.status_code, list(response.json()["errors"])) == (422, ["message"])
    refused = await reply(form, address_of(ticket), ("virus.png", b"MZ\x90\x00\x03"), message="Вот.")
    assert "virus.png" in refused.json()["errors"]["files"]


async def test_the_same_form_twice_is_one_message(form: Form, desk: SupportDesk, session: AsyncSession):
    ticket = await desk.ask()
    await signed(form, desk, desk.alice)
    key = str(uuid4())
    for _again in range(2):
        assert (await reply(form, address_of(ticket), message="Раз.", key=key)).status_code == 200
    assert len(await messages(session)) == 2


async def test_a_new_request_sent_twice_is_one(form: Form, desk: SupportDesk, session: AsyncSession):
    key = str(uuid4())
    ways = [(await form.send(key=key)).json() for _again in range(2)]
    assert ways[0] == ways[1]
    assert len(await tickets(session)) == 1
    await form.send(key=key, message="Другое.")
    assert len(await tickets(session)) == 2


async def test_a_new_request_names_ones_own_account_only(
    form: Form, desk: SupportDesk, session: AsyncSession
):
    for who, status in ((None, 422), (desk.bob, 422), (desk.alice, 200)):
        if who:
            await signed(form, desk, who)
        response = await form.send(account=str(desk.account))
        assert response.status_code == status
        assert status == 200 or "account" in response.json()["errors"]
    assert [ticket.account_id for ticket in await tickets(session)] == [desk.account]


async def test_thirty_answers_an_hour(form: Form, desk: SupportDesk):
    ticket = await desk.ask()
    await signed(form, desk, desk.alice)
    statuses = [(await reply(form, address_of(ticket), message="")).status_code for _again in range(31)]
    assert statuses == [422] * 30 + [429]


# Guests


async def test_a_guest_answers_by_the_token_of_the_letter(
    form: Form, desk: SupportDesk, session: AsyncSession
):
    ticket = await desk.guest_asks()
    await desk.answer(ticket)
    token = await desk.token_for(ticket)
    response = await reply(
        form, "/api/requests/guest/reply", ("чек.png", PNG), message="Вот.", token=token, locale="en"
    )
    assert response.json() == {"go": f"/en/requests/guest?token={token}&sent={ticket.number}"}
    [file] = await kept_files(session)
    assert (await form.client.get(f"/api/files/{file.id}", params={"token": token})).content == PNG
    for wrong in ("", "x" * 43):
        assert (await form.client.get(f"/api/files/{file.id}", params={"token": wrong})).status_code in (
            403,
            404,
        )


async def test_a_wrong_token_writes_nothing(form: Form, desk: SupportDesk, session: AsyncSession):
    ticket = await desk.guest_asks()
    await desk.answer(ticket)
    response = await reply(form, "/api/requests/guest/reply", message="Я.", token="nonsense", locale="en")
    assert response.status_code == 422
    assert "does not work any more" in response.json()["message"]
    assert len(await messages(session)) == 2


async def test_a_guests_token_opens_no_file_of_another_thread(
    form: Form, desk: SupportDesk, session: AsyncSession
):
    mine, other = await desk.guest_asks(), await desk.guest_asks("Другой")
    await desk.answer(mine)
    token = await desk.token_for(mine)
    file = await kept()
    await support.answer(other.id, Draft("Файл.", [file]), by=desk.dasha, session=session)
    assert (await form.client.get(f"/api/files/{file.id}", params={"token": token})).status_code == 404


async def test_a_file_of_a_note_is_nobodys_outside(form: Form, desk: SupportDesk):
    ticket, guests = await desk.ask(), await desk.guest_asks()
    file, other = await kept(f"{SECRET}.png"), await kept(f"{SECRET}.png")
    await desk.note(ticket, files=(file,))
    await desk.note(guests, files=(other,))
    await desk.answer(guests)
    token = await desk.token_for(guests)
    await signed(form, desk, desk.alice)
    answers = [
        await form.client.get(f"/api/files/{file.id}"),
        await form.client.get(f"/api/files/{other.id}", params={"token": token}),
        await form.client.get(f"/api/files/{uuid4()}"),
    ]
    assert [answer.status_code for answer in answers] == [404] * 3
    assert SECRET not in "".join(answer.text + str(answer.headers) for answer in answers)


async def test_a_name_cannot_break_out_of_the_header(form: Form, desk: SupportDesk, session: AsyncSession):
    ticket = await desk.ask()
    await signed(form, desk, desk.alice)
    await reply(form, address_of(ticket), ('a".html\r\nX-Evil: 1', PNG), message="Вот.")
    [file] = await kept_files(session)
    downloaded = await form.client.get(f"/api/files/{file.id}")
    assert "x-evil" not in downloaded.headers
    assert downloaded.headers["content-type"] == "image/png"
