"""Sending readings: what is shown while one types, a doubt that is confirmed, a correction."""

import re
from collections.abc import Callable
from decimal import Decimal

from playwright.sync_api import Locator, expect

from cabinet.ui import routes
from tests.journeys.app import DemoAccount
from tests.journeys.conftest import NewVisitor

TakeAccount = Callable[..., DemoAccount]
ELECTRICITY, WATER = "СветЭнергоСбыт", "Водоканал «Родник»"
SEND, CORRECT, SURE = "Передать показания", "Исправить", "Да, показание верное"


def test_readings_are_sent_confirmed_and_corrected(new_visitor: NewVisitor, take_account: TakeAccount):
    resident, account, other = new_visitor(), take_account(ELECTRICITY), take_account(WATER)
    resident.link_more(account, other)
    resident.page.get_by_role("link", name="Показания", exact=True).first.click()
    resident.expect_page(routes.READINGS)
    card = resident.card(account)
    zones = fields_of(card)
    for zone, use in zip(zones, ("70,5", "0", "60"), strict=True):
        enter(zone, use)
    expect(card.get_by_text("расход 70,5")).to_be_visible()
    elsewhere = fields_of(resident.card(other))[0]
    enter(elsewhere, "3")
    typed = elsewhere.input_value()

    card.get_by_role("button", name=SEND).click()
    sure = card.get_by_role("checkbox", name=SURE)
    expect(sure).to_have_count(1)
    expect(sure).to_be_focused()
    expect(zones[1]).to_have_accessible_description(re.compile("расхода не было"))
    resident.page.keyboard.press("Space")
    card.get_by_role("button", name=SEND).click()
    expect(card.get_by_text("переданы. До")).to_be_visible()
    expect(card.get_by_text("Передано:")).to_have_count(3)
    expect(elsewhere).to_have_value(typed)

    card.get_by_role("button", name=re.compile(f"^{CORRECT}")).nth(2).click()
    field = fields_of(card)[0]
    expect(field).to_be_focused()
    enter(field, "62")
    corrected = field.input_value()
    draw_anew(card)
    expect(fields_of(card)[0]).to_have_value(corrected)
    fields_of(card)[0].fill(f"0{corrected}")
    fields_of(card)[0].press("Enter")
    expect(card.get_by_text(corrected)).to_be_visible()
    resident.settle()
    expect(card.get_by_role("textbox")).to_have_count(0)

    resident.page.reload()
    expect(card.get_by_text(corrected)).to_be_visible()
    card.get_by_text("Что передавали раньше").click()
    expect(card.get_by_text(re.compile("исправлено$"))).to_be_visible()


def test_what_was_typed_comes_back_after_a_reload_and_only_then(
    new_visitor: NewVisitor, any_accounts: list[DemoAccount]
):
    resident = new_visitor(phone=True)
    resident.link_more(any_accounts[1])
    resident.open(routes.READINGS)
    cold, hot = fields_of(resident.page.locator("main"))
    enter(cold, "4")
    typed = cold.input_value()
    resident.page.reload()
    expect(cold).to_have_value(typed)
    expect(hot).to_have_value("")
    expect(resident.page.get_by_text("расход 4 м³")).to_be_visible()
    resident.open(routes.READINGS)
    resident.settle()
    expect(cold).to_have_value("")


def test_what_was_typed_and_shown_fits_on_a_phone(new_visitor: NewVisitor, take_account: TakeAccount):
    resident = new_visitor(phone=True)
    resident.link_more(take_account(WATER))
    resident.open(routes.READINGS)
    resident.settle()
    cold, hot = fields_of(resident.page.locator("main"))
    below, above = value_after(cold, "4"), value_after(hot, "2")
    cold.fill(above)
    hot.fill(below)
    resident.press(SEND)
    expect(resident.page.get_by_text("перепутаны местами")).to_have_count(2)
    assert resident.page.evaluate("document.documentElement.scrollWidth") <= 390
    cold.fill(below)
    expect(resident.page.get_by_text("перепутаны местами").filter(visible=True)).to_have_count(1)
    hot.fill(above)
    resident.press(SEND)
    resident.sees("переданы. До")


def fields_of(place: Locator) -> list[Locator]:
    """The fields for readings; the page is waited for."""
    fields = place.locator("[data-before]")
    expect(fields.first).to_be_visible()
    return fields.all()


def draw_anew(card: Locator) -> None:
    """As a page does whose state was lost: the field goes, although nobody gave it up."""
    field = card.locator("[data-before]").first.element_handle()
    leave = card.locator("[data-forgets]").element_handle()
    leave.evaluate("button => button.removeAttribute('data-forgets')")
    leave.click()
    card.page.wait_for_function("field => !field.isConnected", arg=field)


def value_after(field: Locator, use: str) -> str:
    """The value by which so much was used."""
    before = Decimal(field.get_attribute("data-before") or "0")
    return f"{(before + Decimal(use.replace(',', '.'))).normalize():f}".replace(".", ",")


def enter(field: Locator, use: str) -> None:
    """Type the value by which so much was used."""
    field.fill(value_after(field, use))
