"""Every page in both languages: axe in both themes, phone and wide screen; title, heading, language, width, paper, zoom."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from cabinet.pages import PAGES
from cabinet.ui import routes
from tests.journeys.conftest import DESKTOP, PHONE, Household, NewVisitor
from tests.journeys.visitor import Visitor
from tests.journeys.words import RUSSIAN, Words
from tests.journeys.zoom import DRAWN, lost_at_400_percent

UNKNOWN = "/no/such/page"
FOR_GUESTS = {
    routes.FRONT,
    routes.SIGN_UP,
    routes.LETTER_SENT,
    routes.CONFIRM,
    routes.SIGN_IN,
    routes.FORGOT_PASSWORD,
    routes.RESET_PASSWORD,
    routes.NEW_EMAIL,
    routes.OLD_EMAIL,
    routes.GUEST_REQUEST,
    UNKNOWN,
}
PROVOKED = {routes.CONFIRM: "422", UNKNOWN: "404"}
TITLES = {"ru": re.compile(r"[А-я].* · .*[А-я]|^404"), "en": re.compile(r"^[^А-я]+ · [^А-я]+$|^404")}
EVERYTHING = {"rules": {"target-size": {"enabled": True}}}
"""All that axe knows by itself, and the rule of WCAG 2.2 that it leaves out unless asked."""
COLOURS_ONLY = {"runOnly": ["color-contrast"]}
"""What else axe looks at is the same in both themes."""
THEME_IS_SHOWN = """() => document.documentElement.classList.contains('dark')
 === matchMedia('(prefers-color-scheme: dark)').matches && !document.getAnimations().some(a => a.playState === 'running')"""


@pytest.mark.parametrize("path", [*(page.path for page in PAGES), UNKNOWN])
def test_the_page_is_for_everyone(path: str, words: Words, household: Household, new_visitor: NewVisitor):
    visitor = new_visitor(words, resident=False, state=None if path in FOR_GUESTS else household.state)
    visitor.open(household.address(path))
    visitor.settle()
    expect(visitor.page).to_have_title(TITLES[words.locale])
    assert visitor.page.evaluate("document.documentElement.lang") == words.locale
    expect(visitor.page.get_by_role("heading", level=1)).to_have_count(1)
    assert complaints_of_axe(visitor) == []
    assert is_on_paper(visitor)
    if words is RUSSIAN:  # Its words are the longer ones.
        assert lost_at_400_percent(visitor) == {}
    visitor.forget_complaints(about=PROVOKED.get(path, "nothing provoked"))


def test_fields_and_complaints_on_the_pay_page(words: Words, household: Household, new_visitor: NewVisitor):
    visitor = new_visitor(words, resident=False, state=household.state)
    visitor.open(routes.PAY)
    card = visitor.card(household.accounts[0])
    card.get_by_role("checkbox", name=words.send_readings).check()
    visitor.own_amount(card).fill("0")
    card.get_by_role("textbox").nth(1).fill("0")
    visitor.press(words.pay)
    expect(card.locator("[aria-invalid=true]").first).to_be_visible()
    assert complaints_of_axe(visitor) == []


def test_complaints_of_the_sign_up_form(visitor: Visitor):
    visitor.open(routes.SIGN_UP)
    visitor.fill(visitor.words.email, "анна")
    visitor.press(visitor.words.sign_up)
    expect(visitor.field(visitor.words.email)).to_have_attribute("aria-invalid", "true")
    assert complaints_of_axe(visitor) == []
    visitor.forget_complaints(about="422")


def test_the_hosted_page_of_the_sandbox(words: Words, household: Household, new_visitor: NewVisitor):
    visitor = new_visitor(words, resident=False, state=household.state)
    visitor.open(routes.PAY)
    visitor.own_amount(visitor.card(household.accounts[0])).fill("70" if words.locale == "ru" else "80")
    visitor.go_to_bank()
    visitor.enter_card("1")
    expect(visitor.page.locator("[aria-invalid=true]").first).to_be_visible()
    assert complaints_of_axe(visitor, has_themes=False) == []
    visitor.forget_complaints(about="422")


def is_on_paper(visitor: Visitor) -> bool:
    """Whether the page can be printed."""
    visitor.page.emulate_media(media="print")
    seen = visitor.page.get_by_role("heading", level=1).is_visible()
    visitor.page.emulate_media(media="screen")
    return seen


_BARS = """(position) => document.querySelectorAll(".places, .shell-head, .pay-bar").forEach((bar) => { bar.style.position = position; })"""
"""A link that happens to lie half under a bar that stays in sight is not too small: one scrolls. `zoom.py` looks after focus."""


def complaints_of_axe(visitor: Visitor, *, has_themes: bool = True) -> list[str]:
    """What axe and the width of the page say, in both themes, on a wide screen and on a phone."""
    page, said = visitor.page, list[str]()
    for size in (DESKTOP, PHONE):
        page.set_viewport_size(size)
        for theme, options in (("light", EVERYTHING), ("dark", COLOURS_ONLY)):
            page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
            if has_themes:
                page.wait_for_function(THEME_IS_SHOWN)
            page.evaluate(_BARS, "static")
            page.evaluate(DRAWN)
            found = Axe().run(page, options=options)
            page.evaluate(_BARS, "")
            if found.violations_count:
                said.append(f"{theme}, {size['width']} px: {found.generate_report()}")
        if (wide := page.evaluate("document.documentElement.scrollWidth")) > size["width"]:
            said.append(f"{size['width']} px: the page is {wide} px wide")
    return said
