"""The command line: `python -m cabinet`."""

import sys
from collections.abc import Callable
from datetime import datetime
from typing import Annotated

import typer

from cabinet.launcher import staff
from cabinet.launcher.console import CannotStart

Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="a day, YYYY-MM-DD")]

commands = typer.Typer(help="Cabinet: the self-service portal of utility companies.", no_args_is_help=True)


@commands.command("run")
def run_command() -> None:
    """Start everything and serve until stopped."""
    from cabinet.launcher.run import run

    run()


@commands.command("migrate")
def migrate_command() -> None:
    """Bring the database to the newest schema."""
    from cabinet.launcher.migrations import migrate
    from cabinet.launcher.postgres import running_database

    with running_database() as url:
        migrate(url)


@commands.command("build")
def build_command() -> None:
    """Build the pages if anything they are made of has changed."""
    from cabinet.launcher.build import build_if_changed

    build_if_changed()


@commands.command("demo")
def demo_command() -> None:
    """Load the demo data into an empty database."""
    from cabinet.launcher.demo import load_demo_data
    from cabinet.launcher.migrations import migrate
    from cabinet.launcher.postgres import running_database

    with running_database() as url:
        migrate(url)
        load_demo_data()


@commands.command("make-migration")
def make_migration_command(message: str) -> None:
    """Write a migration for what has changed in the models."""
    from cabinet.launcher.migrations import write_migration
    from cabinet.launcher.postgres import throwaway_database

    with throwaway_database() as url:
        write_migration(url, message)


@commands.command("check-migrations")
def check_migrations_command() -> None:
    """Fail when the models and the migrations differ."""
    from cabinet.launcher.migrations import refuse_drift
    from cabinet.launcher.postgres import throwaway_database

    with throwaway_database() as url:
        refuse_drift(url)


@commands.command("simulate")
def simulate_command(days: int = 3, seed: int = 1, visits: int = 20, here: bool = False) -> None:
    """Live through so many fake bank days and check every book; --here uses this database."""
    from cabinet.launcher.simulate import run_simulation

    run_simulation(days=days, seed=seed, visits=visits, here=here)


ledger_commands = typer.Typer(help="The books.", no_args_is_help=True)
commands.add_typer(ledger_commands, name="ledger")


@ledger_commands.command("verify")
def verify_command() -> None:
    """Recount every journal and every balance; ends with 1 when the books do not hold."""
    from rich.console import Console

    from cabinet.launcher.money import verify_books

    if not verify_books(Console()):
        raise typer.Exit(1)


@commands.command("reconcile")
def reconcile_command(since: Day = None, until: Day = None) -> None:
    """Compare the ledger with the processor (UTC days, both included); ends with 1 when they differ."""
    from rich.console import Console

    from cabinet.launcher.money import day_begins, day_ends, reconcile_books

    if not reconcile_books(Console(), day_begins(since), day_ends(until)):
        raise typer.Exit(1)


commands.add_typer(staff.commands, name="staff")


def main(start: Callable[[], None] = commands) -> None:
    """Run a command; what cannot be done is said in one sentence."""
    try:
        start()
    except CannotStart as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
