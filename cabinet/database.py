"""The database engine and the unit of work: the only place that commits."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

from sqlalchemy import Executable
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine
from sqlalchemy.orm import Session
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.settings import settings
from cabinet.watching.metrics import pools

_POOL = _OVERFLOW = 10


@cache
def engine() -> AsyncEngine:
    """The engine of this process. The launcher sets the address before the first use.

    Errors do not name the parameters of the statement: they are people's names and numbers, and end in logs.
    """
    return create_async_engine(
        settings.database_url,
        pool_size=_POOL,
        max_overflow=_OVERFLOW,
        pool_pre_ping=True,
        hide_parameters=True,
    )


make_session = async_sessionmaker(class_=AsyncSession, expire_on_commit=False)


def bind_engine() -> None:
    """Let sessions use the engine; called once when a process starts."""
    make_session.configure(bind=engine())
    pools["database"] = _usage


def _usage() -> tuple[int, int, int]:
    pool: Any = engine().pool
    return pool.checkedin() + pool.checkedout(), pool.checkedout(), _POOL + _OVERFLOW


async def dispose_engine() -> None:
    """Close all connections; called when a process stops."""
    pools.pop("database", None)
    await engine().dispose()
    engine.cache_clear()


@asynccontextmanager
async def unit_of_work() -> AsyncGenerator[AsyncSession]:
    """One session: committed once when the block ends, rolled back if it raises."""
    async with make_session() as session:
        async with session.begin():
            yield session
        for act in session.info.pop(_AFTER, ()):
            act()


def after_commit(act: Callable[[], object], *, session: AsyncSession | Session) -> None:
    """Do it when the session's unit of work has committed: counting, never work that may fail."""
    session.info.setdefault(_AFTER, []).append(act)


_AFTER = "after_commit"


async def run(statement: Executable, *, session: AsyncSession, **values: Any) -> Sequence[tuple[Any, ...]]:
    """Run a statement that was built once, in the session's transaction but past its objects; its rows.

    For the paths that must be quick: building a statement and loading objects cost more than the
    database does. What the session holds back is written first.
    """
    return await session.run_sync(_run, statement, values)


def _run(session: Session, statement: Executable, values: dict[str, Any]) -> Sequence[tuple[Any, ...]]:
    session.flush()
    result = session.connection().execute(statement, values)
    return result.all() if result.returns_rows else ()


@asynccontextmanager
async def read_only() -> AsyncGenerator[AsyncSession]:
    """One session for reading: rolled back in the end, whatever happens."""
    async with make_session() as session:
        yield session
