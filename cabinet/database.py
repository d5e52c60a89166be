"""The database engine and the unit of work: the only place that commits."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import cache

from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.settings import settings


@cache
def engine() -> AsyncEngine:
    """The engine of this process. The launcher sets the address before the first use.

    Errors do not name the parameters of the statement: they are people's names and numbers, and end in logs.
    """
    return create_async_engine(
        settings.database_url, pool_size=10, max_overflow=10, pool_pre_ping=True, hide_parameters=True
    )


make_session = async_sessionmaker(class_=AsyncSession, expire_on_commit=False)


def bind_engine() -> None:
    """Let sessions use the engine; called once when a process starts."""
    make_session.configure(bind=engine())


async def dispose_engine() -> None:
    """Close all connections; called when a process stops."""
    await engine().dispose()
    engine.cache_clear()


@asynccontextmanager
async def unit_of_work() -> AsyncGenerator[AsyncSession]:
    """One session: committed once when the block ends, rolled back if it raises."""
    async with make_session() as session, session.begin():
        yield session


@asynccontextmanager
async def read_only() -> AsyncGenerator[AsyncSession]:
    """One session for reading: rolled back in the end, whatever happens."""
    async with make_session() as session:
        yield session
