"""What a request tells about its sender."""

import pytest
from starlette.requests import Request

from cabinet.http.requests import client_address, locale_of
from cabinet.residents.cookie import token_in
from cabinet.settings import settings


def request(path: str = "/", client: str = "10.0.0.1", **headers: str) -> Request:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request(
        {
            "type": "http",
            "method": "GET",
            "path": path,
            "query_string": b"",
            "headers": raw,
            "client": (client, 1),
        }
    )


def test_an_address_cannot_be_invented_without_a_proxy():
    assert client_address(request(x_forwarded_for="1.2.3.4")) == "10.0.0.1"


def test_behind_proxies_the_entry_of_our_own_counts(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(settings, "trusted_proxy_hops", 1)
    assert client_address(request(x_forwarded_for="6.6.6.6, 1.2.3.4")) == "1.2.3.4"
    monkeypatch.setattr(settings, "trusted_proxy_hops", 2)
    assert client_address(request(x_forwarded_for="6.6.6.6, 1.2.3.4, 10.0.0.2")) == "1.2.3.4"
    assert client_address(request(x_forwarded_for="6.6.6.6")) == "10.0.0.1"


def test_the_language_is_that_of_the_page():
    assert locale_of(request("/api/login", referer="http://localhost:8000/en/login?x=1")) == "en"
    assert locale_of(request("/api/login", referer="http://localhost:8000/login")) == "ru"
    assert locale_of(request("/en/x")) == "en"


@pytest.mark.parametrize(
    "header", ["sid=abc", "a=b; sid=abc", 'bad="; x@y=1; sid=abc; sid2=z', "sid=; sid=abc"]
)
def test_the_token_is_found_among_any_cookies(header: str):
    assert token_in(header) == "abc"


@pytest.mark.parametrize("header", ["", "sid2=abc", "xsid=abc", "sid"])
def test_no_token_is_no_token(header: str):
    assert token_in(header) is None
