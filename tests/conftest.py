"""A real, migrated PostgreSQL for every test: rolled back after each, or a copy of its own."""

import asyncio
import shutil
from collections.abc import AsyncGenerator, Generator
from pathlib import Path
from tempfile import mkdtemp
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet import database
from cabinet.launcher.migrations import migrate
from cabinet.launcher.postgres import create_database, running_server
from cabinet.settings import settings
from tests.fuzz.clock import Clock

TEMPLATE = "cabinet_template"


def pytest_addoption(parser: pytest.Parser) -> None:
    """How long properties are tried (`make fuzz`), and what is attacked (`make attack`)."""
    parser.addoption("--cluster", action="store_true", help="journeys against several processes, as staging")
    parser.addoption("--target", default="", help="the data folder of a running `make cluster` to attack")
    parser.addoption("--fuzz-seconds", type=float, default=0.0, help="try each property for so long")


@pytest.fixture
def fuzz_clock(request: pytest.FixtureRequest) -> Clock:
    """Rounds to try a property in."""
    return Clock(float(request.config.getoption("--fuzz-seconds") or 0))


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """A folder of this run's own for everything temporary.

    The one that pytest shares between runs is closed to other users by the next run that starts, and the
    embedded database of root is another user: its server would stop in the middle of this run.
    """
    if config.option.basetemp is None:
        config.option.basetemp = folder = mkdtemp(prefix="cabinet-tests-")
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))


@pytest.fixture(scope="session", autouse=True)
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder of this run's own."""
    settings.data_dir = tmp_path_factory.mktemp("var")
    return settings.data_dir


@pytest.fixture(scope="session")
def database_server(data_dir: Path) -> Generator[str]:
    """The address of an embedded server that lives as long as the run."""
    with running_server(data_dir) as url:
        yield url


@pytest.fixture(scope="session")
def template_url(database_server: str) -> str:
    """The address of a migrated database to copy from; nothing may stay connected to it."""
    url = create_database(database_server, TEMPLATE)
    migrate(url)
    return url


def copy_of(template_url: str) -> str:
    """A fresh copy of the migrated database."""
    name = f"test_{uuid4().hex[:12]}"
    with psycopg.connect(_plain(template_url, "postgres"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{TEMPLATE}"'.encode())
    return make_url(template_url).set(database=name).render_as_string(hide_password=False)


def _plain(url: str, database_name: str) -> str:
    made = make_url(url).set(drivername="postgresql", database=database_name)
    return made.render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def shared_url(template_url: str) -> str:
    """The database that rolled-back tests share."""
    return copy_of(template_url)


@pytest.fixture
async def session(shared_url: str) -> AsyncGenerator[AsyncSession]:
    """A session whose work, like that of every `unit_of_work` in the test, is rolled back."""
    engine = create_async_engine(shared_url, poolclass=NullPool)
    async with engine.connect() as connection:
        outer = await connection.begin()
        database.make_session.configure(bind=connection, join_transaction_mode="create_savepoint")
        settings.database_url = shared_url
        try:
            async with database.make_session() as session:
                yield session
        finally:
            await outer.rollback()
            database.make_session.configure(bind=None, join_transaction_mode="conditional_savepoint")
    await engine.dispose()


@pytest.fixture
async def committed(template_url: str) -> AsyncGenerator[str]:
    """A database of the test's own in which commits are real, for tests of concurrency."""
    url = await asyncio.to_thread(copy_of, template_url)
    settings.database_url = url
    database.bind_engine()
    try:
        yield url
    finally:
        await database.dispose_engine()
        database.make_session.configure(bind=None)
