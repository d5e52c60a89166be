"""From a stranger to a paid bill: the way that everything else stands beside."""

from collections.abc import Callable

from playwright.sync_api import expect

from cabinet.ui import routes
from tests.journeys.app import DemoAccount
from tests.journeys.mailbox import link_in, text_of
from tests.journeys.visitor import Visitor


def test_from_sign_up_to_a_paid_bill(
    visitor: Visitor, take_account: Callable[..., DemoAccount], cards: dict[str, str]
):
    account, words, page = take_account("ОзёрГазСбыт"), visitor.words, visitor.page
    debt = words.sum(account.debt_minor)

    visitor.confirm(visitor.sign_up())
    visitor.follow(words.sign_in)
    visitor.enter_login()
    visitor.expect_page(routes.CABINET)
    visitor.sees(words.no_accounts)

    visitor.follow(words.link_an_account)
    visitor.expect_page(routes.LINK_ACCOUNT)
    visitor.link(account)
    expect(visitor.card(account)).to_contain_text(debt)

    visitor.card(account).get_by_role("link", name=words.pay_online).click()
    visitor.expect_page(routes.PAY)
    expect(visitor.card(account).get_by_role("radio", name=words.current_debt)).to_be_checked()
    expect(visitor.button(words.pay)).to_have_accessible_name(f"{words.pay} {debt}")
    visitor.go_to_bank()
    visitor.enter_card(cards["success"])
    visitor.is_told(words.paid)
    visitor.sees(debt)

    letter = visitor.mailbox.wait_for(visitor.email, words.payment_letter)
    assert debt in text_of(letter)
    assert link_in(letter, "/payments/") == page.url.partition("?")[0]

    visitor.open(routes.CABINET)
    expect(visitor.card(account)).to_contain_text(words.all_paid)
    expect(visitor.card(account)).not_to_contain_text(debt)
