"""One program, one browser and one mail server for all journeys; a window of its own for each visitor."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Protocol

import pytest
from playwright.sync_api import Browser, StorageState, ViewportSize, sync_playwright

from cabinet.launcher.chromium import chromium_path
from cabinet.settings import settings
from tests.journeys.app import App, Cluster, DemoAccount
from tests.journeys.backstage import Backstage
from tests.journeys.mailbox import Mailbox
from tests.journeys.visitor import Visitor
from tests.journeys.words import ENGLISH, RUSSIAN, Words

DESKTOP = ViewportSize(width=1280, height=860)
PHONE = ViewportSize(width=390, height=844)
_PATIENCE_MS = 10_000
_SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


class NewVisitor(Protocol):
    """Opens a browser of its own; `resident` signs the visitor up and in."""

    def __call__(
        self,
        words: Words = RUSSIAN,
        *,
        resident: bool = True,
        phone: bool = False,
        state: StorageState | None = None,
    ) -> Visitor: ...


@dataclass(frozen=True)
class Household:
    """A resident with accounts and payments, to look at the pages with."""

    state: StorageState
    """The signed-in browser's cookies, for `new_visitor`."""
    accounts: list[DemoAccount]
    account_id: str
    payment_id: str
    request_id: str

    def address(self, path: str) -> str:
        """The path of a page with what stands for ids in it."""
        known = {"account": self.account_id, "payment": self.payment_id, "ticket": self.request_id}
        for name, ident in known.items():
            path = path.replace(f"[{name}_id]", ident)
        return path


# Playwright keeps its event loop running in this thread while it is open, and no other test may meet it:
# what these fixtures hold ends with the package.
@pytest.fixture(scope="package")
def mailbox() -> Generator[Mailbox]:
    mailbox = Mailbox()
    mailbox.open()
    yield mailbox
    mailbox.close()


@pytest.fixture(scope="package")
def app(
    mailbox: Mailbox, tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> Generator[App]:
    kind = Cluster if pytestconfig.getoption("--cluster") else App
    app = kind(tmp_path_factory.mktemp("app") / "var", mailbox.url)
    try:
        app.start()
        yield app
    finally:
        app.stop()


@pytest.fixture(scope="package")
def backstage(app: App) -> Backstage:
    """For what only time would bring about."""
    return Backstage(app.home)


@pytest.fixture(scope="package")
def chromium() -> str:
    """Where the browser is; looked for before Playwright's loop runs."""
    return chromium_path()


@pytest.fixture(scope="package")
def browser(chromium: str) -> Generator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=_SWITCHES)
        yield browser
        browser.close()


@pytest.fixture(params=[RUSSIAN, ENGLISH], ids=["ru", "en"])
def words(request: pytest.FixtureRequest) -> Words:
    """Runs the journey in each language."""
    return request.param


@pytest.fixture
def new_visitor(app: App, browser: Browser, mailbox: Mailbox, backstage: Backstage) -> Generator[NewVisitor]:
    """Visitors whose consoles must stay silent to the end; all journeys come from one address."""
    backstage.let_tries_be_forgotten()
    opened: list[Visitor] = []

    def open_window(
        words: Words = RUSSIAN,
        *,
        resident: bool = True,
        phone: bool = False,
        state: StorageState | None = None,
    ) -> Visitor:
        context = browser.new_context(
            viewport=PHONE if phone else DESKTOP,
            has_touch=phone,
            is_mobile=phone,
            locale=words.browser,
            reduced_motion="reduce",
            storage_state=state,
        )
        context.set_default_timeout(_PATIENCE_MS)
        visitor = Visitor(context.new_page(), words, app, mailbox)
        visitor.listen()
        opened.append(visitor)
        if resident:
            visitor.become_resident()
        return visitor

    yield open_window
    for visitor in opened:
        visitor.context.close()
    assert [said for visitor in opened for said in visitor.complaints] == []


@pytest.fixture
def visitor(words: Words, new_visitor: NewVisitor) -> Visitor:
    """A guest, in each language."""
    return new_visitor(words, resident=False)


@pytest.fixture
def resident(words: Words, new_visitor: NewVisitor) -> Visitor:
    """Somebody who has signed in, in each language."""
    return new_visitor(words)


@pytest.fixture(scope="package")
def cards(app: App) -> dict[str, str]:
    """The test cards by what happens to them."""
    return app.demo()["cards"]


@pytest.fixture(scope="package")
def take_account(app: App, backstage: Backstage) -> Callable[..., DemoAccount]:
    """Hands out accounts in debt that no other test has had, of the named provider if one is named.

    First those that a newcomer is offered, then any other of the demo.
    """
    offered = [DemoAccount(**account) for account in app.demo()["accounts"]]
    told = {account.number for account in offered}
    free = [account for account in offered[:-3] if account.debt_minor > 0]  # see any_accounts
    others = backstage.plain_accounts_in_debt(settings.payment_minimum_minor)
    free += [DemoAccount(*account) for account in others if account[1] not in told]

    def take(provider: str = "") -> DemoAccount:
        chosen = next(account for account in free if provider in ("", account.provider))
        free.remove(chosen)
        return chosen

    return take


@pytest.fixture(scope="package")
def any_accounts(app: App) -> list[DemoAccount]:
    """The last accounts of the list, which nobody pays: for tests that only look at them."""
    return [DemoAccount(**account) for account in app.demo()["accounts"]][-3:]


@pytest.fixture(scope="package")
def household(app: App, browser: Browser, mailbox: Mailbox, any_accounts: list[DemoAccount]) -> Household:
    """Somebody with two accounts, a payment that waits, and a request that is closed."""
    context = browser.new_context(viewport=DESKTOP, locale=RUSSIAN.browser)
    visitor = Visitor(context.new_page(), RUSSIAN, app, mailbox)
    visitor.become_resident()
    accounts = any_accounts[1:]
    visitor.link_more(*accounts)
    card = visitor.pay_for(accounts[0])
    account_id = visitor.page.url.rpartition("=")[2]
    visitor.own_amount(card).fill("60")
    visitor.go_to_bank()
    visitor.follow(RUSSIAN.back)
    visitor.is_told(RUSSIAN.waiting)
    payment_id = visitor.page.url.partition("?")[0].rstrip("/").rpartition("/")[2]
    request_id = visitor.ask_and_close()
    state = context.storage_state()
    context.close()
    return Household(state, accounts, account_id, payment_id, request_id)
