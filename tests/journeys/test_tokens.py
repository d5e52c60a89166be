"""A resident makes a token, a program uses it, and is shut out again."""

import httpx
from playwright.sync_api import expect

from cabinet.i18n import _, use_locale
from cabinet.ui import routes
from tests.journeys.app import DemoAccount
from tests.journeys.visitor import Visitor

NAME = "Home Assistant"


def test_a_program_comes_in_and_is_shut_out(resident: Visitor, any_accounts: list[DemoAccount]):
    visitor, page, account = resident, resident.page, any_accounts[0]
    visitor.link_more(account)
    with use_locale(visitor.words.locale):
        make, delete, sure, gone = _("Make the key"), _("Delete"), _("Delete the key"), _("Your password")
        name, none = _("Name"), _("No program comes in here")
    visitor.open(routes.SETTINGS)
    page.get_by_role("link", name=tokens_page(visitor)).click()
    visitor.expect_page(routes.TOKENS)
    visitor.sees(none)

    visitor.press(make)
    expect(visitor.field(name)).to_have_attribute("aria-invalid", "true")
    visitor.fill(name, NAME)
    visitor.fill(gone, visitor.password)
    visitor.press(make)
    secret = page.locator("#new-token")
    expect(secret).to_be_visible()
    token = secret.input_value()
    assert me(visitor, token).json()["name"] == NAME

    page.reload()
    visitor.sees(NAME)
    expect(page.locator("#new-token")).not_to_be_visible()
    assert token not in page.content()

    page.get_by_role("button", name=delete).first.click()
    page.get_by_role("button", name=sure).click()
    visitor.sees(none)
    assert me(visitor, token).status_code == 401
    visitor.forget_complaints(about="422")


def tokens_page(visitor: Visitor) -> str:
    with use_locale(visitor.words.locale):
        return _("Keys for programs")


def me(visitor: Visitor, token: str) -> httpx.Response:
    return httpx.get(f"{visitor.app.url}/api/v1/me", headers={"Authorization": f"Bearer {token}"})
