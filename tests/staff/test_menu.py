"""The menu: sections with what the person may open, the current one open."""

import re
from dataclasses import dataclass
from typing import Any, cast

from cabinet.staff.admin import PAGES, VIEWS
from cabinet.staff.menu import SECTIONS, Section, menu_of
from tests.staff.conftest import Browsers, Office


def sections(page: str) -> dict[str, tuple[bool, list[str]]]:
    """Which sections stand there, whether each is open, and its entries."""
    found = re.findall(r'<details data-section="(\w+)"( open)?>(.*?)</details>', page, re.DOTALL)
    return {
        name: (bool(is_open), re.findall(r'<span class="nav-link-title">([^<]+)</span></a>', inside))
        for name, is_open, inside in found
    }


async def test_only_the_section_of_the_page_is_open(browsers: Browsers, office: Office) -> None:
    boss = await browsers.of(office.boss)
    for path, name in (("letters/list", "people"), ("money/refunds", "money"), ("readings", "readings")):
        found = sections(await boss.page(f"/admin/{path}"))
        assert [section for section, (is_open, _entries) in found.items() if is_open] == [name]
    assert not any(is_open for is_open, _entries in sections(await boss.page("/admin/")).values())


async def test_a_page_that_is_not_in_the_menu_opens_its_section(browsers: Browsers, office: Office) -> None:
    boss = await browsers.of(office.boss)
    found = sections(await boss.page(f"/admin/access/{office.gas_account.id}"))
    assert found["people"][0]


async def test_the_menu_names_what_the_person_may_open(browsers: Browsers, office: Office) -> None:
    found = sections(await (await browsers.of(office.clerk)).page("/admin/"))
    assert "Платежи" in found["money"][1]
    assert "Возвраты и проверки" not in found["money"][1]
    assert all(entries for _is_open, entries in found.values())


@dataclass
class View:
    """What the menu asks of a view."""

    section: Section
    place: int = 50
    add_to_menu: bool = True
    allowed: bool = True

    def is_accessible(self, _request: Any) -> bool:
        return self.allowed

    def is_active(self, _request: Any) -> bool:
        return False


def test_a_section_without_entries_is_not_there_and_places_order_the_rest() -> None:
    late, early = View(Section.MONEY), View(Section.MONEY, place=10)
    hidden = View(Section.PEOPLE, add_to_menu=False)
    forbidden = View(Section.EXCHANGE, allowed=False)
    (only,) = menu_of(cast(Any, None), [late, hidden, forbidden, early])
    assert only.section is Section.MONEY
    assert only.views == (early, late)


async def test_the_current_entry_says_so_to_a_screen_reader(browsers: Browsers, office: Office) -> None:
    page = await (await browsers.of(office.boss, "en")).page("/admin/money/refunds")
    (current,) = re.findall(r'href="([^"]+)" aria-current="page"', page)
    assert current.endswith("/admin/money/refunds")
    assert "Meters and bills" in page


def test_every_view_stands_in_a_section() -> None:
    assert {view.section for view in (*VIEWS.values(), *PAGES)} <= set(Section)
    assert set(SECTIONS) == set(Section)
