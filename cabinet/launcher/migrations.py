"""Bring a database to the newest schema, and keep the migrations true to the models."""

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from psycopg.errors import LockNotAvailable
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

from cabinet.launcher.console import CannotStart
from cabinet.settings import ROOT


def migrate(url: str, revision: str = "head") -> None:
    """Upgrade the database at `url`; does nothing when it is up to date."""
    try:
        command.upgrade(config_for(url), revision)
    except OperationalError as error:
        raise _unreachable(error) from None


def refuse_older_schema(url: str) -> None:
    """Raise CannotStart when the database lacks a migration of this code; a newer schema is welcome.

    In a rolling upgrade the old code meets the new schema: migrations are made so that it can live with it.
    """
    found = _revisions(url)
    known = ScriptDirectory.from_config(config_for(url))
    newest = set(known.get_heads())
    older = {step.revision for step in known.walk_revisions()} - newest
    if not found or found & older:
        raise CannotStart("The database has an older schema: run `python -m cabinet migrate` first.")


def _revisions(url: str) -> set[str]:
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return set(MigrationContext.configure(connection).get_current_heads())
    except OperationalError as error:
        raise _unreachable(error) from None
    finally:
        engine.dispose()


def _unreachable(error: OperationalError) -> CannotStart:
    if isinstance(error.orig, LockNotAvailable):
        return CannotStart(
            "A migration waited too long for a table in use; nothing was changed: run it again."
        )
    return CannotStart(f"The database cannot be reached (CABINET_DATABASE_URL): {error.orig}")


def config_for(url: str) -> Config:
    """Alembic's configuration for one database."""
    config = Config(ROOT / "alembic.ini")
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def write_migration(url: str, message: str) -> None:
    """Write the migration that turns the newest schema into that of the models."""
    migrate(url)
    command.revision(config_for(url), message=message, autogenerate=True)


def refuse_drift(url: str) -> None:
    """Raise CannotStart when the models and the migrated schema differ."""
    migrate(url)
    try:
        command.check(config_for(url))
    except CommandError as difference:
        raise CannotStart(f"Models and migrations differ: {difference}") from None
