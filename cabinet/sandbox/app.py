"""The sandbox as one ASGI app: the API under `/v1`, the hosted page under `/pay`."""

import httpx
from starlette.applications import Starlette
from starlette.types import ASGIApp

from cabinet.sandbox.api import api_routes
from cabinet.sandbox.pages import page_routes


def sandbox_app() -> ASGIApp:
    """The processor, to be mounted at `/sandbox`."""
    return Starlette(routes=[*page_routes(), *api_routes()])


def sandbox_client() -> httpx.AsyncClient:
    """What `processor.use(http_client=…)` takes to reach the sandbox within this process."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(sandbox_app()))
