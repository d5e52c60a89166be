"""Two browsers at once: nobody meets what belongs to another."""

from collections.abc import Callable

from playwright.sync_api import expect

from cabinet.ui import routes
from tests.journeys.app import DemoAccount
from tests.journeys.conftest import NewVisitor
from tests.journeys.visitor import Visitor

TakeAccount = Callable[..., DemoAccount]


def test_two_browsers_at_once_see_their_own_only(new_visitor: NewVisitor, any_accounts: list[DemoAccount]):
    alice, bob = new_visitor(), new_visitor()
    homes = {alice.email: any_accounts[0], bob.email: any_accounts[1]}
    for person in (alice, bob):
        person.open(routes.LINK_ACCOUNT)
    for person in (alice, bob):
        person.enter_account(homes[person.email])
    for person in (alice, bob):
        person.press(person.words.link)
    for person, other in ((alice, bob), (bob, alice)):
        for path in (routes.CABINET, routes.PAY, routes.LINKED_ACCOUNTS, routes.SETTINGS):
            person.open(path)
            if path != routes.SETTINGS:
                expect(person.card(homes[person.email]).first).to_be_visible()
            else:
                expect(person.field(person.words.email)).to_have_value(person.email)
            expect(person.card(homes[other.email])).to_have_count(0)
            assert other.email not in person.page.content()


def test_another_residents_account_and_payment_are_not_found(
    resident: Visitor, new_visitor: NewVisitor, any_accounts: list[DemoAccount], cards: dict[str, str]
):
    words, account, owner = resident.words, any_accounts[0], new_visitor()
    owner.link_more(account)
    owner.card(account).get_by_role("heading").get_by_role("link").click()
    owner.expect_page(routes.account("…"))
    account_id = owner.page.url.rstrip("/").rpartition("/")[2]
    card = owner.pay_for(account)
    owner.own_amount(card).fill("60")
    owner.go_to_bank()
    owner.follow(owner.words.back)
    owner.is_told(owner.words.waiting)
    payment_id = owner.page.url.partition("?")[0].rstrip("/").rpartition("/")[2]

    for path, said in (
        (routes.account(account_id), words.no_account),
        (routes.payment(payment_id), words.no_payment),
        (routes.account("nonsense"), words.no_account),
        (routes.payment("nonsense"), words.no_payment),
    ):
        resident.open(path)
        resident.sees(said)
        resident.sees_not(account.number)
    resident.open(routes.pay(account_id))
    resident.sees(words.no_accounts)


def test_a_guest_is_led_to_sign_in_and_back(visitor: Visitor, new_visitor: NewVisitor):
    resident = new_visitor(visitor.words)
    visitor.email = resident.email
    visitor.open(routes.LINKED_ACCOUNTS)
    visitor.expect_page(routes.SIGN_IN)
    visitor.enter_login()
    visitor.expect_page(routes.LINKED_ACCOUNTS)
