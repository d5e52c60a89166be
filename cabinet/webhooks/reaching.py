"""Reaching a provider's server, and nothing else: no address inside our own network, no redirects.

The name is resolved here and the connection goes to the address that was checked, so that a name cannot
mean something else the second time.
"""

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from time import monotonic
from urllib.parse import SplitResult, urlsplit

import httpx

from cabinet.settings import settings

PATIENCE_SECONDS = 10
_MOST_ANSWER = 64 * 1024
_TRANSLATED = IPv6Network("64:ff9b::/96")


class NotReached(Exception):
    """The server did not answer, or must not be asked; `code` says why in a word."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server answered, and after how many milliseconds."""

    status: int
    ms: int


Transport = Callable[[], httpx.AsyncBaseTransport]
"""Makes the connection; tests put their own in its place."""


def own_transport() -> httpx.AsyncBaseTransport:
    """A connection without proxies, checked against the system's certificates."""
    return httpx.AsyncHTTPTransport(retries=0)


def is_allowed_url(url: str) -> bool:
    """Whether the form of the address is right: https (http too in development), a host, no password."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    schemes = ("https", "http") if settings.is_development else ("https",)
    plain = not (parts.username or parts.password or parts.fragment) and url.isascii() and url.isprintable()
    return parts.scheme in schemes and bool(parts.hostname) and port != 0 and plain and " " not in url


def is_public(address: str) -> bool:
    """Whether the address lies outside every private, local and reserved network, however it is written."""
    ip = _plain(ip_address(address.partition("%")[0]))
    inside = isinstance(ip, IPv6Address) and ip.is_site_local
    return ip.is_global and not (inside or ip.is_multicast or ip.is_reserved or ip.is_unspecified)


async def post(
    url: str, body: bytes, headers: dict[str, str], *, transport: Transport = own_transport
) -> Answer:
    """Send the body and return the answer's status. Raises NotReached."""
    began = monotonic()
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            status = await _post(url, body, headers, transport)
    except (TimeoutError, httpx.TimeoutException):
        raise NotReached("timeout") from None
    except httpx.HTTPError as error:
        raise NotReached(_word_of(error)) from None
    return Answer(status, round((monotonic() - began) * 1000))


async def _post(url: str, body: bytes, headers: dict[str, str], transport: Transport) -> int:
    if not is_allowed_url(url):
        raise NotReached("bad_address")
    parts = urlsplit(url)
    host = parts.hostname or ""
    address = await resolve(host, parts.port or (443 if parts.scheme == "https" else 80))
    there = parts._replace(netloc=_netloc(address, parts))
    async with (
        httpx.AsyncClient(transport=transport(), trust_env=False, follow_redirects=False) as client,
        client.stream(
            "POST",
            there.geturl(),
            content=body,
            headers={**headers, "Host": parts.netloc},
            extensions={"sni_hostname": host},
            timeout=PATIENCE_SECONDS,
        ) as answer,
    ):
        await _read_a_little(answer)
        return answer.status_code


async def resolve(host: str, port: int) -> str:
    """The first address of the host. Raises NotReached if there is none, or if any of them is ours to hide."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NotReached("no_such_host") from None
    addresses = [str(one[4][0]) for one in found]
    if not addresses:
        raise NotReached("no_such_host")
    if not settings.is_development and not all(map(is_public, addresses)):
        raise NotReached("private_address")
    return addresses[0]


async def _read_a_little(answer: httpx.Response) -> None:
    """What it says does not matter to us; a stream without an end is cut off."""
    size = 0
    async for part in answer.aiter_raw():
        size += len(part)
        if size > _MOST_ANSWER:
            return


def _netloc(address: str, parts: SplitResult) -> str:
    host = f"[{address}]" if ":" in address else address
    return f"{host}:{parts.port}" if parts.port else host


def _plain(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 one stands for, if it does."""
    if isinstance(ip, IPv4Address):
        return ip
    if ip in _TRANSLATED:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else ip)


def _word_of(error: httpx.HTTPError) -> str:
    if isinstance(error, httpx.ConnectError):
        return "bad_certificate" if "CERTIFICATE" in str(error).upper() else "no_connection"
    return "broken_answer"
