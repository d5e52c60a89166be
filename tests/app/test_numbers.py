"""What the running app counts of pages, and that a failure is found by the number a resident reads."""

import json
import logging
import re
from collections.abc import Generator
from typing import Any

import anyio
import pytest
from prometheus_client import generate_latest
from pydantic import SecretStr

from cabinet.portal.front import state as front
from cabinet.residents.errors import WrongLogin
from cabinet.settings import settings
from cabinet.watching.events import label_of
from cabinet.watching.format import JsonLines
from cabinet.watching.metrics import REGISTRY
from tests.app.house import BOOT, ROOT, Guest, House
from tests.app.test_handlers import full_name, registered

TOKEN = "a-token-of-20-signs-"


class Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonLines())
        self.said: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(json.loads(self.format(record)))


@pytest.fixture
def lines(house: House) -> Generator[Lines]:
    handler = Lines()
    logging.getLogger("cabinet").addHandler(handler)
    yield handler
    logging.getLogger("cabinet").removeHandler(handler)


def count(handler: str, outcome: str) -> float:
    return REGISTRY.get_sample_value("cabinet_events_total", {"handler": handler, "outcome": outcome}) or 0.0


def test_events_are_counted_by_handler_and_outcome(house: House):
    alice = house.move_in("alice")
    load = "accounts_state.load"
    before = {outcome: count(load, outcome) for outcome in ("passed", "refused")}
    seconds = REGISTRY.get_sample_value("cabinet_event_seconds_count") or 0
    with house.tab(alice, "/cabinet") as tab:
        tab.call(full_name(load))
    with house.tab(Guest(), "/cabinet") as tab:
        tab.call(full_name(load))
    assert count(load, "passed") == before["passed"] + 1
    assert count(load, "refused") == before["refused"] + 1
    assert (REGISTRY.get_sample_value("cabinet_event_seconds_count") or 0) > seconds


def test_a_failure_is_found_by_the_number_that_the_resident_reads(
    house: House, lines: Lines, monkeypatch: pytest.MonkeyPatch
):
    async def broken(**_arguments: Any) -> None:
        raise RuntimeError("no luck")

    monkeypatch.setattr(front.providers, "list_providers", broken)
    before = count("front_state.load", "failed")
    with house.tab(Guest(), "/") as tab:
        answer = tab.call(full_name("front_state.load"))
    [number] = re.findall(r"\b[0-9a-f]{8}\b", answer.failure)
    [line] = [one for one in lines.said if one.get("number") == number]
    assert line["level"] == "error"
    assert re.fullmatch(r"[0-9a-f]{12}", line["request"])
    assert "RuntimeError" in line["exception"]
    assert count("front_state.load", "failed") == before + 1


def test_an_error_that_the_person_can_mend_is_no_failure(
    house: House, lines: Lines, monkeypatch: pytest.MonkeyPatch
):
    async def refuse(**_arguments: Any) -> None:
        raise WrongLogin

    monkeypatch.setattr(front.providers, "list_providers", refuse)
    before = count("front_state.load", "refused"), count("front_state.load", "failed")
    with house.tab(Guest(), "/") as tab:
        tab.call(full_name("front_state.load"))
    assert (count("front_state.load", "refused"), count("front_state.load", "failed")) == (
        before[0] + 1,
        before[1],
    )
    assert [one for one in lines.said if one["level"] == "error"] == []


def test_open_sockets_are_counted(house: House):
    with house.tab(Guest(), "/") as tab:
        tab.boot()
        assert (REGISTRY.get_sample_value("cabinet_sockets_open") or 0) >= 1


def test_nobody_can_make_series_with_names_of_handlers(house: House):
    with house.tab(Guest(), "/") as tab:
        for number in range(20):
            tab.send(f"{ROOT}.c4n4ry_{number}")
            tab.send(f"{ROOT}.cabinet___ui___failure____failure_state.c4n4ry_{number}")
        tab.rest()
        tab.call(BOOT)
    text = generate_latest(REGISTRY).decode()
    assert "c4n4ry" not in text
    known = {label_of(name) for name in registered().values()}
    counted = set(re.findall(r'cabinet_events_total\{handler="([^"]+)"', text))
    ours = {one for one in counted if not one.startswith(("state.", "on_load", "update_vars"))}
    assert ours <= known, ours - known


def test_a_handler_that_follows_a_page_for_long_is_not_timed(house: House):
    """Else the slowest events would be those that wait on purpose."""
    from reflex_base.registry import RegistrationContext

    from cabinet.ui.gate import _is_background  # pyright: ignore[reportPrivateUsage]

    handlers = RegistrationContext.get().event_handlers
    slow = [name for name, one in handlers.items() if one.handler.is_background]
    assert slow, "there is one at least: the page of a payment follows it"
    for name in slow:
        event = type("Event", (), {"state_cls": handlers[name].states[0], "name": name})
        assert _is_background(event)  # pyright: ignore[reportArgumentType]


def test_sign_ins_are_counted_by_how_they_end(house: House):
    def tries(outcome: str) -> float:
        return REGISTRY.get_sample_value("cabinet_sign_ins_total", {"outcome": outcome}) or 0

    before = tries("wrong")
    house.post("/api/login", email="nobody@mail.example", password="wrong12")
    assert tries("wrong") == before + 1


def test_the_running_app_answers_prometheus(house: House, monkeypatch: pytest.MonkeyPatch):
    assert house.client.get("/metrics").status_code == 404
    monkeypatch.setattr(settings, "metrics_token", SecretStr(TOKEN))
    signed = {"Authorization": f"Bearer {TOKEN}"}
    assert house.client.get("/metrics").status_code == 401
    own = house.client.get("/metrics", headers=signed).text
    assert 'cabinet_ready{part="database"} 1.0' in own
    assert 'cabinet_pool_connections{kind="most",pool="lookup"} 4.0' in own.replace(
        'pool="lookup",kind="most"', 'kind="most",pool="lookup"'
    )
    assert "cabinet_jobs_oldest_seconds" in house.client.get("/metrics/cluster", headers=signed).text
    house.run(anyio.sleep, 0)
