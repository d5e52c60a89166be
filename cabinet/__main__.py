"""The command line: `python -m cabinet`."""

import sys
from collections.abc import Callable

import typer

from cabinet.launcher.console import CannotStart

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


def main(start: Callable[[], None] = commands) -> None:
    """Run a command; what cannot be done is said in one sentence."""
    try:
        start()
    except CannotStart as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
