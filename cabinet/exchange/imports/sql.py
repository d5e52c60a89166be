"""Running the SQL of imports: each statement with those of the facts that it names."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.database import run


async def do(statements: Iterable[str], facts: dict[str, Any], session: AsyncSession) -> None:
    """Run one after the other."""
    for statement in statements:
        await ask(statement, facts, session)


async def ask(statement: str, facts: dict[str, Any], session: AsyncSession) -> Sequence[tuple[Any, ...]]:
    """Run it and return its rows."""
    made = text(statement)
    named = made.compile().params.keys()
    return await run(made, session=session, **{name: facts[name] for name in named})
