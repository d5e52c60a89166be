"""A resident protects the cabinet with an app and a key, and comes in with each of them."""

from playwright.sync_api import CDPSession, expect
from pyotp.totp import TOTP

from cabinet.i18n import _, use_locale
from cabinet.kit.dates import now
from cabinet.ui import routes
from tests.journeys.visitor import Visitor

_KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
}


def test_an_app_and_a_key_open_the_cabinet(resident: Visitor):
    visitor, page = resident, resident.page
    browser = visitor.context.new_cdp_session(page)
    browser.send("WebAuthn.enable")
    key = browser.send("WebAuthn.addVirtualAuthenticator", {"options": _KEY})["authenticatorId"]
    with use_locale(visitor.words.locale):
        connect, switch_on, kept, add = (
            _("Connect an app"),
            _("Switch on"),
            _("I have kept the codes"),
            _("Add a key"),
        )
        name, with_key, is_on = _("Name of the key"), _("Sign in with a key"), _("Connected on {day}")

    visitor.open(routes.SETTINGS)
    visitor.settle()
    page.locator(f"a[href$='{routes.SECURITY}']").click()
    visitor.expect_page(routes.SECURITY)
    page.locator("#app-password").fill(visitor.password)
    visitor.press(connect)
    secret = page.locator("#app-secret")
    expect(page.locator("#first-code")).to_be_visible()
    expect(page.locator("img.qr")).to_be_visible()
    app = TOTP(secret.input_value().replace(" ", ""))
    page.locator("#first-code").fill(app.at(now(), counter_offset=-1))
    visitor.press(switch_on)
    codes = page.locator("#spare-codes")
    expect(codes).to_be_visible()
    spare = codes.input_value().split("\n")
    assert len(spare) == 10
    expect(page.locator("#key-name")).not_to_be_visible()
    page.get_by_role("link", name=kept).click()
    visitor.sees(is_on.partition("{")[0])
    assert spare[0] not in page.content()

    visitor.fill(name, "Notebook")
    page.locator("#key-password").fill(visitor.password)
    _touch(browser, key, on=True)
    visitor.press(add)
    visitor.sees("Notebook")

    _touch(browser, key, on=False)
    visitor.context.clear_cookies()
    visitor.open(f"{routes.SIGN_IN}?next={visitor.words.path(routes.PAYMENTS)}")
    visitor.enter_login()
    visitor.expect_page(routes.SIGN_IN_CODE)
    page.locator("#code").fill("000000")
    visitor.press(visitor.words.sign_in)
    expect(page.locator("#code")).to_have_attribute("aria-invalid", "true")
    page.locator("#code").fill(app.at(now()))
    visitor.press(visitor.words.sign_in)
    visitor.expect_page(routes.PAYMENTS)

    visitor.context.clear_cookies()
    visitor.open(routes.SIGN_IN)
    visitor.settle()
    _touch(browser, key, on=True)
    visitor.press(with_key)
    visitor.expect_page(routes.CABINET)
    visitor.forget_complaints(about="401")


def _touch(browser: CDPSession, key: str, *, on: bool) -> None:
    """Whether a finger lies on the key."""
    browser.send("WebAuthn.setAutomaticPresenceSimulation", {"authenticatorId": key, "enabled": on})
