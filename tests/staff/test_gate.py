from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote

import pytest
import reflex as rx
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.applications import Starlette
from starlette.routing import Mount, Route

from cabinet.kit.dates import now
from cabinet.residents.service import end_all_sessions
from cabinet.staff.admin import StaffAdmin, admin_dash
from tests.staff.conftest import Browsers, Office, audited

KEYS = ("providers", "accounts", "residents", "payments", "requests", "letters")


def every_url(admin: StaffAdmin) -> list[tuple[str, str]]:
    """(method, path) of everything that the admin serves, also the tables' own pages."""
    found: list[tuple[str, str]] = []
    for one in admin.routes:
        if isinstance(one, Mount):
            found.append(("GET", f"/admin{one.path}/js/list.js"))
            continue
        assert isinstance(one, Route)
        for key in KEYS if "{key}" in one.path else ("",):
            path = one.path.replace("{key}", key).replace("{storage}", "x").replace("{path:path}", "y")
            found += [(method, f"/admin{path}") for method in one.methods or {"GET"}]
    return found


async def test_a_guest_is_sent_to_sign_in_from_every_url(
    admin: StaffAdmin, browsers: Browsers, office: Office
) -> None:
    guest = await browsers.of(None)
    urls = every_url(admin)
    assert len(urls) > 60
    for method, path in urls:
        response = await guest.client.request(method, path)
        assert response.status_code == 303, (method, path)
        assert response.headers["location"].startswith("/login?next=/admin"), (method, path)


async def test_a_guest_comes_back_to_the_page_asked_for(browsers: Browsers, office: Office) -> None:
    guest = await browsers.of(None)
    response = await guest.get("/admin/payments/list", q="чек", page="2")
    next_path = unquote(response.headers["location"].partition("next=")[2])
    assert next_path.startswith("/admin/payments/list?q=")


async def test_a_resident_gets_403_on_every_url(
    admin: StaffAdmin, browsers: Browsers, office: Office
) -> None:
    alice = await browsers.of(office.alice)
    for method, path in every_url(admin):
        response = await alice.client.request(method, path)
        assert response.status_code == 403, (method, path)
    assert "для сотрудников" in (await alice.get("/admin/")).text


async def test_an_ended_session_is_out_at_once(
    browsers: Browsers, office: Office, session: AsyncSession
) -> None:
    boss = await browsers.of(office.boss)
    assert (await boss.get("/admin/residents/list")).status_code == 200
    await end_all_sessions(office.boss.id, session=session)
    await session.commit()
    assert (await boss.get("/admin/residents/list")).status_code == 303


async def test_someone_whose_access_is_closed_is_out_at_once(
    browsers: Browsers, office: Office, session: AsyncSession
) -> None:
    clerk = await browsers.of(office.clerk)
    office.clerk.blocked_at = now()
    session.add(office.clerk)
    await session.commit()
    assert (await clerk.get("/admin/accounts/list")).status_code == 303


@pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
async def test_a_form_from_elsewhere_is_refused(
    origin: str, browsers: Browsers, office: Office, session: AsyncSession
) -> None:
    boss = await browsers.of(office.boss)
    response = await boss.send(f"/admin/residents/{office.alice.id}/close", {"reason": "x"}, origin=origin)
    assert response.status_code == 403
    assert not await audited(session, "close_access")


async def test_a_form_without_the_page_token_is_refused(browsers: Browsers, office: Office) -> None:
    boss = await browsers.of(office.boss)
    response = await boss.client.post(
        "/admin/providers/create", data={"name": "x"}, headers={"origin": str(boss.client.base_url)}
    )
    assert response.status_code == 403


async def test_a_huge_form_is_refused(browsers: Browsers, office: Office) -> None:
    boss = await browsers.of(office.boss)
    response = await boss.send("/admin/providers/create", {"name": "x" * 1_100_000})
    assert response.status_code == 413


@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/form-data; boundary="])
@pytest.mark.parametrize(
    "path", ["/admin/providers/create", "/admin/notices/new", "/admin/_api/accounts/action"]
)
async def test_a_form_that_cannot_be_read_is_a_bad_request(
    path: str, kind: str, browsers: Browsers, office: Office
) -> None:
    boss = await browsers.of(office.boss)
    headers = {"origin": str(boss.client.base_url), "content-type": kind}
    response = await boss.client.post(path, content=b"x", headers=headers)
    assert response.status_code == 400
    assert "href" in response.text, "a page with a way back"


async def test_the_language_follows_the_person_and_the_switch(browsers: Browsers, office: Office) -> None:
    assert "Поставщики" in await (await browsers.of(office.boss)).page("/admin/providers/list")
    in_english = await (await browsers.of(office.boss, locale="en")).page("/admin/providers/list")
    assert "Providers" in in_english
    assert "Поставщики" not in in_english


async def test_an_unknown_language_in_the_cookie_is_ignored(browsers: Browsers, office: Office) -> None:
    assert "Поставщики" in await (await browsers.of(office.boss, locale="fr")).page("/admin/providers/list")


async def test_pages_load_nothing_from_other_sites(browsers: Browsers, office: Office) -> None:
    boss = await browsers.of(office.boss)
    for key in KEYS:
        page = await boss.page(f"/admin/{key}/list")
        assert "rsms.me" not in page
        assert 'src="//' not in page


def test_reflex_mounts_the_same_pages() -> None:
    app: Any = SimpleNamespace(admin_dash=admin_dash(), _api=Starlette())
    rx.App._setup_admin_dash(app)  # pyright: ignore[reportPrivateUsage]
    assert [one.path for one in app._api.routes if isinstance(one, Mount)] == ["/admin"]
