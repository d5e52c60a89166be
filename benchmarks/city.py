"""A city generated straight into PostgreSQL: people, accounts, bills, payments and the books of them."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from hashlib import md5
from pathlib import Path
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb
from sqlmodel import SQLModel

from cabinet.kit.requisites import inn_of_company
from cabinet.launcher.postgres import libpq_address
from cabinet.providers.models import Provider, ProviderKind

SHARE = 10
"""The number of accounts is a multiple of it."""
_FILL = Path(__file__).with_name("city.sql")
_PROVIDERS = (
    ("Уютный дом", ProviderKind.HOUSING),
    ("Светлый путь", ProviderKind.ELECTRICITY),
    ("Тёплый газ", ProviderKind.GAS),
    ("Чистая вода", ProviderKind.WATER),
    ("Городское тепло", ProviderKind.HEAT),
)
_TABLES = [
    *("resident", "login_session", "account", "account_link", "meter", "tariff_zone", "reading"),
    *("bill", "charge", "journal", "entry", "balance", "payment", "payment_item", "allocation"),
]
_KEYS = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE contype = ANY(%s) AND (conrelid::regclass::text = ANY(%s) OR confrelid::regclass::text = ANY(%s))
ORDER BY conname
"""
_INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
WHERE indrelid::regclass::text = ANY(%s)
    AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u'))
"""


def ident(kind: str, number: int) -> UUID:
    """The id of the row of this kind with that number, as the SQL makes it."""
    return UUID(md5(f"{kind}{number}".encode(), usedforsecurity=False).hexdigest())


def generate(url: str, accounts: int) -> None:
    """Fill a migrated database. Its keys and indexes are made anew at the end, so they have proved the rows."""
    if accounts % SHARE:
        raise ValueError(f"{accounts} is no multiple of {SHARE}")
    with psycopg.connect(libpq_address(url), autocommit=True) as connection:
        connection.execute(
            "SET maintenance_work_mem = '1GB'; SET work_mem = '256MB'; SET synchronous_commit = off"
        )
        with _quick_server(connection):
            with connection.transaction(), _bare_tables(connection):
                connection.execute("SET LOCAL session_replication_role = replica")
                _add(connection, *_providers())
                connection.execute(_FILL.read_text().format(accounts=accounts).encode())
            connection.execute("VACUUM ANALYZE")


@contextmanager
def _quick_server(connection: psycopg.Connection) -> Generator[None]:
    """A server that would lose everything in a crash, for as long as it is filled."""
    for name, value in (("fsync", "off"), ("max_wal_size", "'8GB'")):
        connection.execute(f"ALTER SYSTEM SET {name} = {value}".encode())
    connection.execute("SELECT pg_reload_conf()")
    yield
    connection.execute("ALTER SYSTEM RESET ALL")
    connection.execute("SELECT pg_reload_conf()")
    connection.execute("CHECKPOINT")


@contextmanager
def _bare_tables(connection: psycopg.Connection) -> Generator[None]:
    """Tables without keys and indexes, which are cheaper to make at once than row by row."""
    foreign = connection.execute(_KEYS, [["f"], _TABLES, _TABLES]).fetchall()
    own = connection.execute(_KEYS, [["p", "u"], _TABLES, []]).fetchall()
    indexes = connection.execute(_INDEXES, [_TABLES]).fetchall()
    for table, name, _definition in (*foreign, *own):
        connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}".encode())
    for name, _definition in indexes:
        connection.execute(f"DROP INDEX {name}".encode())
    yield
    for _name, definition in indexes:
        connection.execute(definition.encode())
    for table, name, definition in (*own, *foreign):
        connection.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}".encode())


def _add(connection: psycopg.Connection, *rows: SQLModel) -> None:
    for row in rows:
        table = str(row.__tablename__)
        connection.execute(
            f"INSERT INTO {table} SELECT * FROM jsonb_populate_record(NULL::{table}, %s)".encode(),
            [Jsonb(row.model_dump(mode="json"))],
        )


def _providers() -> Iterator[Provider]:
    for place, (name, kind) in enumerate(_PROVIDERS):
        yield Provider(
            id=ident("provider", place),
            name=name,
            kind=kind,
            search_key=name.lower(),
            number_pattern=r"37\d{7}",
            number_example="370123456",
            inn=inn_of_company(f"77000000{place}"),
        )
