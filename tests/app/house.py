"""The whole app without a browser: people with cookies, and tabs that talk through the event socket."""

import json
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.cookiejar import DefaultCookiePolicy
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar, cast
from uuid import UUID, uuid4

import anyio
import httpx
from sqlalchemy import text
from sqlmodel import col, update
from starlette.testclient import TestClient, WebSocketDenialResponse, WebSocketTestSession

from cabinet.database import read_only, unit_of_work
from cabinet.kit.dates import now
from cabinet.kit.tokens import hash_token, new_token
from cabinet.residents.cookie import cookie_name
from cabinet.residents.lookup import session_limit
from cabinet.residents.models import LoginSession, Resident, Role
from cabinet.settings import settings
from tests.raw import checksums

P = ParamSpec("P")
R = TypeVar("R")

ROOT = "reflex___state____state"
FAILURE = f"{ROOT}.cabinet___ui___failure____failure_state"
BOOT = f"{ROOT}.hydrate_and_load"
_PATIENCE_SECONDS = 10
_MARKER = re.compile(r"_rx_state_$")


@dataclass(frozen=True)
class Guest:
    """Somebody without a cookie."""

    cookie: str = ""

    @property
    def headers(self) -> dict[str, str]:
        return {"cookie": self.cookie} if self.cookie else {}


@dataclass(frozen=True)
class Signed(Guest):
    """Somebody who is signed in."""

    id: UUID = field(default_factory=uuid4)
    email: str = ""
    token: str = ""


class House:
    """The running app."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # each request brings its own

    def run(self, work: Callable[P, Awaitable[R]], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run async work in the app's own loop, where its database connections live."""
        portal = self.client.portal
        assert portal is not None
        return portal.call(lambda: work(*args, **kwargs))  # pyright: ignore[reportArgumentType]

    def move_in(
        self, name: str = "alice", role: Role = Role.RESIDENT, provider_id: UUID | None = None, **values: Any
    ) -> Signed:
        """A new person who is signed in; `values` go to the row of the session."""
        return self.run(_move_in, f"{name}-{uuid4().hex[:8]}@mail.example", role, provider_id, values)

    def tab(self, who: Guest | None = None, path: str = "/", token: str = "", **headers: str) -> "Tab":
        """A tab of that person's browser, its socket open; use it as a context manager."""
        own = {"origin": settings.public_url, **(who.headers if who else {})}
        return Tab(self.client, {**own, **headers}, path, token or uuid4().hex)

    def refusal(self, who: Guest | None = None, **headers: str) -> int:
        """The code with which the event socket refuses to open; 0 if it opens."""
        wanted = {"upgrade": "websocket", **(who.headers if who else {}), **headers}
        try:
            with self.client.websocket_connect(_address("t"), headers=wanted):
                return 0
        except WebSocketDenialResponse as refused:
            return refused.status_code
        except Exception as closed:
            return int(getattr(closed, "code", 1))

    def post(self, path: str, who: Guest | None = None, **form: Any) -> httpx.Response:
        """A form sent from a page of ours."""
        headers = {
            "origin": settings.public_url,
            "accept": "application/json",
            **(who.headers if who else {}),
        }
        return self.client.post(path, data=form, headers=headers, follow_redirects=False)


async def _move_in(email: str, role: Role, provider_id: UUID | None, values: dict[str, Any]) -> Signed:
    token, moment = new_token(), now()
    async with unit_of_work() as session:
        row = Resident(
            email=email,
            email_key=email,
            password_hash="$argon2id$none",
            role=role,
            provider_id=provider_id,
            search_key=email,
            confirmed_at=moment,
        )
        session.add(row)
        await session.flush()
        made: dict[str, Any] = {"last_seen_at": moment, "expires_at": moment + session_limit(role)}
        session.add(LoginSession(token_hash=hash_token(token), resident_id=row.id, **(made | values)))
        return Signed(f"{cookie_name()}={token}", row.id, email, token)


@dataclass(frozen=True)
class Answer:
    """What came back for one event."""

    delta: dict[str, dict[str, Any]]
    events: list[dict[str, Any]]

    @property
    def redirects(self) -> list[str]:
        """Where the browser was sent."""
        return [event["payload"]["path"] for event in self.events if event["name"] == "_redirect"]

    @property
    def failure(self) -> str:
        """What the failure bar says."""
        return str(self.delta.get(FAILURE, {}).get("text", ""))

    @property
    def news(self) -> dict[str, dict[str, Any]]:
        """What the states said; the root only repeats the address that the tab itself sent."""
        return {state: values for state, values in self.delta.items() if state != ROOT and values}

    @property
    def text(self) -> str:
        """All that was said, as it went over the wire."""
        others = [event for event in self.events if event["name"] != "_redirect"]
        return json.dumps([self.news, others], ensure_ascii=False)

    def var(self, state: str, name: str) -> Any:
        """The new value of a var; the state is named by the end of its name."""
        for full, values in self.delta.items():
            if full.endswith(state) and name in values:
                return values[name]
        raise KeyError(name)


class Tab:
    """One open event socket."""

    def __init__(self, client: TestClient, headers: dict[str, str], path: str, token: str) -> None:
        self.client, self.headers, self.path, self.token = client, headers, path, token
        self._socket = cast(WebSocketTestSession, None)
        self._opened: Any = None

    def __enter__(self) -> Self:
        self._opened = self.client.websocket_connect(
            _address(self.token), headers={"upgrade": "websocket", **self.headers}
        )
        self._socket = self._opened.__enter__()
        self._socket.send_text("40/_event,")
        while not self._receive().startswith("40/_event"):
            pass
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._socket.send_text("41/_event,")
            self._socket.portal.call(self._forgotten)
        finally:
            with suppress(Exception):
                self._opened.__exit__(kind, error, trace)

    async def _forgotten(self) -> None:
        """Wait until the server knows that the tab is closed: before that, its client token is nobody else's."""
        from cabinet.cabinet import app

        known = app.event_namespace._token_manager.token_to_socket  # pyright: ignore
        with anyio.fail_after(_PATIENCE_SECONDS):
            while self.token in known:  # noqa: ASYNC110 - no event tells
                await anyio.sleep(0.01)

    def boot(self) -> Answer:
        """What a page does first: the snapshot of the state, then the handlers of its load."""
        return self.call(BOOT)

    def call(self, name: str, path: str = "", /, **payload: Any) -> Answer:
        """Send one event and return all that came back until the next event of this tab was answered."""
        self.send(name, path, **payload)
        return self.rest()

    def send(self, name: str, path: str = "", /, **payload: Any) -> None:
        """Send one event without waiting."""
        path = path or self.path
        router = {"pathname": path.partition("?")[0], "asPath": path, "query": {}}
        self.raw({"name": name, "payload": payload, "router_data": router})

    def raw(self, event: Any) -> None:
        """Send anything as an event."""
        self._send("42/_event," + json.dumps(["event", event]))

    def rest(self) -> Answer:
        """All that comes until a mark, set behind the chain of events that is running, comes back."""
        answer = Answer({}, [])
        for _round in range(3):  # an event may queue others, and those others again
            mark = uuid4().hex
            self.send(f"{FAILURE}.say", text=mark)
            self._until(mark, answer)
            self._settle()
        return answer

    def _settle(self) -> None:
        """Let what the handlers have left running come to its end."""
        self._socket.portal.call(_answered)

    def waits_for(self, name: str) -> dict[str, Any]:
        """The next event of that name that the server sends by itself."""
        while True:
            message = self._receive()
            if name in message:
                _kind, update = json.loads(message.removeprefix("42/_event,"))
                return next(event for event in update["events"] if event["name"] == name)

    def waits_for_news(self, state: str, name: str) -> Any:
        """The next value of a var that the server sends by itself."""
        while True:
            message = self._receive()
            if not message.startswith('42/_event,["event"'):
                continue
            answer = Answer({}, [])
            _merge(answer.delta, json.loads(message.removeprefix("42/_event,"))[1].get("delta") or {}, "")
            with suppress(KeyError):
                return answer.var(state, name)

    def _until(self, mark: str, answer: Answer) -> None:
        while True:
            message = self._receive()
            if not message.startswith("42/_event,"):
                continue
            name, update = json.loads(message.removeprefix("42/_event,"))
            if name != "event":
                continue
            answer.events.extend(update.get("events") or [])
            if _merge(answer.delta, update.get("delta") or {}, mark):
                return

    def _send(self, text: str) -> None:
        self._socket.send_text(text)

    def _receive(self) -> str:
        async def next_message() -> Any:
            with anyio.fail_after(_PATIENCE_SECONDS):
                return await self._socket._send_rx.receive()  # pyright: ignore

        message = self._socket.portal.call(next_message)
        if "text" not in message:
            raise ConnectionError(message)
        text = str(message["text"])
        return self._heard(text)

    def _heard(self, text: str) -> str:
        """Answer what keeps a socket alive, and note the token that the server gave."""
        if text == "2":
            self._send("3")
        if text.startswith('42/_event,["new_token"'):
            self.token = json.loads(text.removeprefix("42/_event,"))[1]
        return text


async def _answered() -> None:
    """Wait until the handlers that run in the background are done; those that watch go on."""
    from cabinet.cabinet import app

    tasks = app.event_processor._tasks  # pyright: ignore[reportPrivateUsage]
    with anyio.fail_after(_PATIENCE_SECONDS):
        while any(".watch|" not in task.get_name() for task in tasks.values()):  # noqa: ASYNC110 - no event tells
            await anyio.sleep(0.005)


def _merge(delta: dict[str, dict[str, Any]], update: dict[str, dict[str, Any]], mark: str) -> bool:
    """Add an update to what came before; whether the mark was in it, which itself is left out."""
    found = False
    for state, values in update.items():
        for name, value in values.items():
            if value == mark:
                found = True
            else:
                delta.setdefault(state, {})[_MARKER.sub("", name)] = value
    return found


def _address(token: str) -> str:
    return f"/_event/?EIO=4&transport=websocket&token={token}"


async def change_session(person: Signed, **values: Any) -> None:
    """Change the row of the person's session."""
    own = col(LoginSession.token_hash) == hash_token(person.token)
    async with unit_of_work() as session:
        await session.exec(update(LoginSession).where(own).values(values))


async def change_person(person: Signed, **values: Any) -> None:
    """Change the row of the person."""
    async with unit_of_work() as session:
        await session.exec(update(Resident).where(col(Resident.id) == person.id).values(values))


COUNTERS = ("attempt", "allowance")
"""Tables in which every try counts."""


async def fingerprint() -> dict[str, str]:
    """Of every table but those in which every try counts: equal only if nothing was written."""
    async with read_only() as session:
        return await checksums(session, COUNTERS)


_OWN = {
    "resident": "id = :id",
    **dict.fromkeys(
        (
            "account_link",
            "payment",
            "saved_card",
            "processor_customer",
            "autopay",
            "ticket",
            "consent",
            "calendar_feed",
            "notice_dismissal",
            "personal_token",
        ),
        "resident_id = :id",
    ),
    "invitation": "link_id IN (SELECT id FROM account_link WHERE resident_id = :id)",
    "personal_token_link": "token_id IN (SELECT id FROM personal_token WHERE resident_id = :id)",
    "payment_item": "payment_id IN (SELECT id FROM payment WHERE resident_id = :id)",
    "refund": "payment_id IN (SELECT id FROM payment WHERE resident_id = :id)",
    "autopay_run": "autopay_id IN (SELECT id FROM autopay WHERE resident_id = :id)",
    **dict.fromkeys(
        ("ticket_message", "ticket_step", "ticket_rating"),
        "ticket_id IN (SELECT id FROM ticket WHERE resident_id = :id)",
    ),
    "ticket_file": "message_id IN (SELECT m.id FROM ticket_message m JOIN ticket ON ticket.id = m.ticket_id"
    " WHERE ticket.resident_id = :id)",
    "letter": "recipient = (SELECT email FROM resident WHERE id = :id)",
    "reading": "zone_id IN (SELECT z.id FROM tariff_zone z JOIN meter m ON m.id = z.meter_id"
    " JOIN account_link l ON l.account_id = m.account_id WHERE l.resident_id = :id)",
}
"""What belongs to a resident, table by table."""


async def rows_of(person: Signed) -> dict[str, list[str]]:
    """All rows that are this person's, by table."""
    found: dict[str, list[str]] = {}
    async with read_only() as session:
        connection = await session.connection()
        for table, own in _OWN.items():
            query = text(f"SELECT t::text FROM {table} t WHERE {own}")
            found[table] = sorted(str(row[0]) for row in await connection.execute(query, {"id": person.id}))
    return found


def ago(**time: float) -> datetime:
    """A moment in the past."""
    return now() - timedelta(**time)
