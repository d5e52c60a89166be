"""More accounts through the settings, wrong numbers, own names."""

from collections.abc import Callable

from playwright.sync_api import expect

from cabinet.ui import routes
from tests.journeys.app import DemoAccount
from tests.journeys.visitor import Visitor

TakeAccount = Callable[..., DemoAccount]


def test_a_second_account_is_linked_through_the_settings(resident: Visitor, any_accounts: list[DemoAccount]):
    first, second, words = any_accounts[0], any_accounts[1], resident.words
    resident.link_more(first)
    resident.follow(words.settings)
    resident.expect_page(routes.SETTINGS)
    resident.follow(words.link_accounts)
    resident.expect_page(routes.LINKED_ACCOUNTS)
    resident.follow(words.link_an_account)
    resident.expect_page(routes.LINK_ACCOUNT)
    resident.link(second)
    expect(resident.card(first)).to_be_visible()

    resident.open(routes.LINKED_ACCOUNTS)
    resident.card(second).get_by_role("button", name=words.rename).click()
    resident.card(second).get_by_label(words.own_name).fill("Дача")
    resident.press(words.save)
    expect(resident.card(second).get_by_role("heading")).to_have_text("Дача")
    resident.card(second).get_by_role("button", name=words.unlink).click()
    resident.card(second).get_by_role("button", name=words.unlink).click()
    expect(resident.card(second)).to_have_count(0)
    expect(resident.card(first)).to_be_visible()


def test_a_number_that_does_not_link_says_why_and_stays(resident: Visitor, any_accounts: list[DemoAccount]):
    account, words = any_accounts[0], resident.words
    resident.link_more(account)
    number = resident.field(words.number)
    for typed, said in (
        (account.number[:-1], words.wrong_form),
        (account.number, words.already_linked),
        (account.number[:-2] + "00", words.cannot_link),
    ):
        resident.open(routes.LINK_ACCOUNT)
        resident.enter_account(DemoAccount(account.provider, typed, 0))
        resident.press(words.link)
        resident.sees(said)
        expect(number).to_have_value(typed)
    number.fill(f" № {account.number[:4]} {account.number[4:]} ")
    resident.press(words.link)
    resident.sees(words.already_linked)
