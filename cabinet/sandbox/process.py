"""The sandbox as a process of its own, as far away as the real processor: `python -m cabinet sandbox`."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.routing import Mount

from cabinet import database
from cabinet.sandbox.app import sandbox_app
from cabinet.sandbox.delivery import deliver_events, over_http
from cabinet.sandbox.keys import PREFIX
from cabinet.settings import settings
from cabinet.watching.start import start_watching


@asynccontextmanager
async def _life(_app: Starlette) -> AsyncGenerator[None]:
    database.bind_engine()
    try:
        async with deliver_events(over_http(settings.public_url)):
            yield
    finally:
        await database.dispose_engine()


def app() -> Starlette:
    """Its pages and API; events go to the webhook by the address that everybody uses."""
    start_watching()
    return Starlette(routes=[Mount(PREFIX, sandbox_app())], lifespan=_life)
