"""The manifest and the service worker, as browsers get them."""

import json
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from cabinet.http import installing
from cabinet.http.guard import Guard
from cabinet.settings import ROOT, settings

FACTS = {
    "version": "7f",
    "pages": {"ru": "/kept/offline.ru.html", "en": "/kept/offline.en.html"},
    "files": ["/offline.js"],
}


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    facts = tmp_path / "offline.json"
    facts.write_text(json.dumps(FACTS))
    monkeypatch.setattr(installing, "OFFLINE", facts)
    installing._kept.cache_clear()  # pyright: ignore[reportPrivateUsage]
    return TestClient(Guard(Starlette(routes=list(installing.routes))))


@pytest.mark.parametrize(
    ("path", "name", "start"),
    [
        ("/manifest.webmanifest", "Личный кабинет", "/cabinet"),
        ("/en/manifest.webmanifest", "Utility Cabinet", "/en/cabinet"),
    ],
)
def test_each_language_has_its_manifest(client: TestClient, path: str, name: str, start: str):
    answer = client.get(path)
    assert answer.headers["content-type"] == "application/manifest+json"
    about = answer.json()
    assert (about["name"], about["start_url"], about["scope"]) == (name, start, "/")
    assert about["display"] == "standalone"
    assert {(icon["sizes"], icon["purpose"]) for icon in about["icons"]} == {
        ("192x192", "any"),
        ("512x512", "any"),
        ("512x512", "maskable"),
    }


def test_the_icons_are_there_and_have_their_size(client: TestClient):
    for icon in client.get("/manifest.webmanifest").json()["icons"]:
        picture = (ROOT / "assets" / icon["src"].lstrip("/")).read_bytes()
        assert picture.startswith(b"\x89PNG")
        width, height = (int.from_bytes(picture[at : at + 4]) for at in (16, 20))
        assert f"{width}x{height}" == icon["sizes"]


def test_the_worker_is_asked_for_anew_and_may_reach_only_us(client: TestClient):
    answer = client.get("/sw.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["content-security-policy"] == "default-src 'none'; connect-src 'self'"
    assert json.dumps(FACTS) in answer.text


def test_the_worker_can_be_taken_away(client: TestClient, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(settings, "offline_page", False)
    script = client.get("/sw.js").text
    assert "registration.unregister()" in script
    assert 'addEventListener("fetch"' not in script


def test_without_a_build_there_is_no_worker(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setattr(installing, "OFFLINE", tmp_path / "none.json")
    assert "registration.unregister()" in client.get("/sw.js").text
