"""What Prometheus reads: this process's numbers, and those of the whole cluster. For who has the token."""

import logging
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from cabinet.settings import settings
from cabinet.watching import figures, process, ready
from cabinet.watching.start import CONTENT_TYPE, may_read

logger = logging.getLogger(__name__)
PATHS = ("/metrics", "/metrics/cluster")


async def of_process(request: Request) -> Response:
    """What the process that answers has counted, and what it stands on."""
    return await _guarded(request, _of_process)


async def of_cluster(request: Request) -> Response:
    """What the database knows; the same from every process."""
    return await _guarded(request, figures.exposition)


async def _of_process() -> bytes:
    await ready.look()
    return process.exposition()


async def _guarded(request: Request, read: Callable[[], Awaitable[bytes]]) -> Response:
    """404 while no token is set, as for any page that does not exist."""
    if not settings.metrics_token.get_secret_value():
        return Response(status_code=404)
    if not may_read(request.headers.get("authorization", "")):
        return Response(status_code=401, headers={"WWW-Authenticate": "Bearer"})
    try:
        return Response(await read(), media_type=CONTENT_TYPE, headers={"Cache-Control": "no-store"})
    except Exception as problem:
        logger.warning("the numbers cannot be read: %s", type(problem).__name__)
        return PlainTextResponse("the numbers cannot be read now", status_code=503)


routes = [Route("/metrics", of_process), Route("/metrics/cluster", of_cluster)]
