"""Signing up, linking, paying and readings without a mouse; hints by focus."""

from collections.abc import Callable

from playwright.sync_api import Locator, expect

from cabinet.ui import routes
from tests.journeys.app import DemoAccount
from tests.journeys.conftest import NewVisitor
from tests.journeys.test_readings import fields_of, value_after
from tests.journeys.visitor import Visitor

MOST_STOPS = 60
IS_MARKED = """element => { const style = getComputedStyle(element);
 return style.outlineStyle !== 'none' || style.boxShadow !== 'none'; }"""


def test_signing_up_and_in_by_keyboard_with_a_pasted_password(new_visitor: NewVisitor):
    visitor = new_visitor(resident=False)
    words, keys = visitor.words, visitor.page.keyboard
    visitor.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visitor.open(routes.SIGN_UP)
    visitor.page.evaluate("text => navigator.clipboard.writeText(text)", visitor.password)
    walk_to(visitor.field(words.email))
    keys.type(visitor.email)
    walk_to(visitor.field(words.password))
    keys.press("Control+V")
    expect(visitor.field(words.password)).to_have_value(visitor.password)
    walk_to(visitor.field(words.consent))
    keys.press("Space")
    walk_to(visitor.button(words.sign_up))
    keys.press("Enter")
    visitor.expect_page(routes.LETTER_SENT)
    visitor.confirm(visitor.mailbox.wait_for(visitor.email, words.confirm_letter))
    visitor.open(routes.SIGN_IN)
    walk_to(visitor.field(words.email))
    keys.type(visitor.email)
    walk_to(visitor.field(words.password))
    keys.press("Control+V")
    keys.press("Enter")
    visitor.expect_page(routes.CABINET)


def test_an_account_is_linked_by_keyboard(resident: Visitor, any_accounts: list[DemoAccount]):
    account, words, keys = any_accounts[0], resident.words, resident.page.keyboard
    resident.open(routes.LINK_ACCOUNT)
    walk_to(resident.field(words.provider))
    keys.type(words.provider_name(account.provider)[:5])
    expect(resident.page.get_by_role("option").filter(visible=True)).to_have_count(1)
    keys.press("ArrowDown")
    keys.press("Enter")
    expect(resident.field(words.provider)).to_have_value(words.provider_name(account.provider))
    walk_to(resident.field(words.number))
    keys.type(account.number)
    keys.press("Enter")
    resident.expect_page(routes.prove("…"))
    walk_to(resident.page.get_by_role("link", name=words.not_now))
    keys.press("Enter")
    resident.expect_page(routes.CABINET)
    expect(resident.card(account)).to_be_visible()


def test_a_bill_is_paid_by_keyboard(
    new_visitor: NewVisitor, take_account: Callable[..., DemoAccount], cards: dict[str, str]
):
    resident, account = new_visitor(), take_account("СветЭнергоСбыт")
    words, keys = resident.words, resident.page.keyboard
    resident.link_more(account)
    resident.open(routes.PAY)
    card = resident.card(account)
    walk_to(card.get_by_role("radio", name=words.current_debt))
    keys.press("ArrowDown")
    expect(card.get_by_role("radio", name=words.other_amount)).to_be_checked()
    walk_to(resident.own_amount(card))
    keys.type("250")
    walk_to(card.get_by_role("checkbox", name=words.send_readings))
    keys.press("Space")
    expect(card.get_by_role("textbox", name=words.zones[0])).to_be_visible()
    walk_to(resident.button(words.pay))
    expect(resident.button(words.pay)).to_have_accessible_name(f"{words.pay} {words.sum(25000)}")
    keys.press("Enter")
    walk_to(resident.field(words.card_number))
    for text in (cards["success"], "12/34", "123"):
        keys.type(text)
        keys.press("Tab")
    keys.press("Enter")
    resident.is_told(words.paid)
    resident.sees(words.sum(25000))
    readings_are_sent_by_keyboard(resident, account)


def readings_are_sent_by_keyboard(resident: Visitor, account: DemoAccount) -> None:
    resident.open(routes.READINGS)
    card = resident.card(account)
    for field, use in zip(fields_of(card), ("70,5", "31", "60"), strict=True):
        walk_to(field)
        resident.page.keyboard.type(value_after(field, use))
    walk_to(card.get_by_role("button", name=resident.words.send_readings))
    resident.page.keyboard.press("Enter")
    resident.sees("переданы. До")


def test_a_hint_opens_by_focus_and_closes_by_escape(resident: Visitor):
    words = resident.words
    resident.open(routes.LINK_ACCOUNT)
    button = resident.button(words.hint_number)
    tip = resident.page.locator("[role=tooltip]").filter(has=resident.page.locator("svg"))
    expect(tip).to_be_hidden()
    walk_to(button)
    expect(tip).to_be_visible()
    assert button.get_attribute("aria-describedby") == tip.get_attribute("id")
    resident.page.keyboard.press("Escape")
    expect(tip).to_be_hidden()
    expect(button).to_be_focused()
    resident.page.keyboard.press("Tab")
    button.hover()
    expect(tip).to_be_visible()
    tip.hover()
    expect(tip).to_be_visible()
    resident.page.mouse.move(0, 0)
    expect(tip).to_be_hidden()


def test_the_first_stop_leads_past_the_menu(resident: Visitor):
    resident.open(routes.CABINET)
    resident.sees(resident.words.no_accounts)
    resident.page.keyboard.press("Tab")
    resident.page.keyboard.press("Enter")
    resident.page.keyboard.press("Tab")
    assert resident.page.evaluate("document.activeElement.closest('main') !== null")


def test_the_menu_of_the_phone_closes_by_escape(new_visitor: NewVisitor):
    resident = new_visitor(phone=True)
    resident.open(routes.CABINET)
    more = resident.button("Ещё")
    expect(resident.button(resident.words.sign_out)).to_be_hidden()
    more.tap()
    expect(resident.button(resident.words.sign_out)).to_be_visible()
    resident.page.keyboard.press("Escape")
    expect(resident.button(resident.words.sign_out)).to_be_hidden()
    expect(more).to_be_focused()


def walk_to(target: Locator) -> None:
    """Press Tab until the element has the focus, and shows it."""
    expect(target).to_be_visible()
    for _ in range(MOST_STOPS):
        if target.evaluate("element => element === document.activeElement"):
            assert target.evaluate(IS_MARKED), "the focus cannot be seen"
            return
        target.page.keyboard.press("Tab")
    raise AssertionError(f"{target} cannot be reached by Tab")
