"""What is said when the program answers: where it is and, with demo data, how to try it."""

import json
import threading
import time
import urllib.request
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from cabinet.launcher.console import say
from cabinet.settings import settings

_ANY = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - where a server bound to all of them answers
_TRIES = 300
_ROLES = {"staff": "administrator", "clerk": "clerk", "support": "support agent", "auditor": "auditor"}


def announce_when_ready() -> None:
    """Say where the program is as soon as it answers; returns at once."""
    threading.Thread(target=_wait_and_announce, daemon=True).start()


def announce(data_dir: Path | None = None) -> None:
    """Say where the program is and, with demo data in that folder, how to try it."""
    say(f"\nCabinet is ready: {settings.public_url}")
    facts = (data_dir or settings.data_dir) / "demo.json"
    if settings.is_development and facts.exists():
        for line in _demo_lines(json.loads(facts.read_text("utf-8"))):
            say(line)
    say("Ctrl-C stops it.\n")


def _demo_lines(facts: dict[str, Any]) -> Iterable[str]:
    yield "Accounts to link:"
    for account in facts.get("accounts", [])[:3]:
        yield f"  {account['number']}  {account['provider']}, debt {account['debt_minor'] / 100:.2f} ₽"
    yield f"Staff, at {settings.public_url}/admin:"
    for key, role in _ROLES.items():
        if person := facts.get(key):
            yield f"  {person['email']}  {person['password']}  ({role})"
    yield f"Letters appear at {facts.get('mailbox', '')}"
    yield f"Test cards: {', '.join(_cards(facts.get('cards', {})))}"


def _cards(cards: Any) -> Iterable[str]:
    if isinstance(cards, dict):
        return (f"{number} ({meaning})" for meaning, number in cards.items())
    return (" ".join(map(str, card.values())) if isinstance(card, dict) else str(card) for card in cards)


def _wait_and_announce() -> None:
    host = _ANY.get(settings.host, settings.host)
    for _ in range(_TRIES):
        with suppress(OSError), urllib.request.urlopen(f"http://{host}:{settings.port}/ping", timeout=2):
            return announce()
        time.sleep(0.2)
    return None
