"""The server goes away under open pages, and comes back."""

from collections.abc import Callable

from playwright.sync_api import expect

from cabinet.ui import routes
from tests.journeys.app import App, DemoAccount
from tests.journeys.conftest import NewVisitor
from tests.journeys.visitor import Visitor
from tests.journeys.words import RUSSIAN

MILLISECONDS_TO_RETURN = 30_000
LOSE_CONNECTION = """() => { dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }));
 document.dispatchEvent(new Event('visibilitychange')); }"""
"""Reflex closes its socket when a page is put away, and opens another when the page is shown again."""


def test_a_restart_under_open_pages_loses_nothing(
    app: App, new_visitor: NewVisitor, take_account: Callable[..., DemoAccount], cards: dict[str, str]
):
    resident, account = new_visitor(), take_account("УК «Тихий двор»")
    resident.link_more(account)
    linking, cabinet, profile = (another_tab(resident) for _ in range(3))
    linking.open(routes.LINK_ACCOUNT)
    linking.enter_account(account)
    cabinet.open(routes.CABINET)
    expect(cabinet.card(account)).to_be_visible()
    profile.open(routes.SETTINGS)
    profile.fill("Имя (необязательно)", "Анна Павловна")
    card = resident.pay_for(account)
    resident.own_amount(card).fill("123,45")
    expect(resident.button(RUSSIAN.pay)).to_have_accessible_name(f"{RUSSIAN.pay} {RUSSIAN.sum(12345)}")

    app.stop()
    for tab in (resident, linking, cabinet, profile):
        tab.page.bring_to_front()
        tab.sees(RUSSIAN.lost)
    app.start()
    for tab in (resident, linking, cabinet, profile):
        tab.page.bring_to_front()
        expect(tab.page.get_by_text(RUSSIAN.lost)).to_have_count(0, timeout=MILLISECONDS_TO_RETURN)

    expect(linking.field(RUSSIAN.number)).to_have_value(account.number)
    expect(linking.field(RUSSIAN.provider)).to_have_value(account.provider)
    linking.press(RUSSIAN.link)
    linking.sees(RUSSIAN.already_linked)
    expect(cabinet.card(account)).to_contain_text(RUSSIAN.sum(account.debt_minor))
    expect(profile.field("Имя (необязательно)")).to_have_value("Анна Павловна")
    profile.press(RUSSIAN.save)
    profile.sees("Сохранено")

    expect(resident.own_amount(card)).to_have_value("123,45")
    expect(card.get_by_role("radio", name=RUSSIAN.other_amount)).to_be_checked()
    expect(resident.button(RUSSIAN.pay)).to_have_accessible_name(f"{RUSSIAN.pay} {RUSSIAN.sum(12345)}")
    resident.go_to_bank()
    resident.enter_card(cards["success"])
    resident.is_told(RUSSIAN.paid)
    resident.sees(RUSSIAN.sum(12345))
    for about in ("WebSocket", "ERR_CONNECTION_REFUSED", "net::ERR"):
        resident.forget_complaints(about=about)


def test_a_short_loss_of_the_connection_changes_nothing(
    new_visitor: NewVisitor, any_accounts: list[DemoAccount]
):
    resident, account = new_visitor(), any_accounts[0]
    resident.link_more(account)
    card = resident.pay_for(account)
    resident.own_amount(card).fill("123,45")
    expect(resident.button(RUSSIAN.pay)).to_have_accessible_name(f"{RUSSIAN.pay} {RUSSIAN.sum(12345)}")
    linking = another_tab(resident)
    linking.open(routes.LINK_ACCOUNT)
    linking.enter_account(account)

    for tab in (resident, linking):
        tab.page.bring_to_front()
        form = tab.page.locator("form[data-keeps]").element_handle()
        tab.page.evaluate(LOSE_CONNECTION)
        tab.page.wait_for_function("form => !form.isConnected", arg=form)
    expect(resident.own_amount(card)).to_have_value("123,45")
    expect(resident.button(RUSSIAN.pay)).to_have_accessible_name(f"{RUSSIAN.pay} {RUSSIAN.sum(12345)}")
    linking.press(RUSSIAN.link)
    linking.sees(RUSSIAN.already_linked)


def another_tab(visitor: Visitor) -> Visitor:
    """A second page of the same browser, whose console is heard with the first one's."""
    page = visitor.context.new_page()
    return Visitor(page, visitor.words, visitor.app, visitor.mailbox, visitor.email)
