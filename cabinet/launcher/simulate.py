"""`python -m cabinet simulate`: fake bank days on a database of their own."""

import asyncio
import sys
from collections.abc import Generator
from contextlib import contextmanager

from cabinet.launcher.console import CannotStart, say
from cabinet.launcher.migrations import migrate
from cabinet.launcher.postgres import hand_down, running_database, throwaway_database
from cabinet.settings import settings


def run_simulation(*, days: int, seed: int, visits: int, here: bool) -> None:
    """Simulate, print the figures, and end with 1 when any book is wrong."""
    if not settings.is_development or not settings.uses_sandbox:
        raise CannotStart("Only development can be simulated: this is not the place for invented money.")
    from cabinet.simulation.run import simulate

    with _database(here):
        outcome = asyncio.run(simulate(days, seed=seed, visits=visits))
    say(outcome.table())
    sys.exit(1 if outcome.broken else 0)


@contextmanager
def _database(here: bool) -> Generator[None]:
    if here:
        with running_database() as url:
            migrate(url)
            yield
        return
    with throwaway_database() as url:
        before = settings.database_url
        hand_down(url)
        try:
            migrate(url)
            yield
        finally:
            hand_down(before)
