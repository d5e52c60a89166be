"""The sandbox as one ASGI app: the API under `/v1`, the hosted page under `/pay`."""

import httpx
from starlette.applications import Starlette
from starlette.types import ASGIApp

from cabinet.sandbox.api import api_routes
from cabinet.sandbox.keys import PREFIX
from cabinet.sandbox.pages import page_routes
from cabinet.settings import settings

_TIMEOUT_SECONDS = 20.0


def sandbox_app() -> ASGIApp:
    """The processor, to be mounted at `/sandbox`."""
    return Starlette(routes=[*page_routes(), *api_routes()])


def sandbox_client() -> httpx.AsyncClient:
    """What `processor.use(http_client=…)` takes to reach the sandbox: within this process, or where it runs."""
    if settings.sandbox_url:
        return httpx.AsyncClient(transport=_Elsewhere(settings.sandbox_url), timeout=_TIMEOUT_SECONDS)
    return httpx.AsyncClient(transport=httpx.ASGITransport(sandbox_app()))


class _Elsewhere(httpx.AsyncHTTPTransport):
    """Sends what is meant for the processor's own address to a sandbox at another."""

    def __init__(self, origin: str) -> None:
        super().__init__()
        self._origin = httpx.URL(origin)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Hand it over."""
        request.url = self._origin.copy_with(raw_path=PREFIX.encode() + request.url.raw_path)
        request.headers["Host"] = self._origin.netloc.decode()
        return await super().handle_async_request(request)
