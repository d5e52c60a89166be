"""Links from letters, new passwords, signing out."""

from playwright.sync_api import expect

from cabinet.ui import routes
from tests.journeys.conftest import NewVisitor
from tests.journeys.mailbox import link_in
from tests.journeys.visitor import Visitor


def test_a_link_confirms_once_and_says_when_it_is_used_or_wrong(visitor: Visitor):
    words = visitor.words
    letter = visitor.sign_up()
    visitor.confirm(letter)
    visitor.page.goto(link_in(letter, routes.CONFIRM))
    visitor.sees(words.link_used)
    visitor.press(words.new_letter)
    visitor.sees(words.if_it_waits)
    visitor.open(f"{routes.CONFIRM}?token=nonsense")
    visitor.sees(words.link_wrong)
    visitor.follow(words.new_letter)
    visitor.expect_page(routes.LETTER_SENT)
    visitor.forget_complaints(about="422")


def test_who_has_not_confirmed_cannot_sign_in_and_can_ask_again(visitor: Visitor):
    words = visitor.words
    visitor.sign_up()
    visitor.open(routes.SIGN_IN)
    visitor.enter_login()
    visitor.follow(words.send_again)
    visitor.expect_page(routes.LETTER_SENT)
    expect(visitor.field(words.email)).to_have_value(visitor.email)
    visitor.forget_complaints(about="403")


def test_a_forgotten_password_is_replaced_and_ends_all_sessions(resident: Visitor, new_visitor: NewVisitor):
    words = resident.words
    resident.open(routes.CABINET)
    resident.sees(words.no_accounts)
    guest = new_visitor(words, resident=False)
    guest.email = resident.email
    guest.open(routes.SIGN_IN)
    guest.follow(words.forgot_password)
    guest.expect_page(routes.FORGOT_PASSWORD)
    guest.fill(words.email, guest.email)
    guest.press(words.send_link)
    guest.page.goto(link_in(guest.mailbox.wait_for(guest.email, words.reset_letter), routes.RESET_PASSWORD))
    guest.fill(words.new_password, "Klyon2931")
    guest.press(words.save_password)
    guest.expect_page(routes.SIGN_IN)
    guest.sees(words.password_is_set)

    guest.enter_login()
    guest.sees(words.wrong_login)
    guest.password = "Klyon2931"
    guest.enter_login()
    guest.expect_page(routes.CABINET)
    guest.forget_complaints(about="401")

    resident.page.reload()
    resident.expect_page(routes.SIGN_IN)


def test_signing_out_closes_the_cabinet_in_every_tab(resident: Visitor):
    words = resident.words
    resident.open(routes.CABINET)
    resident.sees(words.no_accounts)
    other_tab = resident.context.new_page()
    other_tab.goto(resident.page.url)
    expect(other_tab.get_by_text(words.no_accounts)).to_be_visible()
    resident.press(words.sign_out)
    resident.expect_page(routes.FRONT)
    resident.page.go_back()
    resident.expect_page(routes.SIGN_IN)
    resident.sees_not(resident.email)
    other_tab.get_by_role("link", name=words.settings).first.click()
    expect(other_tab.get_by_label(words.password, exact=True)).to_be_visible()


def test_a_wrong_password_is_said_and_the_address_stays(visitor: Visitor):
    visitor.open(routes.SIGN_IN)
    visitor.enter_login()
    visitor.sees(visitor.words.wrong_login)
    expect(visitor.field(visitor.words.email)).to_have_value(visitor.email)
    visitor.forget_complaints(about="401")
