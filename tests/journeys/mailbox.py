"""The residents' mailboxes: a real SMTP server on loopback, in the process of the tests."""

import re
import threading
import time
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

from tests.journeys.app import free_port

_PATIENCE = 20


class Mailbox:
    """Takes every letter; waits for the one that a test expects."""

    def __init__(self) -> None:
        self._letters: list[EmailMessage] = []
        self._news = threading.Condition()
        self._server = Controller(self, hostname="127.0.0.1", port=free_port())

    @property
    def url(self) -> str:
        """For CABINET_SMTP_URL."""
        return f"smtp://127.0.0.1:{self._server.port}"

    def open(self) -> None:
        """Begin to take letters."""
        self._server.start()

    def close(self) -> None:
        """Take no more."""
        self._server.stop()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        """What aiosmtpd calls with a letter."""
        letter = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(letter, EmailMessage)
        with self._news:
            self._letters.append(letter)
            self._news.notify_all()
        return "250 OK"

    def letters_to(self, email: str) -> list[EmailMessage]:
        """What has come for the address, the oldest first."""
        return [letter for letter in self._letters if email in str(letter["To"])]

    def wait_for(self, email: str, subject: str, *, count: int = 1) -> EmailMessage:
        """The newest letter to the address whose subject has these words, once `count` of them have come."""

        def fitting() -> list[EmailMessage]:
            return [letter for letter in self.letters_to(email) if subject in str(letter["Subject"])]

        self._wait(lambda: len(fitting()) >= count, lambda: self._what_came(email, subject))
        return fitting()[-1]

    def _wait(self, condition: Callable[[], bool], complaint: Callable[[], str]) -> None:
        deadline = time.monotonic() + _PATIENCE
        with self._news:
            while not condition():
                if not self._news.wait(deadline - time.monotonic()):
                    raise AssertionError(complaint())

    def _what_came(self, email: str, subject: str) -> str:
        came = [(str(letter["To"]), str(letter["Subject"])) for letter in self._letters]
        return f"No letter «{subject}» to {email}; there came {came}"


def text_of(letter: EmailMessage) -> str:
    """The plain text of the letter."""
    body = letter.get_body(("plain",))
    assert body is not None
    return body.get_content()


def html_of(letter: EmailMessage) -> str:
    """The HTML of the letter."""
    body = letter.get_body(("html",))
    assert body is not None
    return body.get_content()


def link_in(letter: EmailMessage, path: str) -> str:
    """The link to the page at `path` with its token."""
    found = re.search(rf"http://localhost:\d+\S*{re.escape(path)}\S*", text_of(letter))
    assert found, text_of(letter)
    return found[0]
