"""Every operation of the API for programs against every kind of caller, with real ids and numbers of Alice's.

A new operation stands in OPERATIONS, or the first test fails with its name.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from starlette.routing import Mount

from cabinet.http.api.app import PATH
from tests.app.city import City, forget_tries
from tests.app.house import House, fingerprint
from tests.raw import changed

KEYS, TOKENS, EVERYBODY = "keys of providers", "tokens of residents", "everybody"
CALLERS = ("nobody", "cookie", "made up", "revoked key", "foreign key", "key", "foreign token", "token")


@dataclass(frozen=True, slots=True)
class Operation:
    """For whom it is, and what is sent: of the own provider, or of Alice's account."""

    whose: str
    body: Any = None
    asked: str = ""
    for_foreigners: int = 200
    """What a living key of another provider, or another resident's token, gets: 200 with nothing of hers in it, or 404."""


ACCOUNT = {"accounts": [{"number": "{number}", "owner_name": "Чужой", "address": "ул. Иная, 1"}]}
METER = {"meters": [{"account_number": "{number}", "kind": "gas", "serial": "G-1"}]}
BILL = {"bills": [{"account_number": "{number}", "period": "2026-10", "lines": []}]}
BALANCE = {
    "as_of": "2026-10-31",
    "document": "1",
    "balances": [{"account_number": "{number}", "balance_minor": 1}],
}
READING = {"values": [{"meter": "{zone}", "zones": {"1": "5"}}]}
VALUE = {
    "readings": [
        {
            "account_number": "{number}",
            "serial": "001",
            "kind": "electricity",
            "zone": 1,
            "value": "5",
            "taken_on": "2026-10-25",
        }
    ]
}
DECISION = {"decisions": [{"reading_id": "{zone}", "decision": "accept"}]}
ONE = "/me/accounts/{account_id}"
OPERATIONS = {
    "GET /openapi.json": Operation(EVERYBODY),
    "GET /docs": Operation(EVERYBODY),
    "GET /key": Operation(KEYS),
    "GET /accounts": Operation(KEYS),
    "POST /accounts/find": Operation(KEYS, {"numbers": ["{number}"]}),
    "GET /accounts/{account_id}": Operation(KEYS, for_foreigners=404),
    "PUT /meters": Operation(KEYS, METER),
    "PUT /bills": Operation(KEYS, BILL),
    "PUT /balances": Operation(KEYS, BALANCE),
    "GET /payments": Operation(KEYS),
    "GET /readings": Operation(KEYS),
    "PUT /readings": Operation(KEYS, VALUE),
    "POST /readings/decisions": Operation(KEYS, DECISION),
    "GET /registries": Operation(KEYS),
    "GET /registries/{registry_id}/file": Operation(KEYS, for_foreigners=404),
    "PUT /accounts": Operation(KEYS, ACCOUNT),
    "GET /me": Operation(TOKENS),
    "GET /me/accounts": Operation(TOKENS),
    f"GET {ONE}": Operation(TOKENS, for_foreigners=404),
    f"GET {ONE}/bills": Operation(TOKENS, for_foreigners=404),
    f"GET {ONE}/meters": Operation(TOKENS, for_foreigners=404),
    f"GET {ONE}/readings": Operation(TOKENS, for_foreigners=404),
    f"POST {ONE}/readings": Operation(TOKENS, READING, for_foreigners=404),
    "POST /me/waterius": Operation(TOKENS, {"ch0": 5, "serial0": "{number}"}),
}
"""Whoever adds an operation adds it here, and says for whom it is."""

OF_ONES_OWN = {
    ("PUT /accounts", "foreign key"): {"account", "audit_record"},
    ("POST /accounts/find", "foreign key"): {"audit_record"},
    ("POST /me/waterius", "foreign token"): {
        "letter",
        "personal_token",
        "procrastinate_events",
        "procrastinate_jobs",
    },
}
"""What may be written for whom: an account of the same number with another provider, a note that somebody looked,
a letter to whose token it is."""


def every_operation(routes: list[Any], above: str = "") -> Iterator[str]:
    """`GET /path` of all that the API answers, in its description or not."""
    for route in routes:
        if router := getattr(route, "original_router", None):
            yield from every_operation(router.routes, above)
            continue
        path = str(route.path).replace(":uuid}", "}")
        yield from (f"{method} {above}{path}" for method in (route.methods or set()) - {"HEAD"})


def api_of(house: House) -> Any:
    """The API's own application."""
    framework: Any = house.client.app
    guard: Any = next(
        route.app for route in framework.routes if isinstance(route, Mount) and route.path == ""
    )
    return next(route.app for route in guard.routes if isinstance(route, Mount) and route.path == PATH)


def test_every_operation_stands_in_the_table_and_every_line_has_one(house: House):
    found = {*every_operation(api_of(house).routes)}
    assert not found - OPERATIONS.keys(), f"say in OPERATIONS for whom: {sorted(found - OPERATIONS.keys())}"
    assert not OPERATIONS.keys() - found, f"gone: {sorted(OPERATIONS.keys() - found)}"


def answers_to(operation: Operation, caller: str) -> set[int]:
    """The statuses that this caller may get."""
    if operation.whose == EVERYBODY:
        return {200}
    if caller in ("nobody", "cookie", "made up", "revoked key"):
        return {401}
    own, foreign = ("key", "foreign key") if operation.whose == KEYS else ("token", "foreign token")
    if caller == foreign:
        return {operation.for_foreigners}
    # Her own: 404 and 422 where the row that is asked for is none, which no other caller may tell apart.
    return {200, 201, 404, 422} if caller == own else {403}


@pytest.mark.parametrize("caller", CALLERS)
def test_what_every_caller_gets(house: House, city: City, caller: str):
    house.run(forget_tries)
    problems: list[str] = []
    before = house.run(fingerprint)
    for name, operation in OPERATIONS.items():
        method, _space, path = name.partition(" ")
        asked = path.replace("{account_id}", "{account}").replace("{registry_id}", "{account}")
        answer = house.client.request(
            method, PATH + city.put(asked), json=city.put(operation.body), headers=headers_of(city, caller)
        )
        if answer.status_code not in answers_to(operation, caller):
            problems.append(
                f"{name}: {answer.status_code}, not {answers_to(operation, caller)}: {answer.text[:120]}"
            )
        if caller in ("key", "token"):
            continue
        if told := [word for word in city.home.words[1:] if word in answer.text]:
            problems.append(f"{name} tells {told}")
        after = before if method == "GET" else house.run(fingerprint)
        may = OF_ONES_OWN.get((name, caller), set[str]()) | {"api_answer"}
        if wrote := changed(before, after) - may:
            problems.append(f"{name} wrote {sorted(wrote)}")
        before = after
    assert not problems, "\n".join(problems)


def headers_of(city: City, caller: str) -> dict[str, str]:
    """What the caller sends; each request that writes has a name of its own."""
    named = {"idempotency-key": uuid4().hex}
    match caller:
        case "nobody":
            return named
        case "cookie":
            return {**named, **city.people["administrator"].headers}
        case "made up":
            return {**named, "authorization": f"Bearer ck_{uuid4().hex}"}
        case _:
            return {**named, "authorization": f"Bearer {city.programs[caller]}"}
