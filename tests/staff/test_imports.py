"""The pages of registries: who sees and does what, sending a file, looking at it another way."""

from collections.abc import AsyncIterator

import httpx
import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette_admin.security.csrf import CSRFMiddleware

from cabinet.exchange.imports.files import folder
from cabinet.exchange.imports.models import ImportState, RegistryImport
from cabinet.residents.models import Role
from cabinet.settings import settings
from tests.exchange.imports.town import debts
from tests.staff.conftest import ORIGIN, Browser, Browsers, Office, person

FILE = debts(("Ёлкин Пётр", "100200300", "150,00"), ("Рыбина Анна", "100200301", "20"))


async def send_file(
    browser: Browser, office: Office, content: bytes = FILE, *, token: str | None = None, provider: str = ""
) -> httpx.Response:
    await browser.client.get("/admin/imports")
    known = browser.client.cookies.get(CSRFMiddleware.cookie_name) or ""
    return await browser.client.post(
        "/admin/imports/upload",
        data={
            CSRFMiddleware.field_name: known if token is None else token,
            "provider_id": provider or str(office.gas.id),
        },
        files={"file": ("debts.txt", content)},
        headers={"origin": ORIGIN},
    )


def kept_files() -> set[str]:
    return {path.name for path in folder().iterdir()}


async def only_import(session: AsyncSession) -> RegistryImport:
    return (await session.exec(select(RegistryImport))).one()


async def test_a_clerk_sends_a_file_and_sees_its_first_rows(
    browsers: Browsers, office: Office, session: AsyncSession
) -> None:
    clerk = await browsers.of(office.clerk)
    answer = await send_file(clerk, office)
    assert answer.status_code == 303, answer.text
    page = await clerk.page(answer.headers["location"])
    assert "Ёлкин Пётр" in page
    assert "100200300" in page
    row = await only_import(session)
    assert (row.state, row.size, row.provider_id) == (ImportState.RECOGNISED, len(FILE), office.gas.id)


async def test_the_first_rows_are_shown_in_another_encoding_without_keeping_it(
    browsers: Browsers, office: Office, session: AsyncSession
) -> None:
    clerk = await browsers.of(office.clerk)
    path = (await send_file(clerk, office)).headers["location"]
    page = await clerk.page(path, format="sber_debts_old", encoding="koi8-r")
    assert "Ёлкин Пётр" not in page
    assert "Ёлкин Пётр" in await clerk.page(path)


async def test_a_foreign_token_keeps_nothing(
    browsers: Browsers, office: Office, session: AsyncSession
) -> None:
    clerk = await browsers.of(office.clerk)
    assert (await send_file(clerk, office, token="x")).status_code == 403
    assert (await session.exec(select(RegistryImport))).first() is None


async def test_a_clerk_sends_nothing_for_another_provider(
    browsers: Browsers, office: Office, session: AsyncSession
) -> None:
    clerk = await browsers.of(office.clerk)
    assert (await send_file(clerk, office, provider=str(office.water.id))).status_code == 404
    assert (await session.exec(select(RegistryImport))).first() is None


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.AUDITOR])
async def test_who_may_not_import_is_refused(
    browsers: Browsers, office: Office, session: AsyncSession, role: Role
) -> None:
    clerk = await browsers.of(office.clerk)
    path = (await send_file(clerk, office)).headers["location"]
    someone = person(f"one-{role}", role)
    session.add(someone)
    await session.commit()
    other = await browsers.of(someone)
    assert (await send_file(other, office)).status_code == 403
    for act in ("layout", "apply", "cancel", "rollback"):
        assert (await other.send(f"{path}/{act}", {"reason": "x"})).status_code == 403
    seen = await other.get(path)
    assert seen.status_code == (200 if role is Role.AUDITOR else 403)
    assert "<form" not in seen.text.split('class="money"')[-1] if role is Role.AUDITOR else True


async def test_another_providers_clerk_finds_nothing(
    browsers: Browsers, office: Office, session: AsyncSession
) -> None:
    path = (await send_file(await browsers.of(office.clerk), office)).headers["location"]
    stranger = person("stranger", Role.CLERK, office.water.id)
    session.add(stranger)
    await session.commit()
    browser = await browsers.of(stranger)
    assert (await browser.get(path)).status_code == 404
    assert (await browser.get(f"{path}/rejected")).status_code == 404
    assert (await browser.send(f"{path}/cancel")).status_code == 404
    assert "debts.txt" not in await browser.page("/admin/imports")


async def test_ten_gigabytes_are_refused_before_they_are_read(
    browsers: Browsers, office: Office, session: AsyncSession
) -> None:
    clerk = await browsers.of(office.clerk)

    async def body() -> AsyncIterator[bytes]:
        raise AssertionError("nothing is read")
        yield b""

    answer = await clerk.client.post(
        "/admin/imports/upload",
        content=body(),
        headers={
            "origin": ORIGIN,
            "content-length": str(10 * 2**30),
            "content-type": "multipart/form-data; boundary=x",
        },
    )
    assert answer.status_code == 413
    assert "512" in answer.text


async def test_a_file_that_grows_too_large_is_not_kept(
    browsers: Browsers, office: Office, session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "registry_max_bytes", 1000)
    before = kept_files()
    clerk = await browsers.of(office.clerk)
    answer = await send_file(clerk, office, FILE * 20)
    assert "registry_too_large" in answer.headers["location"]
    page = await clerk.get(answer.headers["location"])
    assert "Разделите" in page.text
    assert (await session.exec(select(RegistryImport))).first() is None
    assert kept_files() == before


async def test_an_upload_that_is_cut_keeps_nothing(
    browsers: Browsers, office: Office, session: AsyncSession
) -> None:
    clerk = await browsers.of(office.clerk)
    before = kept_files()
    await clerk.client.get("/admin/imports")
    token = clerk.client.cookies.get(CSRFMiddleware.cookie_name) or ""
    head = "".join(
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in ((CSRFMiddleware.field_name, token), ("provider_id", office.gas.id))
    )
    body = f'{head}--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nЁлкин;1;2'
    answer = await clerk.client.post(
        "/admin/imports/upload",
        content=body.encode(),
        headers={"origin": ORIGIN, "content-type": "multipart/form-data; boundary=b"},
    )
    assert "cut_upload" in answer.headers["location"]
    assert (await session.exec(select(RegistryImport))).first() is None
    assert kept_files() == before


@pytest.mark.parametrize(
    "part",
    [
        b"X-Long: " + b"x" * 9000 + b"\r\nContent-Disposition: form-data; name=a\r\n\r\n1",
        b'Content-Disposition: form-data; name="a"\r\n\r\n' + b"x" * 65_537,
        b"\r\n".join(
            b"Content-Disposition: form-data; name=%d\r\n\r\n1\r\n--edge" % count for count in range(25)
        ),
    ],
    ids=["a long header", "a long field", "many fields"],
)
async def test_what_comes_before_the_file_is_bounded(
    browsers: Browsers, office: Office, session: AsyncSession, part: bytes
) -> None:
    clerk = await browsers.of(office.clerk)
    await clerk.client.get("/admin/imports")
    token = (clerk.client.cookies.get(CSRFMiddleware.cookie_name) or "").encode()
    tail = (
        b"\r\n--edge\r\nContent-Disposition: form-data; name=csrftoken\r\n\r\n" + token + b"\r\n--edge\r\n"
        b'Content-Disposition: form-data; name="file"; filename="debts.txt"\r\n\r\n'
        + FILE
        + b"\r\n--edge--\r\n"
    )
    answer = await clerk.client.post(
        "/admin/imports/upload",
        content=b"--edge\r\n" + part + tail,
        headers={"origin": ORIGIN, "content-type": "multipart/form-data; boundary=edge"},
    )
    assert answer.headers["location"].startswith("/admin/imports?problem=cut_upload")
    assert (await session.exec(select(RegistryImport))).first() is None
