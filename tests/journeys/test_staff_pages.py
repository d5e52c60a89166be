"""The staff's pages: axe in both languages, on a wide screen and on a phone. They have one theme."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from cabinet.ui import routes
from tests.journeys.app import App
from tests.journeys.conftest import DESKTOP, PHONE, Household, NewVisitor
from tests.journeys.visitor import Visitor
from tests.journeys.words import Words

PAGES = [
    "/admin/",
    "/admin/payments/list",
    "/admin/residents/list",
    "/admin/bills/list",
    "/admin/meters/list",
    "/admin/requests",
    "/admin/requests/list",
    "/admin/canned",
    "/admin/canned/new",
    "/admin/notices",
    "/admin/notices/new",
    "/admin/readings",
    "/admin/tariffs",
    "/admin/gaps",
    "/admin/money/refunds",
    "/admin/money/payouts",
    "/admin/money/reconciliation",
    "/admin/money/ledger",
    "/admin/money/statements",
    "/admin/imports",
    "/admin/exports",
    "/admin/exports/waiting",
    "/admin/export-schedules",
    "/admin/keys",
    "/admin/audit",
    "/admin/staff",
    "/admin/jobs",
    "/admin/links/list",
    "/admin/tokens/list",
    "/admin/letters/list",
    "/admin/providers/create",
]
WITHOUT_ANSWER = {"ru": "Подсчитано не всё.", "en": "Not everything could be counted."}
_SERIOUS = {"serious", "critical"}


@pytest.fixture
def staff(words: Words, app: App, new_visitor: NewVisitor) -> Visitor:
    """The administrator of the demo."""
    visitor = new_visitor(words, resident=False)
    person = app.demo()["staff"]
    visitor.post(routes.API_SIGN_IN, {"email": person["email"], "password": person["password"]})
    visitor.context.add_cookies([{"name": "admin_language", "value": words.locale, "url": app.url}])
    return visitor


def test_a_request_is_for_everyone(staff: Visitor, household: Household) -> None:
    path = f"/admin/requests/{household.request_id}"
    assert complaints(staff, path) == []


def test_the_staff_pages_are_for_everyone(staff: Visitor) -> None:
    assert [said for path in PAGES for said in complaints(staff, path)] == []


def test_what_waits_for_providers_is_counted_after_the_page_has_opened(staff: Visitor) -> None:
    page, uncounted = staff.page, staff.page.locator("#waiting [data-again]")
    page.route("**/admin/exports/waiting?*", lambda route: route.abort())
    page.goto(f"{staff.app.url}/admin/exports")
    for link in uncounted.all():
        expect(link).to_be_visible()
    expect(page.locator("#waiting [role=status]")).to_have_text(WITHOUT_ANSWER[staff.words.locale])
    staff.forget_complaints(about="net::ERR_FAILED")
    page.unroute("**/admin/exports/waiting?*")
    for link in reversed(uncounted.all()):
        link.click()
    expect(uncounted).to_have_count(0)


def complaints(staff: Visitor, path: str) -> list[str]:
    """What axe and the width of the page say, on a wide screen and on a phone."""
    said: list[str] = []
    staff.page.goto(f"{staff.app.url}{path}")
    assert staff.page.evaluate("document.documentElement.lang") == staff.words.locale
    expect(staff.page.get_by_role("main")).to_have_count(1)
    for size in (DESKTOP, PHONE):
        staff.page.set_viewport_size(size)
        found = Axe().run(staff.page).response["violations"]
        said += [f"{path}, {size['width']} px: {one['help']}" for one in found if one["impact"] in _SERIOUS]
        wide = staff.page.evaluate("document.documentElement.scrollWidth")
        if wide > size["width"]:
            said.append(f"{path}, {size['width']} px: the page is {wide} px wide")
    return said
