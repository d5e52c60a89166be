"""Own amounts, readings on the way, cards that are declined, and going back and forth."""

import re
from collections.abc import Callable

from playwright.sync_api import Locator, expect

from cabinet.ui import routes
from tests.journeys.app import DemoAccount
from tests.journeys.conftest import NewVisitor
from tests.journeys.visitor import Visitor
from tests.journeys.words import RUSSIAN

TakeAccount = Callable[..., DemoAccount]
Cards = dict[str, str]

GAS, ELECTRICITY = "ОзёрГазСбыт", "СветЭнергоСбыт"
HOUSING, WATER, HEAT = "УК «Тихий двор»", "Водоканал «Родник»", "Теплосеть «Очаг»"


def test_an_own_amount_is_refused_at_its_field_until_it_is_right(
    resident: Visitor, take_account: TakeAccount, cards: Cards
):
    account, words = take_account(GAS), resident.words
    resident.link_more(account)
    card = resident.pay_for(account)
    field = resident.own_amount(card)
    for wrong in ("сто", "0", "-5", "1", "999999999"):
        field.fill(wrong)
        expect(card.get_by_role("radio", name=words.other_amount)).to_be_checked()
        resident.press(words.pay)
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(field).to_have_value(wrong)

    field.fill("1 50,50" if words.locale == "ru" else "150.50")
    expect(resident.button(words.pay)).to_have_accessible_name(f"{words.pay} {words.sum(15050)}")
    resident.go_to_bank()
    resident.enter_card(cards["success"])
    resident.is_told(words.paid)
    resident.sees(words.sum(15050))
    resident.mailbox.wait_for(resident.email, words.payment_letter)

    resident.open(routes.CABINET)
    expect(resident.card(account)).to_contain_text(words.sum(account.debt_minor - 15050))


def test_readings_of_three_zones_are_kept_even_without_the_payment(
    resident: Visitor, take_account: TakeAccount
):
    account, words = take_account(ELECTRICITY), resident.words
    resident.link_more(account)
    card = resident.pay_for(account)
    card.get_by_role("checkbox", name=words.send_readings).check()
    zones = [card.get_by_role("textbox", name=zone) for zone in words.zones]
    before = [previous_reading(zone) for zone in zones]

    zones[0].fill(str(before[0] + 10))
    zones[1].fill(str(before[1] - 1))
    zones[2].fill(str(before[2] + 30))
    resident.press(words.pay)
    expect(zones[1]).to_have_accessible_description(re.compile(words.below_previous))
    expect(zones[1]).to_have_attribute("aria-invalid", "true")
    expect(zones[0]).to_have_attribute("aria-invalid", "false")
    expect(zones[0]).to_have_value(str(before[0] + 10))
    resident.expect_page(routes.PAY)

    zones[1].fill(str(before[1] + 20))
    resident.go_to_bank()
    resident.follow(words.back)
    resident.is_told(words.waiting)
    resident.press(words.do_not_pay)
    resident.is_told(words.not_paid)

    resident.open(routes.CABINET)
    resident.card(account).get_by_role("heading").get_by_role("link").click()
    resident.expect_page(routes.account("…"))
    for zone, value in zip(words.zones, before, strict=True):
        shown = resident.page.locator(".figures").filter(has_text=zone)
        expect(shown).to_contain_text(re.compile(spaced(value + 10 * (words.zones.index(zone) + 1))))


def test_a_declined_card_says_why_and_the_payment_goes_on(
    resident: Visitor, take_account: TakeAccount, cards: Cards
):
    account, words = take_account(HOUSING), resident.words
    resident.link_more(account)
    resident.pay_for(account)
    resident.go_to_bank()
    resident.enter_card(cards["declined"])
    expect(resident.page.get_by_role("alert")).to_contain_text(words.declined)
    resident.follow(words.back)
    resident.is_told(words.waiting)
    resident.sees(words.declined)

    resident.press(words.continue_paying)
    expect(resident.field(words.card_number)).to_be_visible()
    resident.enter_card(cards["success"])
    resident.is_told(words.paid)
    resident.open(routes.PAYMENTS)
    expect(resident.page.get_by_text(words.paid, exact=True)).to_have_count(1)
    resident.sees_not(words.waiting)


def test_the_bank_asks_for_confirmation(new_visitor: NewVisitor, take_account: TakeAccount, cards: Cards):
    resident = new_visitor()
    resident.link_more(take_account(HEAT))
    resident.open(routes.PAY)
    resident.go_to_bank()
    resident.enter_card(cards["authentication"])
    resident.press("Подтвердить")
    resident.is_told(RUSSIAN.paid)


def test_two_accounts_are_paid_at_once(new_visitor: NewVisitor, take_account: TakeAccount, cards: Cards):
    resident, accounts = new_visitor(), [take_account(HEAT), take_account(WATER)]
    resident.link_more(*accounts)
    resident.follow("Оплатить всё:")
    resident.expect_page(routes.PAY)
    resident.go_to_bank()
    resident.enter_card(cards["success"])
    resident.is_told(RUSSIAN.paid)
    resident.sees("в том числе комиссия")
    resident.open(routes.CABINET)
    for account in accounts:
        expect(resident.card(account)).to_contain_text(RUSSIAN.all_paid)


def test_the_result_stays_true_after_reload_back_and_on_another_device(
    new_visitor: NewVisitor, take_account: TakeAccount, cards: Cards
):
    resident = new_visitor()
    resident.link_more(take_account(WATER))
    resident.open(routes.PAY)
    resident.go_to_bank()
    resident.enter_card(cards["success"])
    resident.is_told(RUSSIAN.paid)
    result = resident.page.url

    resident.page.reload()
    resident.is_told(RUSSIAN.paid)
    resident.page.go_back()
    resident.page.go_forward()
    resident.is_told(RUSSIAN.paid)

    elsewhere = new_visitor(resident=False, phone=True)
    elsewhere.email = resident.email
    elsewhere.sign_in()
    elsewhere.page.goto(result)
    elsewhere.is_told(RUSSIAN.paid)
    elsewhere.open(routes.PAYMENTS)
    expect(elsewhere.page.get_by_text(RUSSIAN.paid, exact=True)).to_have_count(1)


def test_who_comes_back_from_the_bank_can_pay_once_more_but_only_once(
    new_visitor: NewVisitor, take_account: TakeAccount, cards: Cards
):
    resident, account = new_visitor(), take_account(WATER)
    resident.link_more(account)
    resident.open(routes.PAY)
    resident.go_to_bank()
    resident.page.go_back()
    resident.expect_page(routes.PAY)
    expect(resident.button(RUSSIAN.pay)).to_be_enabled()
    resident.go_to_bank()
    resident.enter_card(cards["success"])
    resident.is_told(RUSSIAN.paid)
    resident.open(routes.PAYMENTS)
    expect(resident.page.get_by_text(RUSSIAN.paid, exact=True)).to_have_count(1)
    resident.open(routes.CABINET)
    expect(resident.card(account)).to_contain_text(RUSSIAN.all_paid)


def test_a_payment_that_was_made_does_not_take_the_next_one_away(
    new_visitor: NewVisitor, take_account: TakeAccount, cards: Cards
):
    resident, account = new_visitor(), take_account(GAS)
    resident.link_more(account)
    resident.open(routes.PAY)
    resident.go_to_bank()
    resident.enter_card(cards["success"])
    resident.is_told(RUSSIAN.paid)
    resident.follow("К моим счетам")
    resident.card(account).get_by_role("link", name=RUSSIAN.pay_online).click()
    resident.own_amount(resident.card(account)).fill("60")
    resident.expect_page(routes.PAY)
    resident.go_to_bank()
    resident.enter_card(cards["success"])
    resident.is_told(RUSSIAN.paid)
    expect(resident.page.locator("main")).to_contain_text(RUSSIAN.sum(6000))


def previous_reading(field: Locator) -> int:
    """The whole part of the reading that the page names as the previous one."""
    described = field.evaluate("f => document.getElementById(f.id + '-help').textContent")
    found = re.search(r"(?:предыдущее|previous): ([\d\s]+)", described)
    assert found, described
    return int(re.sub(r"\s", "", found[1]))


def spaced(value: int) -> str:
    """A pattern of the number, however its digits are grouped."""
    return r"[\s,]?".join(str(value))
