"""The outer doors: sockets, uploads, forms of other sites, ways back, headers, cookies."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit
from uuid import UUID, uuid4

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.testclient import TestClient

from cabinet.http import guard
from cabinet.http.guard import Guard, own_origins
from cabinet.http.policy import source_hash
from cabinet.residents.models import Role
from cabinet.residents.passwords import hash_password
from cabinet.settings import Environment, settings
from tests.app.house import Guest, House, Signed, change_person, fingerprint

PASSWORD = "garden7"
EVIL = [
    "//evil.example",
    "///evil.example",
    "https://evil.example",
    "http:evil.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,x",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    " //evil.example",
    "%2f%2fevil.example",
    "/%2fevil.example",
    "/%5cevil.example",
    "evil.example",
    "@evil.example",
    "",
]


@pytest.fixture
def alice(house: House) -> Signed:
    person = house.move_in("alice")
    house.run(change_person, person, password_hash=house.run(hash_password, PASSWORD))
    return person


def test_uploads_of_the_framework_do_not_exist(house: House, alice: Signed):
    headers = {"reflex-client-token": uuid4().hex, "reflex-event-handler": "x", "origin": settings.public_url}
    for path in ("/_upload", "/_upload/", "/_upload/x.txt", "/_all_routes"):
        for who in (Guest(), alice):
            answer = house.client.post(
                path, files={"files": b"x" * 100_000}, headers={**headers, **who.headers}
            )
            assert (answer.status_code, answer.content) == (404, b""), path


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": ""},
        {"origin": "null", "sec-fetch-site": "same-origin"},
        {"origin": "https://evil.example"},
        {"origin": "http://localhost:8000.evil.example"},
        {"origin": "http://evil.example:8000"},
        {"origin": "https://localhost:8000"},
        {"origin": "http://localhost:8000/"},
    ],
)
def test_the_event_socket_opens_for_our_pages_only(house: House, alice: Signed, headers: dict[str, str]):
    assert house.refusal(alice, **headers) == 1008
    assert house.refusal(alice, origin=settings.public_url) == 0
    polling = house.client.get("/_event/?EIO=4&transport=polling", headers={**alice.headers, **headers})
    assert polling.status_code == 403


def every_route(routes: list[BaseRoute], above: str = "") -> Iterator[tuple[str, frozenset[str]]]:
    """(path, methods) of all plain routes."""
    for route in routes:
        if isinstance(route, Mount):
            inner: Any = route.app
            yield from every_route(list(getattr(inner, "routes", [])), above + route.path)
        elif isinstance(route, Route):
            yield above + route.path, frozenset(route.methods or ())


BY_SIGNATURE = {"/api/stripe/webhook"}
BY_TOKEN = ("/api/v1/", "/w/")
"""Programs have no pages and no cookies: a cookie opens nothing there, whoever sends it."""
OF_THE_SANDBOX = "/sandbox"
"""Its API wants a key, and its page knows who comes by the address of the page: it stands for another site."""


def posts(house: House) -> list[str]:
    """Every path that takes a POST and stands on our own site."""
    routes: Any = house.client.app
    found = {path for path, methods in every_route(list(routes.routes)) if "POST" in methods}
    own = {path for path in found if not path.startswith((OF_THE_SANDBOX, "/admin"))}
    return sorted(re.sub(r"\{\w+:uuid\}", str(UUID(int=7)), path) for path in own)


def test_every_form_of_another_site_is_refused(house: House, alice: Signed):
    paths = posts(house)
    assert {"/api/login", "/api/logout", "/api/support", *BY_SIGNATURE} <= set(paths)
    before = house.run(fingerprint)
    for path in paths:
        for headers in ({}, {"origin": "https://evil.example"}, {"origin": "null"}, {"origin": ""}):
            answer = house.client.post(
                path, data={"email": alice.email, "password": PASSWORD}, headers={**alice.headers, **headers}
            )
            refusals = (
                {400} if path in BY_SIGNATURE else {401, 404, 415} if path.startswith(BY_TOKEN) else {403}
            )
            assert answer.status_code in refusals, (path, headers)
            assert "set-cookie" not in answer.headers, path
    assert house.run(fingerprint) == before
    with house.tab(alice, "/cabinet") as tab:
        assert tab.boot().redirects == []


def test_the_sandbox_wants_its_key(house: House):
    routes: Any = house.client.app
    every = [found for found in every_route(list(routes.routes)) if found[0].startswith("/sandbox/v1")]
    assert len(every) > 10
    for path, methods in every:
        for method in methods - {"HEAD"}:
            answer = house.client.request(method, path.replace("{ident}", "x").replace("{rest:path}", "y"))
            assert answer.status_code == (404 if "{rest" in path else 401), (method, path)


def test_no_route_changes_anything_on_get(house: House):
    routes: Any = house.client.app
    for path, methods in every_route(list(routes.routes)):
        if "POST" in methods and not path.startswith((OF_THE_SANDBOX, "/admin")):
            assert "GET" not in methods, path


@pytest.mark.parametrize("way", EVIL)
def test_signing_in_leads_to_our_own_paths_only(house: House, alice: Signed, way: str):
    as_json = house.post("/api/login", email=alice.email, password=PASSWORD, next=way)
    go = as_json.json()["go"]
    without_script = house.client.post(
        "/api/login",
        data={"email": alice.email, "password": PASSWORD, "next": way},
        headers={"origin": settings.public_url},
        follow_redirects=False,
    )
    for found in (go, without_script.headers["location"]):
        assert urlsplit(urljoin(settings.public_url, found)).netloc == urlsplit(settings.public_url).netloc
        assert found.startswith("/")
        assert not found.startswith(("//", "/\\", "/\t", "/\n"))


def test_the_cookie_of_a_real_sign_in(house: House, alice: Signed):
    answer = house.post("/api/login", email=alice.email, password=PASSWORD)
    parts = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")}
    assert {"httponly", "samesite=lax", "path=/"} <= parts
    assert not {"secure"} & parts
    assert not any(part.startswith("domain") for part in parts)


def test_the_cookie_over_tls(house: House, alice: Signed, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(settings, "public_url", "https://cabinet.example")
    own_origins.cache_clear()
    try:
        answer = house.post("/api/login", email=alice.email, password=PASSWORD)
        assert answer.headers["set-cookie"].startswith("__Host-sid=")
        assert "; secure" in answer.headers["set-cookie"].lower()
        assert "max-age=31536000" in answer.headers["strict-transport-security"]
        plain = house.client.get("/cabinet", headers={"cookie": f"sid={alice.token}"})
        assert plain.status_code != 500
        assert house.post("/api/logout", Guest(f"sid={alice.token}")).status_code == 200
    finally:
        own_origins.cache_clear()
        monkeypatch.undo()
    with house.tab(alice, "/cabinet") as tab:
        assert tab.boot().redirects == [], "a cookie without __Host- means nothing over TLS"


@pytest.mark.parametrize(
    "path",
    [
        "/healthz",
        "/readyz",
        "/metrics",
        "/metrics/cluster",
        "/ping",
        "/api/nothing",
        "/dev/mail",
        "/admin",
        "/sandbox/pay/x",
    ],
)
def test_every_kind_of_route_has_the_headers(house: House, path: str):
    answer = house.client.get(path, follow_redirects=False)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] in ("same-origin", "no-referrer")
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert answer.headers["cross-origin-embedder-policy"] == "require-corp"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    for feature in ("camera=(self)", "microphone=()", "geolocation=()", "usb=()", "payment=()"):
        assert feature in answer.headers["permissions-policy"]
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy or "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy or path == "/dev/mail"
    assert "unsafe" not in policy
    assert (
        answer.headers["cache-control"] in ("no-store", "no-store, max-age=0")
        or "private" in answer.headers["cache-control"]
    )


def test_a_signed_in_admin_has_them_too(house: House):
    boss = house.move_in("boss", Role.ADMINISTRATOR)
    answer = house.client.get("/admin/", headers=boss.headers)
    assert answer.status_code == 200
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"


def test_the_inline_parts_of_staff_pages_carry_the_nonce_of_this_answer(house: House):
    boss = house.move_in("boss", Role.ADMINISTRATOR)
    nonces: set[str] = set()
    for path in ("/admin/", "/admin/payments/list", "/admin/imports", "/admin/providers/create"):
        answer = house.client.get(path, headers=boss.headers)
        policy, html = answer.headers["content-security-policy"], answer.text
        assert "unsafe" not in policy
        [nonce] = set(re.findall(r"'nonce-([\w-]{22})'", policy))
        nonces.add(nonce)
        inline = re.findall(r"<(?:script|style)\b[^>]*>", html)
        assert inline
        assert all(f'nonce="{nonce}"' in tag for tag in inline), path
        assert not re.findall(r"""\s(?:style|on[a-z]+)=["']""", html), path
    assert len(nonces) == 4


def test_what_rows_say_gets_no_nonce(house: House):
    boss = house.move_in("boss", Role.ADMINISTRATOR)
    house.run(change_person, boss, full_name="<script>alert(1)</script>")
    page = house.client.get("/admin/", headers=boss.headers).text
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>" not in page


@pytest.mark.parametrize("path", ["/api/v1/docs", "/api/v1/docs?lang=ru"])
def test_the_style_of_the_reference_is_the_one_that_may_run(house: House, path: str):
    answer = house.client.get(path)
    [style] = re.findall(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    assert source_hash(style) in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]


def test_a_plain_page_may_show_its_style(house: House, alice: Signed):
    answer = house.client.post("/api/login", data={"email": "x"}, headers={"origin": "https://evil.example"})
    [style] = re.findall(r"<style>(.*?)</style>", answer.text)
    assert source_hash(style) in answer.headers["content-security-policy"]


@pytest.fixture
def in_town(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Served as https://cabinet.example, and not on somebody's laptop."""
    monkeypatch.setattr(settings, "env", Environment.PRODUCTION)
    monkeypatch.setattr(settings, "public_url", "https://cabinet.example")
    own_origins.cache_clear()
    yield
    monkeypatch.undo()
    own_origins.cache_clear()


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("cabinet.example", 200),
        ("CABINET.example:443", 200),
        ("localhost:8000", 200),
        ("evil.example", 421),
        ("cabinet.example.evil.example", 421),
        ("cabinet.example:8443", 421),
        ("", 421),
    ],
)
def test_only_our_own_name_is_answered(pages: TestClient, in_town: None, host: str, status: int):
    assert pages.get("/login", headers={"host": host}).status_code == status
    assert pages.get("/healthz", headers={"host": "10.0.0.7:8000"}).status_code == 404, "probes go on"


def test_on_a_laptop_any_name_will_do(pages: TestClient):
    assert pages.get("/login", headers={"host": "my-laptop:8000"}).status_code == 200


def test_a_page_over_tls_asks_for_nothing_without(pages: TestClient, in_town: None):
    answer = pages.get("/login", headers={"host": "cabinet.example"})
    assert "upgrade-insecure-requests" in answer.headers["content-security-policy"]
    assert answer.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
    assert "wss://cabinet.example" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("host", ["cabinet.example", "evil.example"])
@pytest.mark.parametrize("path", ["/login", "/assets/a-1f.js", "/api/x", "/_upload", "/_event/", "/nothing"])
def test_refusals_have_the_headers_too(pages: TestClient, in_town: None, host: str, path: str):
    answer = pages.get(path, headers={"host": host})
    assert "includeSubDomains" in answer.headers["strict-transport-security"]
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path", ["/assets", "/assets/", "/login/../assets/", "/.git/config", "/..%2f..%2fetc/passwd"]
)
def test_no_folder_and_nothing_beside_the_build_is_shown(pages: TestClient, path: str):
    answer = pages.get(path, follow_redirects=True)
    assert answer.status_code == 404
    assert "a-1f" not in answer.text


@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT", "PROPFIND"])
def test_other_methods_are_not_served(house: House, method: str):
    for path in ("/", "/healthz", "/api/login", "/api/v1/key"):
        answer = house.client.request(method, path, headers={"x-canary": "garden7"})
        assert answer.status_code in (401, 404, 405), path
        assert "garden7" not in answer.text


def test_the_cookies_of_the_staff_pages_over_tls(house: House, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(settings, "public_url", "https://cabinet.example")
    own_origins.cache_clear()
    try:
        boss = house.move_in("boss", Role.ADMINISTRATOR)
        answer = house.client.get("/admin/", headers=boss.headers)
        cookies = answer.headers.get_list("set-cookie")
        for cookie in cookies:
            parts = {part.strip().lower() for part in cookie.split(";")}
            assert cookie.startswith("__Host-starlette_admin_")
            assert {"secure", "path=/", "samesite=lax"} <= parts
        [cookie] = [one for one in cookies if "csrftoken" in one]
        kept = {"cookie": f"{boss.headers['cookie']}; {cookie.partition(';')[0]}; __Host-admin_language=en"}
        again = house.client.get("/admin/", headers=kept)
        assert "csrftoken" not in again.headers.get("set-cookie", ""), "it is known again"
        assert '<html lang="en"' in again.text
        planted = {"cookie": f"{boss.headers['cookie']}; admin_language=en"}
        assert '<html lang="ru"' in house.client.get("/admin/", headers=planted).text
    finally:
        own_origins.cache_clear()


def test_signing_out_empties_the_browser(house: House, alice: Signed):
    answer = house.post("/api/logout", alice)
    assert answer.headers["clear-site-data"] == '"cache"'
    assert "max-age=0" in answer.headers["set-cookie"].lower()


@pytest.mark.parametrize("path", ["/admin", "/admin/", "/admin/residents/list", "/admin/_api/payments/rows"])
def test_the_admin_is_for_staff(house: House, alice: Signed, path: str):
    guest = house.client.get(path, follow_redirects=False)
    assert guest.status_code == 303
    assert guest.headers["location"].startswith("/login?next=/admin")
    assert house.client.get(path, headers=alice.headers, follow_redirects=False).status_code == 403


@pytest.fixture
def pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    """A build of two pages behind the real guard."""
    (tmp_path / "login").mkdir()
    (tmp_path / "assets").mkdir()
    for name in ("index.html", "login/index.html", "404.html"):
        (tmp_path / name).write_text("<html><script>1</script></html>")
    (tmp_path / "assets" / "a-1f.js").write_text("1")
    (tmp_path / "icon.svg").write_text("<svg/>")
    scripts = tmp_path / "inline.json"
    scripts.write_text(
        json.dumps({name: ["'sha256-x='"] for name in ("index.html", "login/index.html", "404.html")})
    )
    monkeypatch.setattr(guard, "INLINE_SCRIPTS", scripts)
    routes = [
        Route("/api/x", lambda _request: JSONResponse({})),
        Mount("/", StaticFiles(directory=tmp_path, html=True)),
    ]
    return TestClient(Guard(Starlette(routes=routes)), follow_redirects=False)


@pytest.mark.parametrize(
    ("path", "policy", "cache"),
    [
        ("/", "'sha256-x='", "no-cache"),
        ("/login", "'sha256-x='", "no-cache"),
        ("/login/", "'sha256-x='", "no-cache"),
        ("/assets/a-1f.js", "default-src 'none'", "public, max-age=31536000, immutable"),
        ("/icon.svg", "default-src 'none'", "public, max-age=3600"),
        ("/api/x", "default-src 'none'", "no-store"),
        ("/nothing", "'sha256-x='", "no-store"),
        ("/assets/of-the-next-build.js", "'sha256-x='", "no-store"),
    ],
)
def test_what_browsers_may_do_and_keep(pages: TestClient, path: str, policy: str, cache: str):
    answer = pages.get(path)
    assert answer.status_code in (200, 404)
    assert policy in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"].startswith(cache)
    assert "unsafe" not in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    "path", ["/confirm?token=x", "/password/reset?a=1&token=x", "/en/confirm?token=x", "/login?token=x"]
)
def test_a_token_in_the_address_goes_nowhere(pages: TestClient, path: str):
    assert pages.get(path).headers["referrer-policy"] == "no-referrer"


def test_an_unchanged_page_keeps_its_policy(pages: TestClient):
    first = pages.get("/login")
    again = pages.get("/login", headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304
    kept = {**first.headers, **again.headers}
    assert "'sha256-x='" in kept["content-security-policy"]
    assert kept["cache-control"] == "no-cache"
