from datetime import timedelta
from os import utime
from pathlib import Path
from uuid import uuid4

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.kit.dates import now
from cabinet.residents.models import Role
from cabinet.support.files import kind_of, name_for, safe_name
from cabinet.support.service import forget_closed_files, forget_lost_files
from tests.staff.conftest import audited, make_providers, person, sign_in
from tests.support.conftest import PNG, Form, contents, kept_files, tickets


async def url_of_sent_file(form: Form, session: AsyncSession, name: str = "Фото чека.png") -> str:
    await form.send((name, PNG))
    await tickets(session)
    (file,) = await kept_files(session)
    return f"/api/files/{file.id}"


async def sign_in_as(form: Form, session: AsyncSession, role: Role) -> None:
    gas, _water = make_providers()
    session.add(gas)
    await session.flush()
    someone = person("someone", role, gas.id if role is Role.CLERK else None)
    session.add(someone)
    await session.commit()
    form.client.cookies.set("sid", await sign_in(session, someone))


async def test_an_administrator_downloads_a_file_and_it_is_written_down(
    form: Form, session: AsyncSession
) -> None:
    url = await url_of_sent_file(form, session)
    await sign_in_as(form, session, Role.ADMINISTRATOR)
    response = await form.client.get(url)
    assert (response.status_code, response.content) == (200, PNG)
    assert response.headers["content-disposition"].startswith("attachment")
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in response.headers["content-security-policy"]
    assert "no-store" in response.headers["cache-control"]
    assert len(await audited(session, "download")) == 1


@pytest.mark.parametrize("role", [Role.RESIDENT, Role.CLERK, None])
async def test_nobody_else_does(role: Role | None, form: Form, session: AsyncSession) -> None:
    url = await url_of_sent_file(form, session)
    if role:
        await sign_in_as(form, session, role)
    answers = [await form.client.get(one) for one in (url, f"/api/files/{uuid4()}")]
    assert [answer.status_code for answer in answers] == [404 if role else 403] * 2
    assert answers[0].text == answers[1].text
    assert not await audited(session, "download")


async def test_a_file_that_is_gone_is_not_found(form: Form, session: AsyncSession, uploads: Path) -> None:
    url = await url_of_sent_file(form, session)
    await sign_in_as(form, session, Role.ADMINISTRATOR)
    contents(uploads)[0].unlink()
    assert (await form.client.get(url)).status_code == 404
    assert (await form.client.get(f"/api/files/{uuid4()}")).status_code == 404


async def test_files_of_long_closed_requests_are_forgotten(
    form: Form, session: AsyncSession, uploads: Path
) -> None:
    await url_of_sent_file(form, session)
    (ticket,) = await tickets(session)
    ticket.closed_at = now()
    session.add(ticket)
    await session.flush()
    assert await forget_closed_files(session=session) == 0
    ticket.closed_at = now() - timedelta(days=400)
    session.add(ticket)
    await session.flush()
    assert await forget_closed_files(session=session) == 1
    assert not contents(uploads)
    assert not await kept_files(session)


async def test_files_without_a_row_are_forgotten_after_a_day(
    form: Form, session: AsyncSession, uploads: Path
) -> None:
    await url_of_sent_file(form, session)
    lost, young, foreign = uploads / uuid4().hex, uploads / uuid4().hex, uploads / ".DS_Store"
    for path in (lost, young, foreign):
        path.write_bytes(PNG)
    yesterday = (now() - timedelta(days=2)).timestamp()
    for path in (lost, *contents(uploads)):
        if path != young:
            utime(path, (yesterday, yesterday))
    assert await forget_lost_files(session=session) == 1
    assert not lost.exists()
    assert foreign.exists(), "what is not named by us is not ours to delete"
    assert len(contents(uploads)) == 3


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (PNG, "image/png"),
        (b"%PDF-1.7", "application/pdf"),
        (b"\x00\x00\x00\x18ftypheic", "image/heic"),
        (b"\x00\x00\x00\x18ftypmp42", None),
        ("Ёлка\n№ 5 — «да»".encode(), "text/plain"),
        ("Ёлка\r\n№ 5 — «да»".encode("cp1251"), "text/plain"),
        (("ы" * 40_000).encode()[:65_535], "text/plain"),
        (b"GIF89a\x01\x00", None),
        (b"\x80\x81\x82\x83", None),
        (b"", None),
    ],
)
def test_a_file_is_known_by_its_first_bytes(head: bytes, kind: str | None) -> None:
    assert kind_of(head) == kind


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("C:\\docs\\чек.pdf", "чек.pdf"),
        ("../../etc/passwd", "passwd"),
        ("a\r\nb\x00.txt", "ab.txt"),
        ("...", "file"),
        ("", "file"),
        ("ы" * 300 + ".jpeg", "ы" * 115 + ".jpeg"),
        ("\u202egnp.exe", "gnp.exe"),
    ],
)
def test_a_name_loses_what_could_mislead(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@pytest.mark.parametrize(
    ("name", "content_type", "kept"),
    [
        ("чек.PNG", "image/png", "чек.PNG"),
        ("фото.jpeg", "image/jpeg", "фото.jpeg"),
        ("start.bat", "text/plain", "start.bat.txt"),
        ("page.html", "text/plain", "page.html.txt"),
        ("bill.pdf.exe", "application/pdf", "bill.pdf.exe.pdf"),
        ("file", "image/heic", "file.heic"),
        ("ы" * 118 + ".a", "image/png", "ы" * 116 + ".png"),
    ],
)
def test_an_ending_tells_what_the_file_is(name: str, content_type: str, kept: str) -> None:
    assert name_for(name, content_type) == kept
