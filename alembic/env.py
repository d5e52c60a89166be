"""How alembic reaches the tables and the database."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from alembic import context
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool
from sqlmodel import SQLModel

from cabinet.settings import settings

for module in ("cabinet.models", "cabinet.sandbox.models"):
    if find_spec(module):
        import_module(module)

_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(4201017)")
_RATHER_FAIL_THAN_BLOCK = text("SET LOCAL lock_timeout = '15s'")
"""Who waits for a table holds up everybody who comes after; a migration that failed can be run again."""


def is_ours(_object: Any, name: str | None, kind: str, _reflected: bool, _compare_to: Any) -> bool:
    """Whether autogenerate looks at it: the job queue brings its own schema."""
    return not (kind == "table" and (name or "").startswith("procrastinate_"))


def migrate(connection: Connection) -> None:
    """Run inside one transaction: a migration that fails leaves nothing."""
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        compare_type=True,
        compare_server_default=True,
        include_object=is_ours,
    )
    with context.begin_transaction():
        connection.execute(_ONE_AT_A_TIME)
        connection.execute(_RATHER_FAIL_THAN_BLOCK)
        context.run_migrations()


address = context.config.get_main_option("sqlalchemy.url") or settings.database_url
with create_engine(address, poolclass=NullPool).connect() as own:
    migrate(own)
