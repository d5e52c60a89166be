"""A proved owner opens the bills, sees why the sum changed, keeps the PDF, and pays that month."""

import re

from playwright.sync_api import expect

from cabinet.i18n import use_locale
from cabinet.kit.dates import say_month
from cabinet.ui import routes
from tests.journeys.app import App
from tests.journeys.backstage import Backstage
from tests.journeys.test_access import one_proved_by_bill, prove
from tests.journeys.test_every_page import complaints_of_axe
from tests.journeys.visitor import Visitor

WORDS = {
    "ru": {
        "bills": "Квитанции",
        "why": "Почему изменилась сумма?",
        "pdf": "PDF",
        "table": "Показать таблицей",
        "lock": "Подтвердите счёт",
    },
    "en": {
        "bills": "Bills",
        "why": "Why did the sum change?",
        "pdf": "PDF",
        "table": "Show as a table",
        "lock": "Bills are shown once",
    },
}


def test_bills_are_read_understood_and_paid(resident: Visitor, app: App, backstage: Backstage):
    owner, words = resident, WORDS[resident.words.locale]
    account = one_proved_by_bill(app, backstage)
    account_id = prove(owner, account, backstage)
    newest = max(backstage.bills_of(account.number))

    owner.open(routes.account(account_id))
    owner.page.locator("main").get_by_role("link", name=re.compile(f"^{words['bills']}")).click()
    owner.expect_page(routes.BILLS)
    owner.settle()
    expect(owner.page.get_by_role("figure").first.locator(".recharts-bar-rectangle")).to_have_count(13)
    owner.page.get_by_text(words["table"]).first.click()
    expect(owner.page.get_by_role("table").first.get_by_role("row")).to_have_count(14)
    assert complaints_of_axe(owner) == []

    with use_locale(owner.words.locale):
        month = say_month(newest)
    owner.page.get_by_role("link", name=month).click()
    owner.expect_page(routes.bill("…"))
    owner.sees(words["why"])
    assert complaints_of_axe(owner) == []
    with owner.page.expect_download() as kept:
        owner.follow(words["pdf"])
    assert kept.value.suggested_filename == f"bill-{newest:%Y-%m}.pdf"

    owner.page.get_by_role("link", name=re.compile(f"^{owner.words.pay} ")).click()
    owner.expect_page(routes.PAY)
    assert f"period={newest:%Y-%m}" in owner.page.url
    owner.sees(month)
    owner.go_to_bank()
    assert newest in backstage.months_chosen(account.number)


def test_a_link_by_number_alone_says_how_to_see_bills(resident: Visitor, app: App, backstage: Backstage):
    owner, account = resident, one_proved_by_bill(app, backstage)
    owner.link_more(account)
    owner.open(routes.BILLS)
    owner.sees(WORDS[owner.words.locale]["lock"])
    owner.page.locator("main").get_by_role("link").last.click()
    owner.expect_page(routes.prove("…"))
