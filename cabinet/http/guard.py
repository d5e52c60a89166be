"""The outermost layer: who may open the event socket, what browsers may do with our pages."""

import json
from functools import cache
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cabinet.settings import ROOT, settings

STATIC = ROOT / ".web" / "build" / "client"
INLINE_SCRIPTS = STATIC.parent / "inline_scripts.json"
_REFUSED = ("/_upload", "/_all_routes")
_SOCKET = "/_event"
_STRIPE = "https://checkout.stripe.com"
_YEAR = 365 * 24 * 3600


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
    """ASGI middleware: refuses foreign sockets, finds static pages without a redirect, adds headers."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.routes: list[Any] = getattr(app, "routes", [])
        self._scripts = _inline_scripts()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or connection."""
        if scope["type"] == "lifespan":
            return await self.app(scope, receive, send)
        if _is_refused(scope):
            return await _refuse(scope, send)
        if scope["type"] == "websocket":
            return await self.app(scope, receive, send)
        scope = self._to_static_page(scope)
        return await self.app(scope, receive, self._with_headers(scope, send))

    def _to_static_page(self, scope: Scope) -> Scope:
        """`/login` is the file login/index.html; without this, the server answers with a redirect to http://."""
        path = scope["path"]
        if path == "/admin" or f"{path[1:]}/index.html" in self._scripts:
            return {**scope, "path": f"{path}/", "raw_path": scope.get("raw_path", path.encode()) + b"/"}
        return scope

    def _with_headers(self, scope: Scope, send: Send) -> Send:
        async def send_with_headers(message: Message) -> None:
            # A 304 brings no content type: the browser keeps the headers of the page that it has.
            if message["type"] == "http.response.start" and message["status"] != 304:
                self._add_headers(scope, MutableHeaders(scope=message))
            await send(message)

        return send_with_headers

    def _add_headers(self, scope: Scope, headers: MutableHeaders) -> None:
        """Add what the route has not set itself."""
        headers.setdefault("Content-Security-Policy", self._policy(scope["path"], headers))
        headers.setdefault("Referrer-Policy", _referrer_policy(scope["query_string"]))
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Permissions-Policy", "camera=(self), microphone=(), geolocation=()")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        headers.setdefault("Cache-Control", _caching(scope["path"], headers))
        if settings.is_https:
            headers.setdefault("Strict-Transport-Security", f"max-age={_YEAR}; includeSubDomains")

    def _policy(self, path: str, headers: MutableHeaders) -> str:
        if not headers.get("content-type", "").startswith("text/html"):
            return "default-src 'none'; frame-ancestors 'none'"
        if path.startswith("/admin"):
            return _policy("'unsafe-inline'")
        name = path[1:] if path.endswith(".html") else f"{path[1:]}index.html"
        return _policy(*self._scripts.get(name, self._scripts.get("404.html", [])))


def _is_refused(scope: Scope) -> bool:
    path = scope["path"]
    if path.startswith(_REFUSED):
        return True
    if path.startswith(_SOCKET):
        return Headers(scope=scope).get("origin", "") not in own_origins()
    return False


async def _refuse(scope: Scope, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    status = 404 if scope["path"].startswith(_REFUSED) else 403
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


def _policy(*scripts: str) -> str:
    """What a page may load and where it may send: our own, the named inline scripts, and the payment page."""
    socket = settings.public_url.replace("http", "ws", 1)
    return "; ".join(
        [
            "default-src 'self'",
            " ".join(["script-src 'self'", *scripts]),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data:",
            f"connect-src 'self' {socket}",
            "manifest-src 'self'",
            "worker-src 'self'",
            f"form-action 'self' {_STRIPE}",
            "base-uri 'none'",
            "object-src 'none'",
            "frame-ancestors 'none'",
        ]
    )


def _referrer_policy(query: bytes) -> str:
    """A token in the address goes nowhere; elsewhere `same-origin`, which keeps Origin on our own forms."""
    return "no-referrer" if b"token=" in query else "same-origin"


def _caching(path: str, headers: MutableHeaders) -> str:
    if path.startswith("/assets/"):
        return f"public, max-age={_YEAR}, immutable"
    if "etag" not in headers:
        return "no-store"
    return "no-cache" if headers.get("content-type", "").startswith("text/html") else "public, max-age=3600"


def _inline_scripts() -> dict[str, list[str]]:
    """The hashes of the scripts in each page of the build; none while there is no build."""
    return json.loads(INLINE_SCRIPTS.read_text()) if INLINE_SCRIPTS.exists() else {}
