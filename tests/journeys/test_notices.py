"""What a provider tells is read, put aside for good, and found again."""

from playwright.sync_api import expect

from cabinet.ui import routes
from tests.journeys.app import DemoAccount
from tests.journeys.visitor import Visitor

OUTAGE = {"ru": "Плановое отключение холодной воды", "en": "Cold water will be off"}
HIDE = {"ru": "Скрыть", "en": "Hide"}
SHOW_AGAIN = {"ru": "Показать снова", "en": "Show again"}
HIDDEN = {"ru": "Скрыто объявлений: 1", "en": "Hidden notices: 1"}


def test_a_notice_is_put_aside_and_brought_back(resident: Visitor, any_accounts: list[DemoAccount]):
    locale = resident.words.locale
    outage = resident.page.get_by_role("heading", name=OUTAGE[locale])
    resident.link_more(any_accounts[1])
    expect(outage).to_be_visible()
    resident.page.get_by_role("button", name=f"{HIDE[locale]}: {OUTAGE[locale]}").click()
    expect(outage).to_have_count(0)
    resident.page.reload()
    resident.sees(HIDDEN[locale])
    expect(outage).to_have_count(0)
    resident.open(routes.CABINET)
    resident.press(SHOW_AGAIN[locale])
    expect(outage).to_be_visible()
    resident.sees_not(HIDDEN[locale])
