"""The outermost layer: under which name we answer, who may open the event socket, what browsers may do."""

import json
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cabinet.http.plain import STYLE_HASH
from cabinet.http.policy import page_policy
from cabinet.settings import ROOT, settings

STATIC = ROOT / ".web" / "build" / "client"
INLINE_SCRIPTS = STATIC.parent / "inline_scripts.json"
_REFUSED = ("/_upload", "/_all_routes")
_SOCKET = "/_event"
_STRIPE = "https://checkout.stripe.com"
_YEAR = 365 * 24 * 3600
_PROBES = ("/healthz", "/readyz", "/metrics")
"""Asked by machines that know the address of this process, and not the name of the site."""
_OURS = (
    "camera",
    "clipboard-write",
    "fullscreen",
    "publickey-credentials-create",
    "publickey-credentials-get",
)
_NOBODYS = (
    "accelerometer",
    "autoplay",
    "clipboard-read",
    "cross-origin-isolated",
    "display-capture",
    "encrypted-media",
    "gamepad",
    "geolocation",
    "gyroscope",
    "hid",
    "idle-detection",
    "local-fonts",
    "magnetometer",
    "microphone",
    "midi",
    "otp-credentials",
    "payment",
    "picture-in-picture",
    "screen-wake-lock",
    "serial",
    "storage-access",
    "usb",
    "window-management",
    "xr-spatial-tracking",
)
_FEATURES = ", ".join([*(f"{name}=(self)" for name in _OURS), *(f"{name}=()" for name in _NOBODYS)])
_FOR_EVERY_ANSWER = {
    "X-Content-Type-Options": "nosniff",
    "Permissions-Policy": _FEATURES,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@cache
def own_origins() -> list[str]:
    """The origins that our own pages have; in development the loopback names of our port too."""
    local = [f"http://localhost:{settings.port}", f"http://127.0.0.1:{settings.port}"]
    return list(dict.fromkeys([settings.public_url, *(local if settings.is_development else [])]))


def is_from_our_page(headers: Headers) -> bool:
    """Whether a browser says that a page of ours made the request; for every route that changes something.

    A page with `Referrer-Policy: no-referrer` sends `Origin: null`: then Sec-Fetch-Site, which no
    script can set, has to say that the page was ours.
    """
    origin = headers.get("origin", "")
    return origin in own_origins() or (origin == "null" and headers.get("sec-fetch-site") == "same-origin")


class Guard:
    """ASGI middleware: refuses foreign names and sockets, finds static pages without a redirect, adds headers."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.routes: list[Any] = getattr(app, "routes", [])
        self._scripts = _inline_scripts()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or connection."""
        if scope["type"] == "lifespan":
            return await self.app(scope, receive, send)
        if status := _refusal(scope):
            return await _refuse(scope, self._with_headers(scope, send), status)
        if scope["type"] == "websocket":
            return await self.app(scope, receive, send)
        scope = self._to_static_page(scope)
        return await self.app(scope, receive, self._with_headers(scope, send))

    def _to_static_page(self, scope: Scope) -> Scope:
        """`/login` is the file login/index.html; without this, the server answers with a redirect to http://."""
        path = scope["path"]
        if path == "/admin" or f"{path[1:]}/index.html" in self._scripts:
            # In place: the layer around this one reads afterwards which route has answered.
            scope.update(path=f"{path}/", raw_path=scope.get("raw_path", path.encode()) + b"/")
        return scope

    def _with_headers(self, scope: Scope, send: Send) -> Send:
        async def send_with_headers(message: Message) -> None:
            # A 304 brings no content type: the browser keeps the headers of the page that it has.
            if message["type"] == "http.response.start" and message["status"] != 304:
                self._add_headers(scope, message["status"], MutableHeaders(scope=message))
            await send(message)

        return send_with_headers

    def _add_headers(self, scope: Scope, status: int, headers: MutableHeaders) -> None:
        """Add what the route has not set itself."""
        headers.setdefault("Content-Security-Policy", self._policy(scope["path"], headers))
        headers.setdefault("Referrer-Policy", _referrer_policy(scope["query_string"]))
        for name, value in _FOR_EVERY_ANSWER.items():
            headers.setdefault(name, value)
        headers.setdefault("Cache-Control", _caching(scope["path"], status, headers))
        if settings.is_https:
            headers.setdefault("Strict-Transport-Security", f"max-age={_YEAR}; includeSubDomains")

    def _policy(self, path: str, headers: MutableHeaders) -> str:
        if not headers.get("content-type", "").startswith("text/html"):
            return "default-src 'none'; frame-ancestors 'none'"
        name = path[1:] if path.endswith(".html") else f"{path[1:]}index.html"
        scripts = self._scripts.get(name, self._scripts.get("404.html", []))
        return page_policy(scripts=scripts, styles=[STYLE_HASH], forms=[_STRIPE])


def is_readable(scope: Scope) -> bool:
    """Whether the query is text: raw bytes that are none would be an error wherever the address is asked for."""
    try:
        bytes(scope["query_string"]).decode()
    except UnicodeDecodeError:
        return False
    return True


def _refusal(scope: Scope) -> int:
    """The status of a request that goes no further; 0 for one that does."""
    path, headers = scope["path"], Headers(scope=scope)
    if not is_readable(scope):
        return 400
    if not settings.is_development and path not in _PROBES and not _is_our_name(headers.get("host", "")):
        return 421
    if path.startswith(_REFUSED):
        return 404
    if path.startswith(_SOCKET) and headers.get("origin", "") not in own_origins():
        return 403
    return 0


def _is_our_name(host: str) -> bool:
    """Whether the site is asked for by the name that it has; this machine may ask by its own."""
    ours = urlsplit(settings.public_url)
    default = ":443" if ours.scheme == "https" else ":80"
    names = {
        ours.netloc,
        f"{ours.netloc}{default}",
        f"127.0.0.1:{settings.port}",
        f"localhost:{settings.port}",
    }
    return host.lower() in {name.lower() for name in names}


async def _refuse(scope: Scope, send: Send, status: int) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


def _referrer_policy(query: bytes) -> str:
    """A token in the address goes nowhere; elsewhere `same-origin`, which keeps Origin on our own forms."""
    return "no-referrer" if b"token=" in query else "same-origin"


def _caching(path: str, status: int, headers: MutableHeaders) -> str:
    """A file that is missing now may come with the next build: that answer is not kept."""
    if status >= 400:
        return "no-store"
    if path.startswith("/assets/"):
        return f"public, max-age={_YEAR}, immutable"
    if "etag" not in headers:
        return "no-store"
    return "no-cache" if headers.get("content-type", "").startswith("text/html") else "public, max-age=3600"


def _inline_scripts() -> dict[str, list[str]]:
    """The hashes of the scripts in each page of the build; none while there is no build."""
    return json.loads(INLINE_SCRIPTS.read_text()) if INLINE_SCRIPTS.exists() else {}
