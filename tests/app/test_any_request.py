"""Whatever is sent to whichever route: an answer of ours, never a failure.

Short here; `make fuzz` gives it minutes (`--fuzz-seconds`).
"""

from collections import Counter
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import strategies as st

from cabinet.settings import settings as cabinet_settings
from tests.app.city import City, build, forget_tries
from tests.app.house import House
from tests.app.test_every_route import ROUTES
from tests.fuzz.clock import Clock
from tests.fuzz.odd import texts

EXAMPLES, TRIES = 120, 50
METHODS = ("GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH")
FIELDS = [
    "email",
    "password",
    "next",
    "consent",
    "token",
    "current",
    "new",
    "locale",
    "name",
    "account",
    "kind",
    "look",
    "send",
    "term",
    "subject",
    "message",
    "form_key",
    "files",
    "website",
    "month",
    "to",
    "v",
]
STAFF_PATHS = (
    "/admin",
    "/admin/residents/list",
    "/admin/payments/list",
    "/admin/accounts/detail",
    "/admin/audit",
    "/admin/readings",
    "/admin/imports/upload",
    "/admin/notices/new",
    "/admin/exports/make",
    "/sandbox/pay/x",
    "/sandbox/v1/checkout/sessions",
    "/api/v1/accounts",
    "/api/v1/me",
    "/nothing",
)
WHO = ("guest", "owner", "clerk", "administrator")
_VISIBLE = st.binary(max_size=80).map(lambda raw: bytes(byte for byte in raw if 32 <= byte != 127))


def paths(city: City) -> st.SearchStrategy[str]:
    """Real addresses, with ids of the city or with anything in their place, and a query."""
    real = sorted({city.put(door.path).partition("?")[0] for door in ROUTES.values()} | {*STAFF_PATHS})
    odd = st.builds(
        lambda start, more: f"{start}/{quote(more, errors='replace')[:300]}", st.sampled_from(real), texts()
    )
    query = st.dictionaries(
        st.sampled_from([*FIELDS, "pk", "q", "filter", "page"]), texts([*city.ids().values()]), max_size=3
    )
    return st.builds(_with_query, st.sampled_from(real) | odd, query)


def _with_query(path: str, query: dict[str, str]) -> str:
    said = "&".join(f"{name}={quote(value, errors='replace')[:2000]}" for name, value in query.items())
    return f"{path}?{said}" if said else path


def bodies(city: City) -> st.SearchStrategy[dict[str, Any]]:
    """A form, a form with files, JSON, or bytes that are none of these."""
    fields = st.dictionaries(
        st.sampled_from(FIELDS), texts([*city.ids().values()]).map(_sendable), max_size=6
    )
    file = st.tuples(
        texts().map(_sendable), st.binary(max_size=300), st.sampled_from(["image/png", "", "text/html"])
    )
    kinds = st.sampled_from(
        [
            "application/x-www-form-urlencoded",
            "multipart/form-data",
            "multipart/form-data; boundary=x",
            "application/json",
            "x",
        ]
    )
    raw = st.builds(
        lambda data, kind: {"content": data, "headers": {"content-type": kind}},
        st.binary(max_size=400),
        kinds,
    )
    return (
        st.just({})
        | fields.map(lambda form: {"data": form})
        | st.builds(lambda form, sent: {"data": form, "files": {"files": sent}}, fields, file)
        | fields.map(lambda form: {"json": form})
        | raw
    )


def _sendable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def headers() -> st.SearchStrategy[dict[str, bytes]]:
    """What a client may say of itself."""
    names = st.sampled_from(
        [
            "accept",
            "accept-language",
            "user-agent",
            "referer",
            "x-forwarded-for",
            "if-none-match",
            "authorization",
            "range",
        ]
    )
    return st.dictionaries(names, _VISIBLE, max_size=4)


def test_no_route_fails_at_anything(house: House, fuzz_clock: Clock):
    asked: Counter[int] = Counter()
    city = build(house)

    def run(data: st.DataObject) -> None:
        method, path = data.draw(st.sampled_from(METHODS)), data.draw(paths(city))
        who = data.draw(st.sampled_from(WHO))
        body = data.draw(bodies(city)) if method not in ("GET", "HEAD") else {}
        if path.startswith("/api/logout") and who != "guest":
            return
        origin = data.draw(st.sampled_from([cabinet_settings.public_url] * 3 + ["https://evil.example"]))
        said = {
            **data.draw(headers()),
            **body.pop("headers", {}),
            **city.people[who].headers,
            "origin": origin,
        }
        answer = house.client.request(method, path, headers=said, follow_redirects=False, **body)
        assert answer.status_code < 500, (method, path)
        asked[answer.status_code] += 1
        if asked.total() % TRIES == 0:
            house.run(forget_tries)

    fuzz_clock.try_out(run, st.data(), few=EXAMPLES)
    fuzz_clock.tell("routes", asked.total(), f"answers {dict(sorted(asked.items()))}")
    assert asked.total() > 50


@pytest.mark.parametrize("query", [b"x=\xff", b"\xf4\x80", b"locale=\xd0"])
def test_a_query_that_is_no_text_is_a_bad_request(house: House, query: bytes):
    """Sent past the client, which would escape it."""
    answer = _raw(house, query)
    assert answer == 400


def _raw(house: House, query: bytes) -> int:
    said: list[Any] = []
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/api/payments.csv",
        "raw_path": b"/api/payments.csv",
        "query_string": query,
        "headers": [(b"host", b"localhost")],
        "client": ("192.0.2.1", 1),
        "server": ("localhost", 80),
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        said.append(message)

    async def ask() -> None:
        app: Any = house.client.app
        await app(scope, receive, send)

    house.run(ask)
    return int(said[0]["status"])
