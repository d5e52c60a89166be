"""One resident at a real browser: what was typed is still there after the storm, and can be sent."""

import re
from contextlib import suppress
from dataclasses import dataclass
from http.cookies import SimpleCookie
from pathlib import Path

from playwright.async_api import Browser, Locator, Page, expect
from playwright.async_api import TimeoutError as PlaywrightTimeout

from tests.town.neighbours import Neighbour

_PATIENCE_MS = 60_000
_PRESSES = 3
_LIVE = "() => Object.keys(document.querySelector('main') || {}).some(key => key.startsWith('__react'))"


@dataclass
class Kept:
    """How often something typed was looked for, and found, and could be sent afterwards."""

    typed: int = 0
    found: int = 0
    sent: int = 0
    again: int = 0
    """How often one had to press once more: the press fell into the moment in which the server died."""


class Screen:
    """The page of readings of one resident, open all the time."""

    def __init__(self, page: Page, who: Neighbour) -> None:
        self._page, self._who, self.kept, self._value = page, who, Kept(), 0

    @classmethod
    async def open(cls, browser: Browser, url: str, who: Neighbour) -> "Screen":
        """Open the page, signed in."""
        [(name, morsel)] = SimpleCookie(who.cookie).items()
        context = await browser.new_context(locale="ru")
        await context.add_cookies([{"name": name, "value": morsel.value, "url": url}])
        screen = cls(await context.new_page(), who)
        screen._page.set_default_timeout(_PATIENCE_MS)
        await screen._page.goto(f"{url}/readings")
        await screen._page.wait_for_function(_LIVE)
        return screen

    async def picture(self, place: Path) -> None:
        """What it shows now, as a PNG."""
        await self._page.screenshot(path=place, full_page=True)

    async def type(self) -> None:
        """Type the next reading, and do not send it yet."""
        self._value += 1
        correct = self._page.get_by_role("button", name="Исправить")
        if await correct.count():
            await correct.first.click()
        await self._field.fill(str(self._value))
        self.kept.typed += 1

    async def send(self) -> None:
        """After the storm: look whether it is there, and send it."""
        await expect(self._page.locator(".lost")).to_have_count(0, timeout=_PATIENCE_MS)
        if await self._field.input_value() == str(self._value):
            self.kept.found += 1
        sent = self._page.locator("strong.figures", has_text=re.compile(rf"^{self._value}\s")).first
        for press in range(_PRESSES):
            await self._page.get_by_role("button", name="Передать показания").first.click()
            with suppress(PlaywrightTimeout):
                await sent.wait_for(timeout=_PATIENCE_MS / _PRESSES)
                self.kept.sent += 1
                self.kept.again += press
                return
        raise AssertionError(f"reading {self._value} could not be sent")

    @property
    def value(self) -> int:
        """The newest reading that was typed."""
        return self._value

    @property
    def _field(self) -> Locator:
        return self._page.locator(f"[name='reading-{self._who.zone_id}']").first
