"""Bring a database to the newest schema, and keep the migrations true to the models."""

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy.exc import OperationalError

from cabinet.launcher.console import CannotStart
from cabinet.settings import ROOT


def migrate(url: str, revision: str = "head") -> None:
    """Upgrade the database at `url`; does nothing when it is up to date."""
    try:
        command.upgrade(config_for(url), revision)
    except OperationalError as error:
        raise CannotStart(f"The database cannot be reached (CABINET_DATABASE_URL): {error.orig}") from None


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
