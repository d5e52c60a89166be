"""The script that sends our forms, in a real browser, against a page of its own."""

import json
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, Route, async_playwright, expect

from cabinet.launcher.chromium import chromium_path

SCRIPT = Path(__file__).parents[2] / "assets" / "forms.js"
ORIGIN = "http://cabinet.test"
PAGE = """<!doctype html><body>
<form data-send action="/api/login" method="post" novalidate
 data-offline="No connection" data-remember="email">
<p data-form-error role="alert" hidden></p><p data-form-message hidden></p>
<label>E-mail <input name="email" id="email"></label><p id="email-error" role="alert" hidden></p>
<label>Password <input name="password" id="password" type="password"></label>
<p id="password-error" role="alert" hidden></p>
<input type="hidden" name="token" data-from-query="token">
<p data-when-code="email_not_confirmed" hidden>resend</p>
<button>Send</button></form>
<script src="/forms.js"></script>"""
CONFIRM = """<!doctype html><body><div data-send-scope>
<form data-send data-send-on-load action="/api/confirm" method="post">
<input type="hidden" name="token" data-from-query="token"><button>Confirm</button></form>
<p data-when-state="ok" hidden>confirmed</p><div data-when-state="used expired" hidden><p>not again</p>
<form data-send action="/api/signup/resend" method="post"><p data-form-message hidden></p>
<button>New letter</button></form></div></div>
<script src="/forms.js"></script>"""


class Site:
    """Answers like our server; remembers what it was sent."""

    def __init__(self) -> None:
        self.html = PAGE
        self.status, self.answer = 200, dict[str, Any]()
        self.sent: list[str] = []
        self.offline = False

    async def serve(self, route: Route) -> None:
        path = route.request.url.removeprefix(ORIGIN).partition("?")[0]
        if path == "/forms.js":
            await route.fulfill(path=SCRIPT)
        elif not path.startswith("/api/"):
            await route.fulfill(body=self.html, content_type="text/html; charset=utf-8")
        elif self.offline:
            await route.abort()
        else:
            self.sent.append(route.request.post_data or "")
            assert route.request.headers["accept"] == "application/json"
            await route.fulfill(
                status=self.status, body=json.dumps(self.answer), content_type="application/json"
            )


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture(scope="session")
def chromium() -> str:
    return chromium_path()


@pytest.fixture
async def page(site: Site, chromium: str) -> AsyncGenerator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page = await browser.new_page()
        page.set_default_timeout(5000)
        await page.route("**/*", site.serve)
        yield page
        await browser.close()


async def send(page: Page) -> None:
    await page.get_by_role("button", name="Send").click()


async def test_it_goes_where_the_answer_says_and_sends_the_token_of_the_address(page: Page, site: Site):
    site.answer = {"go": "/cabinet"}
    await page.goto(f"{ORIGIN}/login?token=abc")
    await page.fill("#email", "alice@mail.example")
    await send(page)
    await page.wait_for_url(f"{ORIGIN}/cabinet")
    assert "alice@mail.example" in site.sent[0]
    assert 'name="token"\r\n\r\nabc' in site.sent[0]


@pytest.mark.parametrize(
    "way", ["//evil.example", "https://evil.example", "javascript:alert(1)", "/\\evil.example"]
)
async def test_it_never_leaves_the_site(page: Page, site: Site, way: str):
    site.answer = {"go": way, "message": "stayed"}
    await page.goto(f"{ORIGIN}/login")
    await send(page)
    await expect(page.locator("[data-form-message]")).to_have_text("stayed")
    assert page.url == f"{ORIGIN}/login"


async def test_errors_stand_at_their_fields_and_input_stays(page: Page, site: Site):
    site.status = 422
    site.answer = {"errors": {"password": "too <b>short</b>", "email": "no address"}, "message": "check"}
    await page.goto(f"{ORIGIN}/login")
    await page.fill("#email", "alice")
    await send(page)
    await expect(page.locator("#email-error")).to_have_text("no address")
    await expect(page.locator("#password-error")).to_have_text("too <b>short</b>")
    await expect(page.locator("#email")).to_be_focused()
    await expect(page.locator("#email")).to_have_attribute("aria-invalid", "true")
    await expect(page.locator("#email")).to_have_attribute("aria-describedby", "email-error")
    await expect(page.locator("#email")).to_have_value("alice")
    await page.locator("#email").press_sequentially("@")
    await expect(page.locator("#email-error")).to_be_hidden()
    await expect(page.locator("#password-error")).to_be_visible()


async def test_an_error_of_the_whole_form_is_said_and_parts_appear(page: Page, site: Site):
    site.status, site.answer = 403, {"code": "email_not_confirmed", "errors": {}, "message": "confirm first"}
    await page.goto(f"{ORIGIN}/login")
    await send(page)
    await expect(page.locator("[data-form-error]")).to_have_text("confirm first")
    await expect(page.get_by_text("resend")).to_be_visible()
    await expect(page.get_by_role("button")).to_be_enabled()


async def test_a_lost_connection_is_said_and_nothing_is_lost(page: Page, site: Site):
    site.offline = True
    await page.goto(f"{ORIGIN}/login")
    await page.fill("#email", "alice")
    await send(page)
    await expect(page.locator("[data-form-error]")).to_have_text("No connection")
    await expect(page.locator("#email")).to_have_value("alice")
    site.offline, site.answer = False, {"go": "/cabinet"}
    await send(page)
    await page.wait_for_url(f"{ORIGIN}/cabinet")


async def test_impatience_sends_once(page: Page, site: Site):
    site.answer = {"message": "done"}
    await page.goto(f"{ORIGIN}/login")
    await page.evaluate("() => { const f = document.forms[0]; f.requestSubmit(); f.requestSubmit(); }")
    await expect(page.locator("[data-form-message]")).to_have_text("done")
    assert len(site.sent) == 1


@pytest.mark.parametrize(("state", "shown"), [("ok", "confirmed"), ("used", "not again")])
async def test_a_link_is_spent_on_load_and_once(page: Page, site: Site, state: str, shown: str):
    site.html, site.answer = CONFIRM, {"state": state, "message": ""}
    await page.goto(f"{ORIGIN}/confirm?token=abc")
    await expect(page.get_by_text(shown)).to_be_visible()
    await page.evaluate("document.body.append(document.createElement('p'))")
    await page.wait_for_timeout(100)
    assert len(site.sent) == 1
    assert "abc" in site.sent[0]


async def test_a_form_within_an_answer_does_not_hide_it(page: Page, site: Site):
    site.html, site.answer = CONFIRM, {"state": "expired", "message": ""}
    await page.goto(f"{ORIGIN}/confirm?token=abc")
    await expect(page.get_by_text("not again")).to_be_visible()
    site.answer = {"message": "on its way"}
    await page.get_by_role("button", name="New letter").click()
    await expect(page.get_by_text("on its way")).to_be_visible()
    await expect(page.get_by_text("not again")).to_be_visible()
