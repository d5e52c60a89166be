"""Every plain HTTP route against everybody: what is answered, and that nothing is written or told by a refusal.

A new route stands in ROUTES, or the first test fails with its name. Staff pages: `tests/staff/test_foreign_rows.py`.
The API for programs: `test_every_operation.py`. Events: `test_who_may.py`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from starlette.routing import BaseRoute, Mount, Route

from cabinet.settings import settings
from tests.app.city import OUTSIDERS, City, forget_tries
from tests.app.house import House, fingerprint
from tests.raw import changed

EVERYBODY = ("guest", "owner", "helper", "viewer", *OUTSIDERS)
STAFF = ("clerk", "foreign clerk", "support", "auditor", "administrator")
LET_IN = ("owner", "helper", "viewer")


@dataclass(frozen=True, slots=True)
class Door:
    """An address with real ids of Alice's, and what each person gets; `*` is everybody who is not named."""

    path: str
    answers: dict[str, int]
    form: dict[str, str] = field(default_factory=dict[str, str])
    writes: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """Tables, by who may write them here."""

    def answer(self, who: str) -> int:
        """The status that this person gets."""
        return self.answers.get(who, self.answers["*"])


def only(path: str, who: tuple[str, ...], refusal: int = 404) -> Door:
    """For these; the others learn nothing, not even whether it exists."""
    return Door(path, {**dict.fromkeys(who, 200), "*": refusal})


def open_(path: str, status: int = 200) -> Door:
    """The same for everybody."""
    return Door(path, {"*": status})


def of_their_own(path: str) -> Door:
    """A form that changes something of the sender's, sent empty: guests are led to sign in."""
    return Door(path, {"guest": 200, "*": 422})


REPLY = {"message": "Это тоже моё.", "token": "unknown"}
ROUTES = {
    "GET /healthz": open_("/healthz"),
    "GET /readyz": open_("/readyz"),
    "GET /metrics": open_("/metrics", 404),  # with its token: tests/app/test_numbers.py
    "GET /metrics/cluster": open_("/metrics/cluster", 404),
    "GET /ping": open_("/ping"),
    "GET /_health": open_("/_health"),
    "GET /manifest.webmanifest": open_("/manifest.webmanifest"),
    "GET /en/manifest.webmanifest": open_("/en/manifest.webmanifest"),
    "GET /sw.js": open_("/sw.js"),
    "GET /logos/{provider_id:uuid}.png": open_("/logos/{provider}.png", 404),
    "GET /calendar/{name}.ics": open_("/calendar/{account}.forged.ics", 404),
    "GET /dev/mail": open_("/dev/mail"),
    "GET /dev/mail/{letter_id:uuid}": open_("/dev/mail/{account}", 404),
    "GET /dev/mail/{letter_id:uuid}/html": open_("/dev/mail/{account}/html", 404),
    "GET /api/bills/{bill_id:uuid}/bill.pdf": only("/api/bills/{bill}/bill.pdf", LET_IN),
    "GET /api/readings/{account_id:uuid}/readings.csv": only("/api/readings/{account}/readings.csv", LET_IN),
    "GET /api/payments/{payment_id:uuid}/confirmation.pdf": only(
        "/api/payments/{paid}/confirmation.pdf", ("owner",)
    ),
    "GET /api/payments.csv": Door("/api/payments.csv?account={account}", {"guest": 404, "*": 200}),
    "GET /api/files/{file_id:uuid}": Door(
        "/api/files/{file}",
        {**dict.fromkeys(("owner", "support", "auditor", "administrator"), 200), "guest": 403, "*": 404},
        writes=dict.fromkeys(("support", "auditor", "administrator"), ("audit_record",)),
    ),
    "POST /api/signup": open_("/api/signup", 422),
    "POST /api/signup/resend": open_("/api/signup/resend", 422),
    "POST /api/confirm": open_("/api/confirm"),
    "POST /api/login": open_("/api/login", 401),
    "POST /api/logout": open_("/api/logout"),
    "POST /api/factors/app": of_their_own("/api/factors/app"),
    "POST /api/factors/app/confirm": of_their_own("/api/factors/app/confirm"),
    "POST /api/factors/app/remove": of_their_own("/api/factors/app/remove"),
    "POST /api/factors/codes": of_their_own("/api/factors/codes"),
    "POST /api/factors/keys": of_their_own("/api/factors/keys"),
    "POST /api/factors/keys/ask": of_their_own("/api/factors/keys/ask"),
    "POST /api/factors/keys/remove": of_their_own("/api/factors/keys/remove"),
    "POST /api/login/code": open_("/api/login/code", 401),
    "POST /api/login/key": open_("/api/login/key", 401),
    "POST /api/login/key/ask": Door("/api/login/key/ask", {"*": 200}, writes={"*": ("key_challenge",)}),
    "POST /api/login/spare": open_("/api/login/spare", 401),
    "POST /api/password/forgot": open_("/api/password/forgot", 422),
    "POST /api/password/reset": open_("/api/password/reset", 422),
    "POST /api/password/change": of_their_own("/api/password/change"),
    "POST /api/email": of_their_own("/api/email"),
    "POST /api/email/confirm": open_("/api/email/confirm"),
    "POST /api/email/allow": open_("/api/email/allow"),
    "POST /api/email/refuse": open_("/api/email/refuse"),
    "POST /api/data": of_their_own("/api/data"),
    "POST /api/data/delete": of_their_own("/api/data/delete"),
    "GET /api/data/cabinet.json": open_("/api/data/cabinet.json", 303),  # with the password: tests/mydata
    "GET /api/data/cabinet.zip": open_("/api/data/cabinet.zip", 303),
    "POST /api/stripe/webhook": open_("/api/stripe/webhook", 400),
    "POST /api/support": open_("/api/support", 422),
    "POST /api/requests/{ticket_id:uuid}/reply": Door(
        "/api/requests/{request}/reply",
        {"owner": 200, "*": 404},
        REPLY,
        {"owner": ("ticket_message", "ticket")},
    ),
    "POST /api/requests/guest/reply": Door("/api/requests/guest/reply", {"*": 422}, REPLY),
    "POST /api/tokens": Door(
        "/api/tokens",
        {"guest": 200, "*": 422},
        {"name": "Mine", "account": "{account}", "look": "on", "term": "0"},
    ),
    "POST /w/{token}": open_("/w/unknown", 404),
}
"""Whoever adds a route adds it here, with what everybody gets."""

BEHIND = {
    "": "the framework's own app",
    "/api/v1": "operations",
    "/admin": "staff",
    "/_event": "events",
    "/sandbox": "",
}
"""Apps that are mounted whole, and have their own tables."""


def every_route(routes: list[BaseRoute], above: str = "") -> Iterator[tuple[str, str]]:
    """(`GET /path`, path) of all plain routes outside the mounted apps with tables of their own."""
    for route in routes:
        if isinstance(route, Mount):
            assert above + route.path in BEHIND, f"{above + route.path} is mounted: where is its table?"
            inner: Any = route.app
            if above + route.path == "":
                yield from every_route(list(getattr(inner, "routes", [])))
        else:
            assert isinstance(route, Route), route
            for method in (route.methods or set[str]()) - {"HEAD"}:
                yield f"{method} {above}{route.path}", above + route.path


def test_every_route_stands_in_the_table_and_every_line_has_a_route(house: House):
    app: Any = house.client.app
    found = {name for name, _path in every_route(list(app.routes))}
    assert not found - ROUTES.keys(), f"say in ROUTES what everybody gets: {sorted(found - ROUTES.keys())}"
    assert not ROUTES.keys() - found, f"gone: {sorted(ROUTES.keys() - found)}"


@pytest.mark.parametrize("who", EVERYBODY)
def test_what_everybody_gets(house: House, city: City, who: str):
    before, problems = house.run(fingerprint), list[str]()
    may: set[str] = set()
    for name, door in sorted(ROUTES.items()):  # GET before POST
        may |= {*door.writes.get(who, door.writes.get("*", ()))}
        house.run(forget_tries)
        problems += refused_otherwise(house, city, who, name)
        if name.startswith("GET"):  # checksums cost more than requests: one behind all that only look
            continue
        after = house.run(fingerprint)
        if wrote := changed(before, after) - may:
            problems.append(f"{name} wrote {sorted(wrote)}")
        before, may = after, set()
    assert not problems, "\n".join(problems)


def refused_otherwise(house: House, city: City, who: str, name: str) -> list[str]:
    """What is wrong with the answer, if anything."""
    door, method = ROUTES[name], name.partition(" ")[0]
    if name == "POST /api/logout":  # it ends the session: test_authority.py
        return []
    headers = {**city.people[who].headers, "origin": settings.public_url, "accept": "application/json"}
    sent: dict[str, Any] = {"headers": headers, "follow_redirects": False}
    if method == "POST":
        form = city.put(door.form)
        sent |= (
            {"files": {key: (None, value) for key, value in form.items()}}
            if "/reply" in name
            else {"data": form}
        )
    answer = house.client.request(method, city.put(door.path), **sent)
    problems: list[str] = []
    if answer.status_code != door.answer(who):
        problems.append(f"{name}: {answer.status_code}, should be {door.answer(who)}: {answer.text[:100]}")
    if who in ("guest", *OUTSIDERS) and name != "GET /dev/mail" and (told := city.leaks(answer.text)):
        problems.append(f"{name} tells {told}")
    return problems


@pytest.mark.parametrize("who", ["guest", "stranger"])
def test_a_refusal_says_the_same_of_what_exists_and_of_what_does_not(house: House, city: City, who: str):
    for name, door in ROUTES.items():
        if not name.startswith("GET") or "{" not in door.path or door.answer(who) < 400:
            continue
        headers = city.people[who].headers
        real = house.client.get(city.put(door.path), headers=headers)
        nothing = house.client.get(re.sub(r"\{\w+\}", str(UUID(int=7)), door.path), headers=headers)
        assert (real.status_code, real.text) == (nothing.status_code, nothing.text), name
