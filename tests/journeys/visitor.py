"""A person at a browser: the steps that journeys are made of, in the words of the pages."""

import re
from dataclasses import dataclass, field
from email.message import EmailMessage
from secrets import token_hex

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, WebError, expect

from cabinet.ui import routes
from tests.journeys.app import App, DemoAccount
from tests.journeys.mailbox import Mailbox, link_in
from tests.journeys.words import Words

PASSWORD = "Roza7714"
_SETTLED = """() => !document.querySelector('.bone') && document.querySelector('main')
 && Object.keys(document.querySelector('main')).some(key => key.startsWith('__react'))"""


@dataclass
class Visitor:
    """One browser of its own, and what its console complained about."""

    page: Page
    words: Words
    app: App
    mailbox: Mailbox
    email: str = field(default_factory=lambda: f"anna.{token_hex(4)}@mail.example")
    password: str = PASSWORD
    complaints: list[str] = field(default_factory=list)

    def listen(self) -> None:
        """Note what the consoles of this browser complain about."""
        self.context.on("console", self._hear)
        self.context.on("weberror", self._see)

    @property
    def context(self) -> BrowserContext:
        """The browser's cookies and windows."""
        return self.page.context

    def forget_complaints(self, *, about: str) -> None:
        """The test has provoked these, and only these."""
        self.complaints = [said for said in self.complaints if about not in said]

    # Going about

    def open(self, path: str) -> None:
        """Type an address of this language."""
        self.page.goto(f"{self.app.url}{self.words.path(path)}")

    def settle(self) -> None:
        """Wait until the page is live and has all that it loads."""
        self.page.wait_for_function(_SETTLED)

    def expect_page(self, path: str) -> None:
        """It has led to this page; `…` stands for an id."""
        pattern = re.escape(self.app.url + self.words.path(path)).replace("…", "[0-9a-f-]{36}")
        expect(self.page).to_have_url(re.compile(rf"^{pattern}/?(\?.*)?$"))

    def press(self, name: str) -> None:
        """Press the button whose name begins so."""
        self.button(name).click()

    def button(self, name: str) -> Locator:
        """The button whose name begins so."""
        return self.page.get_by_role("button", name=re.compile(rf"^{re.escape(name)}(\s|$)"))

    def follow(self, name: str) -> None:
        """Follow the first link with this name."""
        self.page.get_by_role("link", name=name).first.click()

    def fill(self, label: str, text: str) -> None:
        """Type into the field."""
        self.field(label).fill(text)

    def field(self, label: str) -> Locator:
        """The field with this label."""
        return self.page.get_by_label(label, exact=True)

    def sees(self, text: str) -> None:
        """The words stand on the screen."""
        expect(self.page.get_by_text(text).first).to_be_visible()

    def sees_not(self, text: str) -> None:
        """The words do not stand on the screen."""
        expect(self.page.get_by_text(text)).to_have_count(0)

    # Becoming a resident

    def sign_up(self) -> EmailMessage:
        """Fill in the form; the letter that comes."""
        self.open(routes.SIGN_UP)
        self.fill(self.words.email, self.email)
        self.fill(self.words.password, self.password)
        self.field(self.words.consent).check()
        self.press(self.words.sign_up)
        self.expect_page(routes.LETTER_SENT)
        return self.mailbox.wait_for(self.email, self.words.confirm_letter)

    def confirm(self, letter: EmailMessage) -> None:
        """Open the link of the letter."""
        self.page.goto(link_in(letter, routes.CONFIRM))
        self.sees(self.words.email_confirmed)

    def sign_in(self) -> None:
        """From the sign-in page to the cabinet."""
        self.open(routes.SIGN_IN)
        self.enter_login()
        self.expect_page(routes.CABINET)

    def enter_login(self) -> None:
        """Fill in the sign-in form that is open, and send it."""
        self.fill(self.words.email, self.email)
        self.fill(self.words.password, self.password)
        self.page.get_by_role("button", name=self.words.sign_in, exact=True).click()

    def become_resident(self) -> None:
        """Sign up, confirm and sign in without the pages, for journeys that begin later."""
        self.post(
            routes.API_SIGN_UP,
            {"email": self.email, "password": self.password, "consent": "true", "locale": self.words.locale},
        )
        letter = self.mailbox.wait_for(self.email, self.words.confirm_letter)
        self.post(routes.API_CONFIRM, {"token": link_in(letter, routes.CONFIRM).partition("token=")[2]})
        self.post(routes.API_SIGN_IN, {"email": self.email, "password": self.password})

    def post(self, path: str, form: dict[str, str]) -> None:
        """Send a form as the pages do, with this browser's cookies."""
        headers = {"Origin": self.app.url, "Accept": "application/json"}
        answer = self.context.request.post(f"{self.app.url}{path}", form=dict(form), headers=headers)
        assert answer.ok, answer.text()

    # Accounts

    def link(self, account: DemoAccount) -> None:
        """Link the account on the open page, put its proof off, and come to the cabinet with its card."""
        self.enter_account(account)
        self.press(self.words.link)
        self.expect_page(routes.prove("…"))
        self.follow(self.words.not_now)
        self.expect_page(routes.CABINET)
        expect(self.card(account)).to_be_visible()

    def enter_account(self, account: DemoAccount) -> None:
        """Choose the provider and type the number."""
        name = self.words.provider_name(account.provider)
        self.fill(self.words.provider, name[:6])
        self.page.get_by_role("option", name=name).click()
        self.fill(self.words.number, account.number)

    def link_more(self, *accounts: DemoAccount) -> None:
        """Link each of them."""
        for account in accounts:
            self.open(routes.LINK_ACCOUNT)
            self.link(account)

    def card(self, account: DemoAccount) -> Locator:
        """The card of the account in the cabinet or on the payment page."""
        number = re.compile(r"[\s\u00a0\u202f]*".join(account.number))
        return self.page.locator("li").filter(has_text=number)

    def pay_for(self, account: DemoAccount) -> Locator:
        """Open the payment page of the account from the cabinet; its card there."""
        self.open(routes.CABINET)
        self.card(account).get_by_role("link", name=self.words.pay_online).click()
        self.expect_page(routes.PAY)
        return self.card(account)

    def ask_and_close(self) -> str:
        """Ask support, and close the request; its id."""
        self.open(routes.SUPPORT)
        self.fill(self.words.subject, "Счётчик")
        self.fill(self.words.message, "Стрелка стоит на месте.")
        self.press(self.words.send)
        self.expect_page(routes.request("…"))
        self.press(self.words.is_settled)
        expect(self.button(self.words.send_mark)).to_be_visible()
        return self.page.url.partition("?")[0].rstrip("/").rpartition("/")[2]

    # Money

    def own_amount(self, card: Locator) -> Locator:
        """The field of the own amount."""
        return card.get_by_role("textbox", name=self.words.other_amount)

    def go_to_bank(self) -> None:
        """Press «Pay» and come to the hosted page."""
        self.press(self.words.pay)
        expect(self.page).to_have_url(re.compile("/sandbox/"))

    def enter_card(self, number: str) -> None:
        """Pay on the hosted page."""
        self.fill(self.words.card_number, number)
        self.fill(self.words.expiry, "12/34")
        self.fill("CVC", "123")
        self.press(self.words.pay)

    def is_told(self, state: str) -> None:
        """The result page says the state of the payment."""
        self.expect_page(routes.payment("…"))
        expect(self.page.get_by_role("heading", name=state, exact=True)).to_be_visible()

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(f"{message.text} ({message.location.get('url', '')})")

    def _see(self, error: WebError) -> None:
        self.complaints.append(f"uncaught: {error.error}")
