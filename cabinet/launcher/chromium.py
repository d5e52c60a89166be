"""A Chromium for the browser tests: the machine's own, else Playwright's, else the distribution's."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from cabinet.launcher.console import CannotStart, say

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_NONE = (
    "The tests need Chromium and it could not be installed here: "
    "install chromium or google-chrome, or run `.venv/bin/playwright install --with-deps chromium`."
)


def chromium_path() -> str:
    """The program to start; raises CannotStart where there is none (see `provide_chromium`)."""
    for path in [*map(shutil.which, _NAMES), _playwrights()]:
        if path and _starts(path):
            return path
    raise CannotStart(_NONE)


def provide_chromium() -> str:
    """The program to start, installed when the machine has none."""
    for install in (None, _install_playwrights, _install_distributions):
        if install:
            install()
        try:
            return chromium_path()
        except CannotStart:
            continue
    raise CannotStart(_NONE)


def _starts(path: str) -> bool:
    """Whether it runs at all: a snap stub or a missing library shows here."""
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _playwrights() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def _install_playwrights() -> None:
    say("No Chromium on this machine: asking Playwright for one…")
    options = ["--with-deps"] if _is_root() and shutil.which("apt-get") else []
    subprocess.run([sys.executable, "-m", "playwright", "install", *options, "chromium"], check=False)


def _install_distributions() -> None:
    if not (_is_root() and shutil.which("apt-get")):
        return
    say("Playwright has none to give: asking the distribution for the package chromium…")
    subprocess.run(["apt-get", "update", "-q"], check=False)
    subprocess.run(["apt-get", "install", "-q", "-y", "--no-install-recommends", "chromium"], check=False)


def _is_root() -> bool:
    return sys.platform != "win32" and os.geteuid() == 0


if __name__ == "__main__":
    try:
        say(f"Browser for the tests: {provide_chromium()}")
    except CannotStart as problem:
        sys.exit(str(problem))
