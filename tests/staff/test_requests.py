"""The support desk: the queue, the thread, answering, notes, handing over; who may do what."""

from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette_admin.security.csrf import CSRFMiddleware

from cabinet.kit.dates import now
from cabinet.mail.models import Letter
from cabinet.residents.models import Resident, Role
from cabinet.settings import settings
from cabinet.support import service as support
from cabinet.support.asking import begin_thread
from cabinet.support.canned import CannedValues, save_canned
from cabinet.support.models import Ticket, TicketFile, TicketMessage, TicketState
from cabinet.support.service import ByResident, Draft
from tests.staff.conftest import ORIGIN, Browser, Browsers, Office, audited, person
from tests.support.conftest import contents
from tests.support.desk import PNG, agent

EVIL = "<script>alert(1)</script>"


@pytest.fixture(autouse=True)
def uploads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(settings, "data_dir", tmp_path)
    return tmp_path / "uploads"


@pytest.fixture
async def dasha(session: AsyncSession, office: Office) -> Resident:
    row = person("dasha", Role.SUPPORT)
    row.full_name = "Даша Смирнова"
    session.add(row)
    await session.commit()
    return row


@pytest.fixture
async def desk(browsers: Browsers, dasha: Resident) -> Browser:
    return await browsers.of(dasha)


@pytest.fixture
async def ticket(office: Office, session: AsyncSession) -> Ticket:
    """Alice's, about her gas account."""
    made = Ticket(
        email=office.alice.email,
        subject=f"Долг {EVIL}",
        resident_id=office.alice.id,
        account_id=office.gas_account.id,
    )
    await begin_thread(made, Draft(f"Почему? {EVIL}"), session=session, also_found_by="100200300")
    await session.commit()
    return made


async def write(browser: Browser, ticket: Ticket, kind: str, *files: tuple[str, bytes], **fields: str) -> Any:
    await browser.client.get("/admin/")
    token = browser.client.cookies.get(CSRFMiddleware.cookie_name) or ""
    parts: list[Any] = [(name, (None, value)) for name, value in {"csrftoken": token, **fields}.items()]
    parts += [("files", file) for file in files]
    address = f"/admin/requests/{ticket.id}/{kind}"
    return await browser.client.post(address, files=parts, headers={"origin": ORIGIN})


async def thread(session: AsyncSession, ticket: Ticket) -> list[TicketMessage]:
    await session.commit()
    statement = select(TicketMessage).where(TicketMessage.ticket_id == ticket.id)
    return list(await session.exec(statement.order_by(col(TicketMessage.created_at))))


async def letters(session: AsyncSession, kind: str) -> list[Letter]:
    return list(await session.exec(select(Letter).where(Letter.kind == kind)))


async def test_the_thread_stands_beside_what_is_known(desk: Browser, office: Office, ticket: Ticket) -> None:
    page = await desk.page(f"/admin/requests/{ticket.id}")
    assert EVIL not in page
    assert "Почему? &lt;script&gt;" in page
    for path in (
        f"/admin/residents/detail?pk={office.alice.id}",
        f"/admin/accounts/detail?pk={office.gas_account.id}",
        f"/admin/payments/detail?pk={office.gas_payment.id}",
    ):
        assert path in page


async def test_looking_at_a_request_is_written_down(
    desk: Browser, dasha: Resident, ticket: Ticket, session: AsyncSession
) -> None:
    await desk.page(f"/admin/requests/{ticket.id}")
    assert [(one.actor_id, one.subject_id) for one in await audited(session, "view")] == [
        (dasha.id, str(ticket.id))
    ]


async def test_an_answer_with_a_file_goes_out(
    desk: Browser, dasha: Resident, ticket: Ticket, session: AsyncSession, uploads: Path
) -> None:
    name = 'чек"><img src=x>.png'
    answer = await write(desk, ticket, "answer", (name, PNG), message="Вот чек.", do="answer")
    assert answer.status_code == 303, answer.text
    _asked, answered = await thread(session, ticket)
    assert (answered.text, answered.author_id, answered.is_note) == ("Вот чек.", dasha.id, False)
    [file] = list(await session.exec(select(TicketFile)))
    assert (file.message_id, (uploads / file.id.hex).read_bytes()) == (answered.id, PNG)
    await session.refresh(ticket)
    assert (ticket.state, ticket.assignee_id) == (TicketState.ANSWERED, dasha.id)
    [letter] = await letters(session, "ticket_answered")
    assert "Вот чек." in letter.text
    page = await desk.page(f"/admin/requests/{ticket.id}", done="sent")
    assert "<img src=x>" not in page
    assert f"/api/files/{file.id}" in page


async def test_answer_and_close_at_once(desk: Browser, ticket: Ticket, session: AsyncSession) -> None:
    await write(desk, ticket, "answer", message="Решено.", do="close")
    await session.refresh(ticket)
    assert ticket.state is TicketState.CLOSED


@pytest.mark.parametrize("kind", ["answer", "note"])
async def test_what_was_typed_survives_an_error(
    kind: str, desk: Browser, ticket: Ticket, session: AsyncSession, uploads: Path
) -> None:
    response = await write(
        desk, ticket, kind, ("virus.png", b"MZ\x90\x00"), message="Длинный ответ.", do="answer"
    )
    assert response.status_code == 422
    assert "Длинный ответ.</textarea>" in response.text
    assert "virus.png" in response.text
    assert len(await thread(session, ticket)) == 1
    assert not contents(uploads)


async def test_the_same_form_twice_is_one_answer(
    desk: Browser, ticket: Ticket, session: AsyncSession
) -> None:
    for _again in range(2):
        response = await write(desk, ticket, "answer", message="Ответ.", do="answer", key=str(UUID(int=7)))
        assert response.status_code == 303
    assert len(await thread(session, ticket)) == 2
    assert len(await letters(session, "ticket_answered")) == 1


async def test_a_colleague_was_quicker(
    desk: Browser, browsers: Browsers, office: Office, ticket: Ticket, session: AsyncSession
) -> None:
    [seen] = await thread(session, ticket)
    boss = await browsers.of(office.boss)
    await write(boss, ticket, "answer", message="Я первый.", do="answer", seen=str(seen.id))
    response = await write(desk, ticket, "answer", message="А я второй.", do="answer", seen=str(seen.id))
    assert response.status_code == 422
    assert "новое сообщение" in response.text
    assert "А я второй.</textarea>" in response.text
    assert response.text.index("Я первый.") < response.text.index("А я второй.")
    messages = await thread(session, ticket)
    assert len(messages) == 2
    assert f'name="seen" value="{messages[-1].id}"' in response.text
    again = await write(desk, ticket, "answer", message="А я второй.", do="answer", seen=str(messages[-1].id))
    assert again.status_code == 303


async def test_an_answer_kept_ready_is_put_below_what_is_typed(
    desk: Browser, ticket: Ticket, session: AsyncSession
) -> None:
    by = await agent(session, "Егор")
    canned_id = await save_canned(
        None, CannedValues("Чек", "№ {number}: счёт {account}, {name}."), by=by, session=session
    )
    await session.commit()
    response = await write(desk, ticket, "answer", message="Уже набрано.", do="insert", canned=str(canned_id))
    assert response.status_code == 200
    assert f"Уже набрано.\n\n№ {ticket.number}: счёт 100 200 300" in response.text
    assert len(await thread(session, ticket)) == 1


async def test_a_note_stays_in_the_house(desk: Browser, ticket: Ticket, session: AsyncSession) -> None:
    assert (await write(desk, ticket, "note", message="Проверить счёт.")).status_code == 303
    assert (await thread(session, ticket))[-1].is_note
    assert "Проверить счёт." in await desk.page(f"/admin/requests/{ticket.id}")
    assert ticket.resident_id
    own = await support.read_own(ByResident(ticket.resident_id, ticket.id), session=session)
    assert "Проверить" not in repr(own)
    assert not await letters(session, "ticket_answered")


async def test_handing_over_and_taking(
    desk: Browser, dasha: Resident, office: Office, ticket: Ticket, session: AsyncSession
) -> None:
    for form, assignee in (
        ({"do": "me"}, dasha.id),
        ({"assignee": str(office.boss.id)}, office.boss.id),
        ({"assignee": ""}, None),
    ):
        response = await desk.send(f"/admin/requests/{ticket.id}/assign", form)
        assert response.status_code == 303, response.text
        await session.refresh(ticket)
        assert ticket.assignee_id == assignee
    refused = await desk.send(f"/admin/requests/{ticket.id}/assign", {"assignee": str(office.clerk.id)})
    assert refused.status_code == 422
    assert (await desk.send(f"/admin/requests/{ticket.id}/assign", {"assignee": "x"})).status_code == 404


async def test_the_state_is_set_and_written_down(
    desk: Browser, ticket: Ticket, session: AsyncSession
) -> None:
    address = f"/admin/requests/{ticket.id}/state"
    assert (await desk.send(address, {"state": "closed"})).status_code == 303
    await session.refresh(ticket)
    assert ticket.state is TicketState.CLOSED
    assert (await desk.send(address, {"state": "lost"})).status_code == 404
    [edit] = await audited(session, "edit")
    assert (edit.before, edit.after) == ({"state": "open"}, {"state": "closed"})


# Who may what


async def test_an_auditor_reads_and_changes_nothing(
    browsers: Browsers, office: Office, ticket: Ticket, session: AsyncSession
) -> None:
    browser = await browsers.of(office.auditor)
    page = await browser.page(f"/admin/requests/{ticket.id}")
    assert "<textarea" not in page
    assert "/answer" not in page
    for kind in ("answer", "note"):
        assert (await write(browser, ticket, kind, message="Ответ.", do="answer")).status_code == 403
    for path, form in (("assign", {"do": "me"}), ("state", {"state": "closed"})):
        assert (await browser.send(f"/admin/requests/{ticket.id}/{path}", form)).status_code == 403
    assert (await browser.send("/admin/canned/new", {"title": "Т", "text_ru": "Т"})).status_code == 403
    assert len(await thread(session, ticket)) == 1


async def test_clerks_and_residents_do_not_get_in(browsers: Browsers, office: Office, ticket: Ticket) -> None:
    for who in (office.clerk, office.alice):
        browser = await browsers.of(who)
        for path in ("/admin/requests", f"/admin/requests/{ticket.id}", "/admin/canned"):
            assert (await browser.get(path)).status_code == 403, path
        assert (await write(browser, ticket, "answer", message="Ответ.")).status_code == 403


async def test_an_unknown_request_is_not_found(desk: Browser, ticket: Ticket) -> None:
    for path in (f"/admin/requests/{uuid4()}", "/admin/requests/nonsense"):
        assert (await desk.get(path)).status_code == 404
    ticket.id = uuid4()
    assert (await write(desk, ticket, "answer", message="Ответ.")).status_code == 404


# Limits


async def test_files_may_be_large_here_and_forms_elsewhere_not(
    desk: Browser, ticket: Ticket, session: AsyncSession
) -> None:
    large = PNG + b"\x00" * 2 * 1024 * 1024
    assert (
        await write(desk, ticket, "answer", ("a.png", large), message="Файл.", do="answer")
    ).status_code == 303
    too_much = await desk.send(f"/admin/requests/{ticket.id}/state", {"state": "x" * 1_100_000})
    assert too_much.status_code == 413


async def test_above_its_own_limit_it_is_refused(
    desk: Browser, ticket: Ticket, monkeypatch: pytest.MonkeyPatch, session: AsyncSession
) -> None:
    monkeypatch.setattr(settings, "upload_max_bytes", 1000)
    files = ("a.png", PNG + b"\x00" * 2000)
    response = await write(desk, ticket, "answer", files, message="Файл.", do="answer")
    assert (response.status_code, "a.png" in response.text) == (422, True)
    huge = ("a.png", PNG + b"\x00" * 400_000)
    assert (await write(desk, ticket, "answer", huge, message="Файл.")).status_code == 413
    assert len(await thread(session, ticket)) == 1


# The queue


async def subjects(browser: Browser, **query: str) -> list[str]:
    page = await browser.page("/admin/requests", **query)
    found = [part.partition("</a>")[0].partition(">")[2] for part in page.split('class="subject"')[1:]]
    return [one.partition(" ")[0] for one in found]


async def test_the_queue_is_filtered(
    desk: Browser, dasha: Resident, office: Office, ticket: Ticket, session: AsyncSession
) -> None:
    assert await subjects(desk) == ["Не", "Долг"]
    assert await subjects(desk, order="newest") == ["Долг", "Не"]
    assert await subjects(desk, whose="mine") == []
    await desk.send(f"/admin/requests/{ticket.id}/assign", {"do": "me"})
    assert await subjects(desk, whose="mine") == ["Долг"]
    assert await subjects(desk, whose="nobody") == ["Не"]
    assert await subjects(desk, provider=str(office.gas.id)) == ["Долг"]
    assert await subjects(desk, provider=str(office.water.id)) == []
    assert await subjects(desk, q="ДОЛГ") == ["Долг"]
    assert await subjects(desk, q=f"№ {ticket.number}") == ["Долг"]
    assert await subjects(desk, q="100200300") == ["Долг"]
    await desk.send(f"/admin/requests/{ticket.id}/state", {"state": "closed"})
    assert await subjects(desk) == ["Не"]
    assert await subjects(desk, state="closed") == ["Долг"]
    assert await subjects(desk, state="any", after="nonsense", order="?") == ["Не", "Долг"]


async def test_what_a_blocked_colleague_had_is_nobodys(
    desk: Browser, office: Office, ticket: Ticket, session: AsyncSession
) -> None:
    await desk.send(f"/admin/requests/{ticket.id}/assign", {"assignee": str(office.boss.id)})
    assert await subjects(desk, whose="nobody") == ["Не"]
    office.boss.blocked_at = now()
    session.add(office.boss)
    await session.commit()
    assert await subjects(desk, whose="nobody") == ["Не", "Долг"]


@pytest.mark.parametrize("order", ["longest", "newest"])
async def test_pages_neither_repeat_nor_skip(order: str, desk: Browser, session: AsyncSession) -> None:
    moment = now()
    for number in range(120):
        session.add(Ticket(email="a@b.example", subject=f"t{number:03d} x", state_since=moment))
    await session.commit()
    seen: list[str] = []
    address = f"/admin/requests?order={order}&q=a%40b.example"
    rows = list(await session.exec(select(Ticket).where(Ticket.email == "a@b.example")))
    for row in rows:
        row.search_key = "a@b.example"
        session.add(row)
    await session.commit()
    while address:
        page = await desk.page(address)
        seen += [one.partition(">")[2][:4] for one in page.split('class="subject"')[1:]]
        footer = page.partition('card-footer btn-list">')[2]
        following = [part for part in footer.split('href="')[1:] if "after=" in part.partition('"')[0]]
        address = following[0].partition('"')[0].replace("&amp;", "&") if following else ""
    assert (len(seen), len(set(seen))) == (120, 120)


# Answers kept ready


async def test_answers_are_kept_and_what_is_typed_survives(desk: Browser, session: AsyncSession) -> None:
    bad = await desk.send("/admin/canned/new", {"title": "Чек", "text_ru": "Здравствуйте, {имя}!"})
    assert bad.status_code == 422
    assert "Здравствуйте, {имя}!" in bad.text
    good = await desk.send("/admin/canned/new", {"title": f"Чек {EVIL}", "text_ru": "Здравствуйте, {name}!"})
    assert good.status_code == 303
    page = await desk.page("/admin/canned")
    assert "Здравствуйте, {name}!" in page
    assert EVIL not in page
    canned_id = page.partition("/admin/canned/")[2].partition("/admin/canned/")[2][:36]
    assert "Здравствуйте" in await desk.page(f"/admin/canned/{canned_id}")
    assert (await desk.send(f"/admin/canned/{canned_id}/withdraw")).status_code == 303
    assert "Здравствуйте" not in await desk.page("/admin/canned")
    assert (await desk.get(f"/admin/canned/{canned_id}")).status_code == 404


async def test_the_table_leads_to_the_thread(desk: Browser, ticket: Ticket) -> None:
    assert "/admin/requests/list" in await desk.page("/admin/requests")
    assert f"/admin/requests/{ticket.id}" in await desk.page("/admin/requests/detail", pk=str(ticket.id))


@pytest.mark.parametrize("locale", ["ru", "en"])
async def test_both_languages(locale: str, browsers: Browsers, dasha: Resident, ticket: Ticket) -> None:
    browser = await browsers.of(dasha, locale)
    response: httpx.Response = await browser.get(f"/admin/requests/{ticket.id}")
    assert ("Отправить ответ" in response.text) == (locale == "ru")
    assert ("Send the answer" in response.text) == (locale == "en")


@pytest.mark.parametrize("kind", ["answer", "note"])
async def test_a_form_that_came_broken_is_said_on_the_page(desk: Browser, ticket: Ticket, kind: str) -> None:
    await desk.client.get("/admin/")
    answer = await desk.client.post(
        f"/admin/requests/{ticket.id}/{kind}",
        content=b'--x\r\nContent-Disposition: form-data; name="message"\r\n\r\nno end',
        headers={
            "origin": ORIGIN,
            "content-type": "multipart/form-data; boundary=y",
            "x-csrftoken": desk.client.cookies.get(CSRFMiddleware.cookie_name) or "",
        },
    )
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
