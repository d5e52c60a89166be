"""Beside a provider's form: the tester, the logo, the ways to its rows."""

from io import BytesIO

import httpx
from httpx import ASGITransport
from PIL import Image
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.applications import Starlette
from starlette_admin.security.csrf import CSRFMiddleware

from cabinet.http.logos import logo_path, routes
from cabinet.providers.logos import find_logo
from tests.staff.conftest import ORIGIN, Browser, Browsers, Office


async def upload(browser: Browser, provider_id: object, raw: bytes) -> httpx.Response:
    await browser.client.get("/admin/")
    token = browser.client.cookies.get(CSRFMiddleware.cookie_name) or ""
    return await browser.client.post(
        f"/admin/provider/{provider_id}/logo/set",
        data={CSRFMiddleware.field_name: token},
        files={"logo": ("logo.png", raw, "image/png")},
        headers={"origin": ORIGIN, "x-csrftoken": token},
    )


def sign() -> bytes:
    target = BytesIO()
    Image.new("RGB", (64, 64), "#086060").save(target, "PNG")
    return target.getvalue()


async def test_the_tester_answers_for_who_may_edit(
    browsers: Browsers, office: Office, session: AsyncSession
) -> None:
    asked = {"pattern": r"\d{6,9}", "example": "100200300", "numbers": "л/с 100-200-300\n12"}
    told = (await (await browsers.of(office.clerk)).get("/admin/provider/try", **asked)).json()
    assert told["example"]["stored"] == "100200300"
    assert [one["stored"] for one in told["numbers"]] == ["100200300", ""]
    assert (await (await browsers.of(office.agent)).get("/admin/provider/try", **asked)).status_code == 403
    assert (await (await browsers.of(None)).get("/admin/provider/try", **asked)).status_code == 303


async def test_the_form_of_a_new_provider_has_the_tester(browsers: Browsers, office: Office) -> None:
    page = await (await browsers.of(office.boss)).page("/admin/providers/create")
    assert 'id="tester-samples"' in page


async def test_a_logo_is_sent_seen_by_all_and_cached(
    browsers: Browsers, office: Office, session: AsyncSession
) -> None:
    clerk = await browsers.of(office.clerk)
    assert (await upload(clerk, office.gas.id, sign())).status_code == 303
    found = await find_logo(office.gas.id, session=session)
    assert found is not None
    public = Starlette(routes=routes)
    async with httpx.AsyncClient(transport=ASGITransport(public), base_url=ORIGIN) as guest:
        answer = await guest.get(logo_path(office.gas.id, found.digest))
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
        assert "immutable" in answer.headers["cache-control"]
        again = await guest.get(
            f"/logos/{office.gas.id}.png", headers={"if-none-match": answer.headers["etag"]}
        )
        assert (again.status_code, again.content) == (304, b"")
        assert (await guest.get(f"/logos/{office.water.id}.png")).status_code == 404


async def test_a_file_that_is_no_picture_is_refused_in_words(browsers: Browsers, office: Office) -> None:
    boss = await browsers.of(office.boss)
    answer = await upload(boss, office.gas.id, b"<svg/>")
    assert answer.status_code == 422
    assert "PNG, JPEG или WebP" in answer.text


async def test_a_clerk_does_not_reach_the_logo_of_others(browsers: Browsers, office: Office) -> None:
    clerk = await browsers.of(office.clerk)
    assert (await upload(clerk, office.water.id, sign())).status_code == 404
    assert (await clerk.get(f"/admin/provider/{office.water.id}/logo")).status_code == 404


async def test_a_provider_leads_to_its_rows(browsers: Browsers, office: Office) -> None:
    boss = await browsers.of(office.boss)
    page = await boss.page("/admin/providers/detail", pk=str(office.gas.id))
    link = f"/admin/accounts/list?filter=provider_id__in%3D{office.gas.id}"
    assert f'href="{link}"' in page
    assert (await boss.client.get(link)).text.count("<tr data-sa-pk=") == 1


async def test_nothing_stands_at_the_path_of_its_own(browsers: Browsers, office: Office) -> None:
    for who in (office.clerk, office.boss):
        assert (await (await browsers.of(who)).get("/admin/provider")).status_code == 404
