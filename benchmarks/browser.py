"""What a browser sees: the bytes of a first visit, and the time from reload to the value on the screen."""

import json
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from benchmarks.apps import App
from cabinet.launcher.chromium import chromium_path

_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
_LOAD_SECONDS = 20
_KINDS = {"text/javascript": "script", "application/javascript": "script", "text/css": "style"}

_CLOCK = """
(([text, patience]) => {
  const flat = value => value.replace(/\\s/g, "");
  window.shownAt = new Promise((resolve, reject) => {
    const look = () => {
      if (!flat(document.querySelector("main")?.textContent ?? "").includes(flat(text))) return;
      watcher.disconnect();
      requestAnimationFrame(() => setTimeout(() => resolve(performance.now())));
    };
    const watcher = new MutationObserver(look);
    watcher.observe(document, {childList: true, subtree: true, characterData: true});
    setTimeout(() => reject(new Error(`never shown: ${text}`)), patience * 1000);
  });
})(%s)
"""
"""Notes when the text has been drawn: the frame after it came. Looking must not make the browser lay out."""


@dataclass(frozen=True)
class Transfer:
    """One file as it came over the wire."""

    path: str
    kind: str
    """`script`, `style`, `font` or another."""
    total: int
    """Bytes with the headers."""
    body: int


@dataclass(frozen=True)
class Visit:
    """A first visit of a page, the cache empty."""

    page: str
    transfers: list[Transfer]

    @property
    def weight(self) -> int:
        """Bytes of script and style."""
        return sum(one.total for one in self.transfers if one.kind in ("script", "style"))

    def facts(self) -> dict[str, Any]:
        """For the JSON report: the files, the heaviest first."""
        files = sorted(self.transfers, key=lambda one: -one.total)
        return {"script_and_style_bytes": self.weight, "files": [asdict(one) for one in files]}


@contextmanager
def browser() -> Generator[Browser]:
    """The Chromium of the tests."""
    program = chromium_path()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=_FLAGS)
        try:
            yield chromium
        finally:
            chromium.close()


def first_visit(chromium: Browser, app: App, path: str, shown: str = "") -> Visit:
    """Open a page with nothing cached, and wait until `shown` is there and the network is quiet."""
    with _context(chromium, app) as context:
        page = context.new_page()
        seen = _Network(page)
        if shown:
            page.add_init_script(_clock(shown))
        page.goto(app.url + path, wait_until="networkidle", timeout=_LOAD_SECONDS * 1000)
        if shown:
            _shown_at(page)
        page.wait_for_timeout(500)
        return Visit(path, seen.transfers(app.url))


def reloads(chromium: Browser, apps: Sequence[tuple[App, str]], runs: int) -> list[list[float]]:
    """Milliseconds from reload to `App.shown`, for each app; the apps take turns."""
    times: list[list[float]] = [[] for _ in apps]
    contexts = [_context(chromium, app) for app, _ in apps]
    with contexts[0] as first, contexts[1] as second:
        pages = [context.new_page() for context in (first, second)]
        for page, (app, path) in zip(pages, apps, strict=True):
            page.add_init_script(_clock(app.shown))
            page.goto(app.url + path)
            _shown_at(page)
        for _ in range(runs):
            for page, measured in zip(pages, times, strict=True):
                page.reload(wait_until="commit")
                measured.append(_shown_at(page))
    return times


@contextmanager
def _context(chromium: Browser, app: App) -> Generator[BrowserContext]:
    context = chromium.new_context(locale="ru-RU")
    for cookie in app.cookies[:1]:
        name, _, value = cookie.partition("=")
        context.add_cookies([{"name": name, "value": value, "url": app.url}])
    try:
        yield context
    finally:
        context.close()


def _clock(text: str) -> str:
    return _CLOCK % json.dumps([text, _LOAD_SECONDS])


def _shown_at(page: Page) -> float:
    return page.evaluate("() => window.shownAt")


class _Network:
    """Collects what the browser says about every request of a page."""

    def __init__(self, page: Page) -> None:
        self._answers: dict[str, dict[str, Any]] = {}
        self._sizes: dict[str, int] = {}
        session = page.context.new_cdp_session(page)
        session.on("Network.responseReceived", self._received)
        session.on("Network.loadingFinished", self._finished)
        session.send("Network.enable")

    def transfers(self, url: str) -> list[Transfer]:
        done = [(self._answers[one], size) for one, size in self._sizes.items() if one in self._answers]
        return [_transfer(answer, size, url) for answer, size in done]

    def _received(self, event: dict[str, Any]) -> None:
        self._answers[event["requestId"]] = event

    def _finished(self, event: dict[str, Any]) -> None:
        self._sizes[event["requestId"]] = int(event["encodedDataLength"])


def _transfer(event: dict[str, Any], size: int, url: str) -> Transfer:
    answer = event["response"]
    kind = _KINDS.get(answer["mimeType"], str(event["type"]).lower())
    return Transfer(answer["url"].removeprefix(url), kind, size, size - int(answer["encodedDataLength"]))
