"""A running installation seen from outside: requests, event sockets and letters over the network, nothing in process."""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import httpx
from simple_websocket import Client, ConnectionClosed

from cabinet.residents.cookie import cookie_name
from tests.app.house import Guest, Tab

PASSWORD = "garden7"
_SECONDS = 15
_TOKEN = re.compile(r"/confirm\?token=([\w-]+)")


class _Socket(Client):
    """Names the port in `Host`, as browsers do."""

    def handshake(self) -> None:
        self.host = f"{self.host}:{self.port}"
        super().handshake()


class WireTab(Tab):
    """A tab whose socket goes over the network."""

    def __init__(self, base: str, headers: dict[str, str], path: str, token: str) -> None:
        self.path, self.token, self.headers = path, token, headers
        self._url = base.replace("http", "ws", 1)
        self._client: Any = None

    def __enter__(self) -> Self:
        url = f"{self._url}/_event/?EIO=4&transport=websocket&token={self.token}"
        self._client = _Socket(
            url, headers=[(name.encode(), value.encode()) for name, value in self.headers.items()]
        )
        self._send("40/_event,")
        while not self._receive().startswith("40/_event"):
            pass
        return self

    def __exit__(self, *_error: object) -> None:
        try:
            self._send("41/_event,")
            time.sleep(0.3)  # no event tells from outside that the server knows
            self._client.close()
        except ConnectionClosed:
            return

    def _settle(self) -> None:
        """What runs on in the server sends its news when it likes."""

    def _send(self, text: str) -> None:
        self._client.send(text)

    def _receive(self) -> str:
        text = self._client.receive(timeout=_SECONDS)
        if text is None:
            raise TimeoutError("the server says nothing")
        return self._heard(str(text))


@dataclass(frozen=True)
class Town:
    """An installation: its public address, its web processes one by one, and its folder for letters and logs."""

    url: str
    processes: tuple[str, ...]
    folder: Path
    staff: dict[str, dict[str, str]]

    def request(
        self, method: str, path: str, who: Guest | None = None, at: str = "", **more: Any
    ) -> httpx.Response:
        """A request as a page of ours sends it; `at` is one of the processes, else the public address."""
        headers = {"origin": self.url, "accept": "application/json", **(who.headers if who else {})}
        headers |= more.pop("headers", {})
        return httpx.request(method, (at or self.url) + path, headers=headers, timeout=_SECONDS, **more)

    def get(self, path: str, who: Guest | None = None, at: str = "", **more: Any) -> httpx.Response:
        """Look at something."""
        return self.request("GET", path, who, at, **more)

    def post(self, path: str, who: Guest | None = None, at: str = "", **form: Any) -> httpx.Response:
        """Send a form."""
        return self.request("POST", path, who, at, data=form)

    def tab(
        self, who: Guest | None = None, path: str = "/", token: str = "", at: str = "", **headers: str
    ) -> WireTab:
        """A tab of that person's browser; use it as a context manager."""
        own = {"Origin": self.url, **({"Cookie": who.cookie} if who and who.cookie else {}), **headers}
        return WireTab(at or self.url, own, path, token or uuid4().hex)

    def sign_in(self, email: str, password: str, at: str = "") -> Guest:
        """The person with the cookie that the server gave."""
        answer = self.post("/api/login", at=at, email=email, password=password)
        assert answer.status_code == 200, answer.text
        return Guest(f"{cookie_name()}={answer.cookies[cookie_name()]}")

    def hire(self, role: str, at: str = "") -> Guest:
        """Somebody of the demo's staff: `staff` is the administrator."""
        return self.sign_in(self.staff[role]["email"], self.staff[role]["password"], at)

    def move_in(self, name: str) -> tuple[str, Guest]:
        """A new resident: signed up, confirmed by the letter, signed in."""
        email = f"{name}-{uuid4().hex[:8]}@mail.example"
        assert self.post("/api/signup", email=email, password=PASSWORD, consent="on").status_code == 200
        [token] = _TOKEN.findall(self.letter_to(email))[:1]
        assert self.post("/api/confirm", token=token).json()["state"] == "ok"
        return email, self.sign_in(email, PASSWORD)

    def letter_to(self, email: str) -> str:
        """The text of the newest letter to the address, once one has come."""
        deadline = time.monotonic() + 2 * _SECONDS
        while time.monotonic() < deadline:
            for path in sorted(self.folder.glob("letters/*.eml"), reverse=True):
                letter = message_from_bytes(path.read_bytes(), policy=policy.default)
                if email in str(letter["To"]) and (text := letter.get_body(("plain",))):
                    return str(text.get_content())
            time.sleep(0.3)
        raise TimeoutError(f"no letter to {email}")

    def logs(self) -> Iterator[str]:
        """All that the processes have said."""
        for path in self.folder.glob("logs/*.log*"):
            yield path.read_text("utf-8", "replace")


def town_in(folder: Path) -> Town:
    """The installation that `make cluster` runs with this data folder."""
    facts = json.loads((folder / "demo.json").read_text("utf-8"))
    running = json.loads((folder / "processes.json").read_text("utf-8"))
    ports = [part["port"] for name, part in running.items() if name.startswith("web-")]
    staff = {role: facts[role] for role in ("staff", "clerk", "support", "auditor")}
    return Town(facts["url"], tuple(f"http://127.0.0.1:{port}" for port in ports), folder, staff)
