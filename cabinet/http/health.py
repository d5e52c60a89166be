"""Whether the process lives, and whether it can work."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from cabinet.watching import ready

_HEADERS = {"Cache-Control": "no-store"}


async def healthz(_request: Request) -> PlainTextResponse:
    """The process answers."""
    return PlainTextResponse("ok", headers=_HEADERS)


async def readyz(_request: Request) -> PlainTextResponse:
    """A line for each thing that the process stands on; 503 if one of them keeps it from working."""
    parts = await ready.look()
    good = ready.is_ready(parts)
    lines = "\n".join(["ready" if good else "not ready", *map(str, parts)])
    headers = _HEADERS if good else {**_HEADERS, "Retry-After": "5"}
    return PlainTextResponse(lines, status_code=200 if good else 503, headers=headers)


routes = [Route("/healthz", healthz), Route("/readyz", readyz)]
