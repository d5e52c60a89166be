"""Closed for work: every page says so, while the processor and whoever watches are still answered."""

from typing import Any

from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from cabinet.http.api.door import API, closed
from cabinet.http.plain import maintenance_page
from cabinet.i18n import locale_of_path, use_locale
from cabinet.settings import settings

_STILL_OPEN = ("/healthz", "/readyz", "/metrics", "/metrics/cluster", "/api/stripe/webhook")
_RETRY_SECONDS = "600"


class Maintenance:
    """ASGI middleware: with `CABINET_MAINTENANCE`, answers 503 in the visitor's language."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.routes: list[Any] = getattr(app, "routes", [])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or connection, or say that it cannot be served now."""
        if not settings.maintenance or scope["type"] == "lifespan" or scope["path"] in _STILL_OPEN:
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1013})
        elif scope["path"].startswith(f"{API}/"):
            await closed(scope, _RETRY_SECONDS)(scope, receive, send)
        else:
            await _closed(scope["path"])(scope, receive, send)


def _closed(path: str) -> Response:
    with use_locale(locale_of_path(path)):
        html = maintenance_page(settings.operator_phone)
    headers = {"Retry-After": _RETRY_SECONDS, "Cache-Control": "no-store"}
    return HTMLResponse(html, status_code=503, headers=headers)
