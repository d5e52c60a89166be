"""An owner proves the account, lets somebody in, and takes it back: from open pages, too."""

from datetime import date

from playwright.sync_api import expect

from cabinet.i18n import use_locale
from cabinet.kit.dates import say_month
from cabinet.kit.money import plain_amount
from cabinet.ui import routes
from tests.journeys.app import App, DemoAccount
from tests.journeys.backstage import Backstage
from tests.journeys.conftest import NewVisitor
from tests.journeys.mailbox import link_in
from tests.journeys.visitor import Visitor

SECONDS_TO_LOSE_IT = 8_000


def test_an_owner_lets_somebody_in_and_takes_it_back(
    resident: Visitor, new_visitor: NewVisitor, app: App, backstage: Backstage
):
    owner, words, account = resident, resident.words, one_proved_by_bill(app, backstage)
    account_id = prove(owner, account, backstage)

    owner.follow(words.let_in)
    owner.expect_page(routes.access(account_id))
    guest, stranger = new_visitor(words), new_visitor(words)
    owner.fill(words.email_of_guest, guest.email)
    owner.press(words.send_invitation)
    owner.sees(guest.email)
    letter = link_in(owner.mailbox.wait_for(guest.email, words.invitation_letter), routes.INVITATION)

    stranger.page.goto(letter)
    stranger.sees(words.other_address)
    stranger.sees_not(words.provider_name(account.provider))

    guest.open(routes.CABINET)
    guest.sees(owner.email)
    guest.page.goto(letter)
    guest.press(words.accept)
    guest.expect_page(routes.account(account_id))
    guest.sees(words.by_invitation)
    expect(guest.page.get_by_role("link", name=words.pay_online)).to_be_visible()
    beside = guest.context.new_page()
    beside.goto(f"{guest.app.url}{words.path(routes.CABINET)}")
    expect(guest.card(account)).to_have_count(0)
    number = beside.locator("li").filter(has_text=words.by_invitation)
    expect(number).to_be_visible()

    owner.page.reload()
    owner.press(words.take_access_back)
    owner.press(words.take_it_back)
    expect(number).to_have_count(0, timeout=SECONDS_TO_LOSE_IT)
    expect(guest.page.get_by_text(words.no_account)).to_be_visible(timeout=SECONDS_TO_LOSE_IT)
    owner.mailbox.wait_for(guest.email, words.access_ended_letter)
    guest.page.goto(letter)
    guest.sees(words.invitation_over)


def one_proved_by_bill(app: App, backstage: Backstage) -> DemoAccount:
    """An account of the demo whose provider asks for the sum of a bill."""
    offered = [DemoAccount(**account) for account in reversed(app.demo()["accounts"])]
    return next(account for account in offered if backstage.proof_of(account.number) == "last_bill")


def prove(owner: Visitor, account: DemoAccount, backstage: Backstage) -> str:
    """Link the account and prove it by the bill that is asked for; the account's id."""
    words = owner.words
    owner.open(routes.LINK_ACCOUNT)
    owner.enter_account(account)
    owner.press(words.link)
    owner.expect_page(routes.prove("…"))
    account_id = owner.page.url.partition("/accounts/")[2][:36]
    field = owner.page.get_by_role("textbox", name=words.bill_sum)
    field.fill("1,23")
    owner.press(words.confirm)
    owner.sees(words.no_match)
    field.fill(sum_asked_for(owner, backstage.bills_of(account.number)))
    owner.press(words.confirm)
    owner.sees(words.is_yours)
    return account_id


def sum_asked_for(owner: Visitor, bills: dict[date, int]) -> str:
    """As it is printed on the bill of the month that the page names."""
    asked = owner.page.locator("main form").inner_text()
    with use_locale(owner.words.locale):
        return next(plain_amount(minor) for period, minor in bills.items() if say_month(period) in asked)
