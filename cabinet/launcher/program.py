"""A command's work: connected to the database and the processor, and speaking English."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from rich.console import Console
from rich.progress import Progress, ProgressColumn, SpinnerColumn, TextColumn, TimeElapsedColumn

from cabinet.database import bind_engine, dispose_engine
from cabinet.i18n import use_locale
from cabinet.logs import hide_secrets
from cabinet.payments import processor
from cabinet.settings import settings

T = TypeVar("T")


def within_program(work: Coroutine[Any, Any, T]) -> T:
    """Do it and say what came of it."""

    async def run() -> T:
        async with connected():
            return await work

    with use_locale("en"):
        return asyncio.run(run())


@asynccontextmanager
async def connected() -> AsyncGenerator[None]:
    """What work outside the server needs: the database, and the processor or the sandbox in its place."""
    from cabinet.sandbox.app import sandbox_client
    from cabinet.sandbox.keys import SANDBOX_KEY, SANDBOX_WEBHOOK_SECRET

    hide_secrets()
    bind_engine()
    if settings.uses_sandbox:
        processor.use(
            http_client=sandbox_client(), api_key=SANDBOX_KEY, webhook_secret=SANDBOX_WEBHOOK_SECRET
        )
    try:
        yield
    finally:
        await processor.close()
        await dispose_engine()


def progress_on(console: Console, *more: ProgressColumn) -> Progress:
    """Something to look at on a terminal, and nothing in a file."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), *more, TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
