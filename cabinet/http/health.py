"""Whether the process lives, and whether it can work."""

import asyncio

from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from cabinet.database import read_only

_PATIENCE_SECONDS = 2


async def healthz(_request: Request) -> PlainTextResponse:
    """The process answers."""
    return PlainTextResponse("ok", headers={"Cache-Control": "no-store"})


async def readyz(_request: Request) -> PlainTextResponse:
    """The database answers too; 503 if it does not within 2 s."""
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS), read_only() as session:
            await (await session.connection()).execute(text("SELECT 1 FROM alembic_version"))
    except Exception:
        return PlainTextResponse(
            "the database does not answer", status_code=503, headers={"Retry-After": "5"}
        )
    return PlainTextResponse("ready", headers={"Cache-Control": "no-store"})


routes = [Route("/healthz", healthz), Route("/readyz", readyz)]
