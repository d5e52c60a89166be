"""SQL as it stands, past the models: what tests ask the database itself."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import CursorResult, text
from sqlmodel.ext.asyncio.session import AsyncSession

MARKS_OF_USE = ("last_seen_at", "last_used_at", "last_used_from")
"""Columns that anybody's look may move."""


async def run_sql(sql: str, session: AsyncSession, **values: Any) -> CursorResult[*tuple[Any, ...]]:
    """Run one statement within the transaction of the session."""
    return await (await session.connection()).execute(text(sql), values)


async def checksums(
    session: AsyncSession, leaving_out: Iterable[str] = (), of_provider: UUID | None = None
) -> dict[str, str]:
    """Of every table there is but for those left out: equal only if nothing was written.

    `of_provider`: in tables that say whose a row is, only the rows of this provider count.
    """
    named = (
        "SELECT tablename, EXISTS (SELECT FROM information_schema.columns WHERE table_name = tablename "
        "AND column_name = 'provider_id') FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
    )
    tables = {str(row[0]): bool(row[1]) for row in await run_sql(named, session)}
    own = f"WHERE provider_id = '{of_provider}'" if of_provider else ""
    marks = ", ".join(f"'{name}'" for name in MARKS_OF_USE)
    one = (
        "SELECT '{0}', coalesce(md5(string_agg(row, '|' ORDER BY row)), '') "
        "FROM (SELECT (to_jsonb(t) - ARRAY[{1}])::text AS row FROM {0} t {2}) AS rows"
    )
    asked = [
        one.format(table, marks, own if has_provider else "")
        for table, has_provider in tables.items()
        if table not in {*leaving_out}
    ]
    return {str(row[0]): str(row[1]) for row in await run_sql(" UNION ALL ".join(asked), session)}


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    """The tables that are not what they were."""
    return {table for table in before if before[table] != after.get(table)}
