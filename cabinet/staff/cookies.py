"""The admin library's cookies under names that browsers guard: `__Host-…` over TLS, as they are on http://localhost.

The library knows them by its own names only, so they are renamed on the way in and on the way out.
"""

from starlette.datastructures import MutableHeaders
from starlette.types import Message, Scope, Send

from cabinet.settings import settings

_PREFIX = "__Host-"


def with_plain_names(scope: Scope) -> Scope:
    """The request as the library expects it. A cookie without the prefix was not set by us and is dropped."""
    if not settings.is_https:
        return scope
    headers = [(name, _renamed(value) if name == b"cookie" else value) for name, value in scope["headers"]]
    return {**scope, "headers": headers}


def with_guarded_names(send: Send) -> Send:
    """Sends the library's cookies under their guarded names."""
    if not settings.is_https:
        return send

    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            cookies = headers.getlist("set-cookie")
            del headers["set-cookie"]
            for cookie in cookies:
                headers.append("set-cookie", _guarded(cookie))
        await send(message)

    return guarded


def _renamed(header: bytes) -> bytes:
    """`__Host-sid` keeps its name: the session is looked for under it."""
    pairs = [pair.strip() for pair in header.decode("latin-1").split(";")]
    ours = [pair for pair in pairs if pair.startswith(_PREFIX)]
    return "; ".join([*ours, *(pair.removeprefix(_PREFIX) for pair in ours)]).encode("latin-1")


def _guarded(cookie: str) -> str:
    named = cookie if cookie.startswith(_PREFIX) else f"{_PREFIX}{cookie}"
    return named if "; secure" in named.lower() else f"{named}; Secure"
