"""Without a connection: a page says so in one's language, nothing typed is lost, and nothing of anybody is kept."""

from playwright.sync_api import expect

from cabinet.i18n import gettext, use_locale
from cabinet.ui import routes
from tests.journeys.app import App, DemoAccount
from tests.journeys.conftest import NewVisitor
from tests.journeys.visitor import Visitor

KEPT = """async () => {
  const kept = {};
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      kept[new URL(request.url).pathname] = await (await cache.match(request)).text();
    }
  }
  return kept;
}"""
NO_NET = "ERR_INTERNET_DISCONNECTED"
MILLISECONDS_TO_RETURN = 30_000


def test_a_lost_connection_loses_nothing_typed(resident: Visitor):
    words, page = resident.words, resident.page
    with use_locale(words.locale):
        lost = gettext("No internet connection")
    resident.open(routes.LINK_ACCOUNT)
    is_watched(resident)
    resident.fill(words.number, "700100")
    resident.context.set_offline(True)
    page.reload()
    expect(page.get_by_role("heading", name=lost)).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == words.locale
    resident.context.set_offline(False)
    expect(resident.field(words.number)).to_have_value("700100")
    resident.forget_complaints(about=NO_NET)


def test_another_page_waits_for_the_connection(new_visitor: NewVisitor):
    visitor = new_visitor(resident=False)
    visitor.open(routes.FRONT)
    is_watched(visitor)
    visitor.context.set_offline(True)
    visitor.open(routes.HELP)
    visitor.sees("Нет связи с интернетом")
    visitor.press("Попробовать снова")
    visitor.sees("Нет связи с интернетом")
    visitor.context.set_offline(False)
    visitor.expect_page(routes.HELP)
    visitor.sees("Помощь")
    visitor.sees_not("Нет связи с интернетом")
    visitor.forget_complaints(about=NO_NET)


def test_a_server_that_was_away_is_noticed_when_it_is_back(app: App, new_visitor: NewVisitor):
    visitor = new_visitor(resident=False)
    visitor.open(routes.FRONT)
    is_watched(visitor)
    app.stop()
    visitor.open(routes.HELP)
    visitor.sees("Нет связи с интернетом")
    app.start()
    expect(visitor.page.get_by_role("heading", name="Помощь")).to_be_visible(timeout=MILLISECONDS_TO_RETURN)
    for about in ("WebSocket", "ERR_CONNECTION_REFUSED", "net::ERR", "502"):
        visitor.forget_complaints(about=about)


def test_nothing_of_anybody_is_kept(new_visitor: NewVisitor, any_accounts: list[DemoAccount]):
    resident = new_visitor()
    resident.link_more(any_accounts[0])
    is_watched(resident)
    for path in (routes.CABINET, routes.SETTINGS, routes.PAY):
        resident.open(path)
        resident.settle()
    resident.press(resident.words.sign_out)
    resident.expect_page(routes.FRONT)
    kept = resident.page.evaluate(KEPT)
    assert {"/kept/offline.ru.html", "/kept/offline.en.html", "/offline.js"} <= set(kept)
    assert all(path.startswith(("/kept/offline.", "/assets/", "/offline.js")) for path in kept)
    mine = (resident.email, any_accounts[0].number, any_accounts[0].provider)
    assert [path for path, text in kept.items() if any(word in text for word in mine)] == []


def is_watched(visitor: Visitor) -> None:
    """Wait until the worker stands behind the page."""
    visitor.page.wait_for_function("() => navigator.serviceWorker.controller !== null")
