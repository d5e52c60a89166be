from pathlib import Path

import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.types import Message

from cabinet.http.support import HONEYPOT
from cabinet.http.uploads import limited
from cabinet.mail.models import Letter
from cabinet.settings import settings
from cabinet.support import letters
from cabinet.support.errors import RequestTooLarge
from tests.staff.conftest import person, sign_in
from tests.support.conftest import PNG, Form, contents, is_private, kept_files, messages, tickets


async def test_a_guest_is_answered_with_a_number_and_a_letter(form: Form, session: AsyncSession) -> None:
    response = await form.send()
    (ticket,) = await tickets(session)
    assert response.json() == {"go": f"/support?ticket={ticket.number}"}
    assert (ticket.email, ticket.subject) == ("Bob@mail.example", "Не пришёл чек")
    assert [message.text for message in await messages(session)] == ["Где чек?\nЖду."]
    assert ticket.resident_id is None
    assert ticket.search_key == f"{ticket.number} bob@mail.example не пришел чек"
    letter = (await session.exec(select(Letter))).one()
    assert letter.recipient == "Bob@mail.example"
    assert str(ticket.number) in letter.subject
    assert "Не пришёл чек" in letter.text


async def test_an_english_page_is_answered_in_english(form: Form, session: AsyncSession) -> None:
    response = await form.send(locale="en")
    (ticket,) = await tickets(session)
    assert response.json() == {"go": f"/en/support?ticket={ticket.number}"}
    assert (await session.exec(select(Letter.locale))).one() == "en"


async def test_a_resident_is_remembered(form: Form, session: AsyncSession) -> None:
    alice = person("alice")
    session.add(alice)
    await session.commit()
    form.client.cookies.set("sid", await sign_in(session, alice))
    response = await form.send()
    (ticket,) = await tickets(session)
    assert ticket.resident_id == alice.id
    assert response.json() == {"go": f"/requests/{ticket.id}?sent={ticket.number}"}


async def test_every_wrong_field_says_so(form: Form, session: AsyncSession) -> None:
    response = await form.send(email="bob", subject=" ", message="")
    assert response.status_code == 422
    assert set(response.json()["errors"]) == {"email", "subject", "message"}
    assert not await tickets(session)


@pytest.mark.parametrize(("field", "length"), [("subject", 201), ("message", 5001)])
async def test_a_text_that_is_too_long_is_said_to_be(
    field: str, length: int, form: Form, session: AsyncSession
) -> None:
    assert set((await form.write({field: "ы" * length})).json()["errors"]) == {field}
    assert (await form.write({field: "ы" * (length - 1)})).status_code == 200


async def test_signs_that_the_database_cannot_hold_are_dropped(form: Form, session: AsyncSession) -> None:
    assert (await form.send(message="a\x00b")).status_code == 200
    assert [message.text for message in await messages(session)] == ["ab"]


async def test_our_letter_carries_no_stranger_link(form: Form, session: AsyncSession) -> None:
    await form.send(subject="Приз на https://evil.example/x и evil.ru тут")
    letter = (await session.exec(select(Letter))).one()
    assert "evil" not in letter.text + letter.html + letter.subject
    assert "Приз на … и … тут" in letter.text


async def test_a_program_that_fills_every_field_is_thanked_and_forgotten(
    form: Form, session: AsyncSession
) -> None:
    response = await form.write({HONEYPOT: "http://spam.example"})
    assert response.json() == {"go": "/support"}
    assert not await tickets(session)
    assert not list(await session.exec(select(Letter)))


@pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
async def test_a_form_from_elsewhere_is_refused(origin: str, form: Form, session: AsyncSession) -> None:
    assert (await form.send(headers={"origin": origin})).status_code == 403
    assert not await tickets(session)


async def test_one_mailbox_is_written_to_five_times_an_hour(form: Form, session: AsyncSession) -> None:
    for spelling in (
        "bob@mail.example",
        "BOB@mail.example",
        "Bob@MAIL.example",
        "bob@mail.example",
        "bob@mail.example",
    ):
        assert (await form.send(email=spelling)).status_code == 200
    response = await form.send(email="bOb@mail.example")
    assert response.status_code == 429
    assert int(response.headers["retry-after"]) > 3000
    assert (await form.send(email="carol@mail.example")).status_code == 200
    assert len(await tickets(session)) == 6


async def test_one_address_sends_a_limited_number(form: Form, session: AsyncSession) -> None:
    statuses = [(await form.send(email="")).status_code for _ in range(31)]
    assert statuses == [422] * 30 + [429]


async def test_files_are_kept_by_content_under_random_names(
    form: Form, session: AsyncSession, uploads: Path
) -> None:
    await form.send(("../../Квитанция.exe", PNG), ("записка.txt", "Привет".encode()))
    await tickets(session)
    rows = {row.name: row for row in await kept_files(session)}
    assert {(row.name, row.content_type, row.size) for row in rows.values()} == {
        ("Квитанция.exe.png", "image/png", len(PNG)),
        ("записка.txt", "text/plain", 12),
    }
    assert [path.name for path in contents(uploads)] == sorted(row.id.hex for row in rows.values())
    assert (uploads / rows["Квитанция.exe.png"].id.hex).read_bytes() == PNG
    assert is_private(uploads)


@pytest.mark.parametrize(
    ("attached", "said"),
    [
        ([("virus.png", b"MZ\x90\x00\x03")], "virus.png"),
        ([("page.svg", b"\xff\xfe<\x00")], "page.svg"),
        ([("empty.txt", b"")], "empty.txt"),
        ([("a.txt", b"a")] * 6, "5"),
        ([("ok.png", PNG), ("archive.zip", b"PK\x03\x04\x00")], "archive.zip"),
    ],
)
async def test_a_refused_file_leaves_nothing(
    attached: list[tuple[str, bytes]], said: str, form: Form, session: AsyncSession, uploads: Path
) -> None:
    response = await form.send(*attached)
    assert response.status_code == 422
    assert said in response.json()["errors"]["files"]
    assert not await tickets(session)
    assert not contents(uploads)


async def test_a_file_above_the_limit_is_named(
    form: Form, session: AsyncSession, uploads: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "upload_max_bytes", 1000)
    response = await form.send(("large.txt", b"a" * 1001))
    assert response.status_code == 422
    assert "large.txt" in response.json()["errors"]["files"]
    assert (await form.send(("fits.txt", b"a" * 1000))).status_code == 200


async def test_a_body_above_the_limit_is_refused_while_it_arrives(
    form: Form, session: AsyncSession, uploads: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "upload_max_bytes", 1000)
    response = await form.send(("large.txt", b"a" * 300_000))
    assert response.status_code == 413
    assert "КБ" in response.json()["errors"]["files"]
    assert not await tickets(session)
    assert not contents(uploads)


async def test_a_body_far_above_the_limit_is_refused_before_it_arrives(
    form: Form, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "upload_max_bytes", 1000)
    assert (await form.send(("large.txt", b"a" * 3_000_000))).status_code == 413


async def test_files_are_removed_when_the_request_is_not_saved(
    form: Form, session: AsyncSession, uploads: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_arguments: object, **_named: object) -> None:
        assert contents(uploads)
        raise RuntimeError

    monkeypatch.setattr(letters, "write_letter", fails)
    with pytest.raises(RuntimeError):
        await form.send(("photo.png", PNG))
    assert not contents(uploads)
    assert not await tickets(session)


@pytest.mark.parametrize("body", [b"", b"--x\r\nnonsense", b"--x--\r\n"])
async def test_a_broken_form_is_refused_with_words(body: bytes, form: Form) -> None:
    headers = {"content-type": "multipart/form-data; boundary=x", "origin": settings.public_url}
    response = await form.client.post(
        "/api/support", content=body, headers={**headers, "accept": "application/json"}
    )
    assert response.status_code == 422
    answer = response.json()
    assert answer["message"] or answer["errors"]


async def test_without_script_the_browser_is_led_on(form: Form, session: AsyncSession) -> None:
    response = await form.send(headers={"accept": "text/html"})
    (ticket,) = await tickets(session)
    assert (response.status_code, response.headers["location"]) == (303, f"/support?ticket={ticket.number}")


async def test_without_script_an_error_is_a_page(form: Form) -> None:
    response = await form.send(headers={"accept": "text/html"}, message="")
    assert response.status_code == 422
    assert "Напишите сообщение" in response.text


async def test_what_is_above_the_limit_is_not_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "upload_max_bytes", 1000)
    waiting, handed_on = [b"a" * 100_000] * 10, list[int]()

    async def receive() -> Message:
        return {"type": "http.request", "body": waiting.pop(), "more_body": True}

    async def read() -> None:
        async for chunk in limited(Request({"type": "http", "headers": [], "method": "POST"}, receive)):
            handed_on.append(len(chunk))

    with pytest.raises(RequestTooLarge):
        await read()
    assert sum(handed_on) == 200_000
    assert waiting
