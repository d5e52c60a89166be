"""The hook that fills an empty database in development."""

import asyncio
from importlib.util import find_spec

from cabinet.database import bind_engine, dispose_engine
from cabinet.launcher.console import say
from cabinet.settings import settings


def load_demo_data() -> None:
    """Load the invented providers and accounts into an empty database; development only."""
    if settings.is_development and find_spec("cabinet.demo.service"):
        say("Checking the demo data…")
        asyncio.run(_load())


async def _load() -> None:
    from cabinet.demo.service import load_if_empty, write_demo_json
    from cabinet.sandbox.keys import TEST_CARDS

    bind_engine()
    try:
        await load_if_empty(data_dir=settings.data_dir)
        await write_demo_json(settings.data_dir / "demo.json", cards=TEST_CARDS)
    finally:
        await dispose_engine()
