"""Saved cards and autopay on a phone; a bank that asks; a page that follows its payment."""

import re
from collections.abc import Callable

from playwright.sync_api import Locator, expect

from cabinet.autopay.consent import consent_text
from cabinet.sandbox.keys import MORE_CARDS
from cabinet.ui import routes
from tests.journeys.app import DemoAccount
from tests.journeys.backstage import Backstage
from tests.journeys.conftest import NewVisitor
from tests.journeys.mailbox import link_in, text_of
from tests.journeys.visitor import Visitor
from tests.journeys.words import RUSSIAN

TakeAccount = Callable[..., DemoAccount]
Cards = dict[str, str]

GAS, HOUSING, WATER = "ОзёрГазСбыт", "УК «Тихий двор»", "Водоканал «Родник»"
ADD, SAVE, TURN_ON = "Добавить карту", "Привязать карту", "Включить автоплатёж"
CONSENT, LIMIT = "Я согласен (согласна) на автоплатёж", "Лимит одного списания"


def test_a_card_and_its_autopay_from_first_to_last(
    new_visitor: NewVisitor, take_account: TakeAccount, cards: Cards
):
    resident, account = new_visitor(phone=True), take_account(GAS)
    resident.link_more(account)
    resident.open(routes.CARDS)
    resident.sees("Сохранённых карт нет")
    resident.sees("Сначала добавьте карту")

    save_card(resident, cards["declined"])
    expect(resident.page.get_by_role("alert")).to_contain_text(RUSSIAN.declined)
    enter_card(resident, cards["success"])
    resident.sees("Карта Visa •••• 4242 добавлена.")
    resident.sees("Действует до 12/34")
    resident.page.reload()
    expect(resident.page.get_by_role("heading", name="Visa •••• 4242")).to_have_count(1)

    line = resident.card(account)
    press(line, TURN_ON)
    expect(line).to_contain_text(consent_text("ru").text)
    line.get_by_label("День месяца", exact=True).select_option("15")
    line.get_by_label(LIMIT).fill("много")
    press(line, TURN_ON)
    expect(line).to_contain_text("Введите лимит цифрами")
    line.get_by_label(LIMIT).fill("2500")
    press(line, TURN_ON)
    expect(line).to_contain_text("Поставьте отметку, если согласны")
    line.get_by_label(CONSENT).check()
    press(line, TURN_ON)
    expect(line).to_contain_text("Автоплатёж включён")
    for fact in ("15-го числа каждого месяца", "Visa •••• 4242", RUSSIAN.sum(250_000)):
        expect(line).to_contain_text(fact)

    press(line, "Приостановить")
    expect(line).to_contain_text("Пауза: ничего не спишется.")
    press(line, "Возобновить")
    expect(line).to_contain_text("Автоплатёж включён")

    press(line, "Изменить")
    expect(line.get_by_label(LIMIT)).to_have_value(re.compile("2.?500"))
    line.get_by_label("Когда придёт квитанция").check()
    expect(line.get_by_label("День месяца", exact=True)).to_have_count(0)
    line.get_by_label(CONSENT).check()
    press(line, TURN_ON)
    expect(line).to_contain_text("когда придёт квитанция")

    press(line, "Отключить")
    press(line, "Оставить")
    expect(line).to_contain_text("Автоплатёж включён")
    press(line, "Отключить")
    press(line, "Отключить автоплатёж")
    expect(line).to_contain_text("Автоплатёж отключён")
    resident.mailbox.wait_for(resident.email, "Автоплатёж отключён")

    resident.press("Удалить")
    resident.press("Удалить карту")
    resident.sees("Карта удалена.")
    resident.sees("Сохранённых карт нет")


def test_who_comes_back_without_a_card_has_none(new_visitor: NewVisitor):
    resident = new_visitor(phone=True)
    resident.open(routes.CARDS)
    resident.press(ADD)
    resident.follow(RUSSIAN.back)
    resident.expect_page(routes.CARDS)
    resident.sees("Сохранённых карт нет")


def test_a_bank_that_asks_is_answered_on_the_site(
    new_visitor: NewVisitor, take_account: TakeAccount, backstage: Backstage
):
    resident, account = new_visitor(phone=True), take_account(HOUSING)
    resident.link_more(account)
    resident.open(routes.CARDS)
    save_card(resident, MORE_CARDS["always_authenticate"])
    resident.press("Подтвердить")
    resident.sees("Карта Visa •••• 3184 добавлена.")
    line = resident.card(account)
    press(line, TURN_ON)
    line.get_by_label("Когда придёт квитанция").check()
    line.get_by_label(LIMIT).fill("100000")
    line.get_by_label(CONSENT).check()
    press(line, TURN_ON)
    expect(line).to_contain_text("Автоплатёж включён")

    backstage.let_bill_arrive(account.number)
    announced = resident.mailbox.wait_for(resident.email, "Автоплатёж")
    assert "3184" in text_of(announced)
    backstage.let_charge_come(account.number)
    asked = resident.mailbox.wait_for(resident.email, "Банк просит")
    assert HOUSING in text_of(asked)
    resident.page.reload()
    expect(line).to_contain_text("не оплачено, банк просит подтверждение")

    resident.page.goto(link_in(asked, routes.PAY))
    resident.go_to_bank()
    resident.enter_card(MORE_CARDS["always_authenticate"])
    resident.press("Подтвердить")
    resident.is_told(RUSSIAN.paid)
    resident.open(routes.CARDS)
    expect(line).to_contain_text("Автоплатёж включён")
    expect(line.get_by_role("link", name="Оплатить на сайте")).to_have_count(0)
    resident.open(routes.PAYMENTS)
    expect(resident.page.get_by_text(RUSSIAN.paid, exact=True)).to_have_count(1)


def test_autopay_pays_a_bill_that_arrives(
    new_visitor: NewVisitor, take_account: TakeAccount, cards: Cards, backstage: Backstage
):
    resident, account = new_visitor(phone=True), take_account(WATER)
    resident.link_more(account)
    resident.open(routes.CARDS)
    save_card(resident, cards["success"])
    line = resident.card(account)
    press(line, TURN_ON)
    line.get_by_label("Когда придёт квитанция").check()
    line.get_by_label(LIMIT).fill("100000")
    line.get_by_label(CONSENT).check()
    press(line, TURN_ON)
    expect(line).to_contain_text("Автоплатёж включён")
    backstage.let_bill_arrive(account.number)
    resident.mailbox.wait_for(resident.email, "Автоплатёж")
    backstage.let_charge_come(account.number)
    resident.mailbox.wait_for(resident.email, RUSSIAN.payment_letter)
    resident.page.reload()
    line.get_by_role("link", name=": оплачено").click()
    resident.is_told(RUSSIAN.paid)
    resident.open(routes.CABINET)
    expect(resident.card(account)).to_contain_text(RUSSIAN.all_paid)


def test_the_open_page_of_a_payment_moves_to_paid_by_itself(
    new_visitor: NewVisitor, take_account: TakeAccount, backstage: Backstage
):
    resident = new_visitor(phone=True)
    resident.link_more(take_account(WATER))
    resident.open(routes.PAY)
    resident.go_to_bank()
    resident.enter_card(MORE_CARDS["delayed"])
    resident.is_told(RUSSIAN.waiting)
    timeline = resident.page.locator(".timeline")
    expect(timeline.locator(".timeline-done")).to_have_count(1)
    resident.page.evaluate("window.notReloaded = true")

    backstage.let_money_arrive()
    resident.is_told(RUSSIAN.paid)
    expect(timeline.locator(".timeline-done")).to_have_count(3)
    assert resident.page.evaluate("window.notReloaded"), "the page was loaded again"


def save_card(resident: Visitor, number: str) -> None:
    """From the page of cards to the hosted page, and the card entered there."""
    resident.press(ADD)
    expect(resident.page).to_have_url(re.compile("/sandbox/"))
    enter_card(resident, number)


def enter_card(resident: Visitor, number: str) -> None:
    """Fill in the hosted page that saves a card."""
    resident.fill(RUSSIAN.card_number, number)
    resident.fill(RUSSIAN.expiry, "12/34")
    resident.fill("CVC", "123")
    resident.press(SAVE)


def press(line: Locator, name: str) -> None:
    """Press the button of this card whose name is so, or begins so before a colon."""
    line.get_by_role("button", name=re.compile(rf"^{re.escape(name)}(\s*:|$)")).click()
