"""Closed for work, and still there for the processor."""

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from cabinet.http.maintenance import Maintenance
from cabinet.settings import settings

STILL_OPEN = ("/healthz", "/readyz", "/metrics", "/metrics/cluster", "/api/stripe/webhook")


@pytest.fixture
def client() -> TestClient:
    paths = ("/cabinet", "/en/pay", *STILL_OPEN)
    return TestClient(
        Maintenance(Starlette(routes=[Route(path, lambda _: PlainTextResponse("open")) for path in paths]))
    )


def test_open_as_a_rule(client: TestClient):
    assert client.get("/cabinet").text == "open"


@pytest.mark.parametrize(
    ("path", "words"), [("/cabinet", "Скоро вернёмся"), ("/en/pay", "We will be back soon")]
)
def test_closed_in_the_visitors_language(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, path: str, words: str
):
    monkeypatch.setattr(settings, "maintenance", True)
    answer = client.get(path)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "600")
    assert words in answer.text


@pytest.mark.parametrize("path", STILL_OPEN)
def test_the_processor_and_whoever_watches_are_answered(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, path: str
):
    monkeypatch.setattr(settings, "maintenance", True)
    assert client.get(path).text == "open"


def test_programs_are_told_as_programs(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(settings, "maintenance", True)
    answer = TestClient(Maintenance(Starlette())).get("/api/v1/key", headers={"accept-language": "en"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "600")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:cabinet:problem:closed_for_work"
