"""Which servers may be reached: none inside a private network, whatever the name says."""

import asyncio
import socket
from typing import Any

import httpx
import pytest

from cabinet.settings import Environment, settings
from cabinet.webhooks import reaching
from cabinet.webhooks.reaching import NotReached, is_allowed_url, is_public, post
from tests.webhooks.conftest import reply


@pytest.fixture
def production(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "env", Environment.PRODUCTION)


def resolving(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    async def getaddrinfo(_host: str, port: int, **_more: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in addresses]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "::1",
        "::",
        "fe80::1%eth0",
        "fd00::1",
        "fec0::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
    ],
)
def test_addresses_inside_are_refused(address: str):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["77.88.55.88", "2a02:6b8::2:242", "64:ff9b::4d58:3758"])
def test_addresses_outside_are_reached(address: str):
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://told.example/",
        "ftp://told.example/",
        "https://user:secret@told.example/",
        "https:///told",
        "https://told.example/#part",
        "https://told.example:99999/",
        "https://told.example/a b",
        "//told.example",
        "file:///etc/passwd",
    ],
)
def test_wrong_forms_are_refused(production: None, url: str):
    assert not is_allowed_url(url)


def test_http_is_for_development():
    assert is_allowed_url("http://localhost:9000/told")


async def test_a_name_that_leads_inside_is_not_asked(production: None, monkeypatch: pytest.MonkeyPatch):
    resolving(monkeypatch, "77.88.55.88", "10.0.0.5")
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return reply(200)

    with pytest.raises(NotReached) as refused:
        await post("https://told.example/", b"{}", {}, transport=lambda: httpx.MockTransport(answer))
    assert refused.value.code == "private_address"
    assert asked == []


async def test_the_connection_goes_to_the_address_that_was_checked(
    production: None, monkeypatch: pytest.MonkeyPatch
):
    resolving(monkeypatch, "77.88.55.88")
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return reply(302, location="http://169.254.169.254/")

    came = await post(
        "https://told.example:8443/x?y=1", b"{}", {}, transport=lambda: httpx.MockTransport(answer)
    )
    assert came.status == 302
    assert [str(one.url) for one in asked] == ["https://77.88.55.88:8443/x?y=1"]
    assert asked[0].headers["host"] == "told.example:8443"
    assert asked[0].extensions["sni_hostname"] == "told.example"


async def test_a_server_that_never_ends_is_cut_off(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reaching, "PATIENCE_SECONDS", 0.3)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
        while True:
            writer.write(b".")
            await writer.drain()
            await asyncio.sleep(0.05)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(NotReached) as refused:
        await post(f"http://localhost:{port}/", b"{}", {})
    assert refused.value.code == "timeout"
    server.close()


async def test_a_large_answer_is_read_in_part_only():
    sent = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readline()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
        try:
            while sent < 100_000_000:
                writer.write(b"." * 65536)
                sent += 65536
                await writer.drain()
        except ConnectionError:
            pass

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    came = await post(f"http://localhost:{port}/", b"{}", {})
    assert came.status == 200
    assert sent < 50_000_000
    server.close()


async def test_nobody_at_home():
    with pytest.raises(NotReached) as refused:
        await post("http://localhost:1/", b"{}", {})
    assert refused.value.code == "no_connection"
