"""The outermost layer: an id, a line of the log and a count for each request; never its address.

Of an address only the route's template is told: what stands in the place of a token or an id, and the
query, are nobody's to read.
"""

import logging
import time
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cabinet.watching import metrics
from cabinet.watching.context import request_id, request_id_from, who

logger = logging.getLogger("cabinet.access")

STATIC, UNKNOWN = "static", "unknown"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_UNTOLD = frozenset({STATIC, "/healthz", "/readyz", "/metrics", "/metrics/cluster"})
"""Asked too often and too dull for a line each."""


class Access:
    """ASGI middleware around everything else."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.routes: list[Any] = getattr(app, "routes", [])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Watch one request or connection."""
        if scope["type"] == "http":
            await self._request(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Events have ids of their own; here sockets are only counted."""
        with metrics.SOCKETS.track_inprogress():
            await self.app(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        began, status = time.perf_counter(), 500
        ident = request_id_from(Headers(scope=scope).get("x-request-id", ""))
        request_id.set(ident)
        who.set(None)

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-Id"] = ident
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        except Exception:
            logger.exception("the request failed", extra=_named(scope, status))
            raise
        finally:
            _count(scope, status, time.perf_counter() - began)


def _count(scope: Scope, status: int, seconds: float) -> None:
    named = _named(scope, status)
    metrics.REQUESTS.labels(named["method"], named["route"], str(status)).inc()
    metrics.REQUEST_SECONDS.labels(named["route"]).observe(seconds)
    if named["route"] not in _UNTOLD:
        logger.info("answered", extra={**named, "seconds": round(seconds, 4)})


def _named(scope: Scope, status: int) -> dict[str, Any]:
    method = scope["method"] if scope["method"] in _METHODS else "OTHER"
    return {"method": method, "route": template_of(scope, status), "status": status}


def template_of(scope: Scope, status: int) -> str:
    """The route as it is written in the code, such as /w/{token}; of an app of its own that refused, its place."""
    route, above = scope.get("route"), scope.get("root_path", "")
    if isinstance(route, Route):
        return f"{above}{route.path}"
    if above:
        return f"{above}/*"
    return STATIC if status < 400 else UNKNOWN
