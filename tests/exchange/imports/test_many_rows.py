"""What a town of ordinary size must not be: the square of its rows."""

from uuid import UUID, uuid4

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.database import run
from cabinet.exchange.formats.layout import Layout
from cabinet.exchange.imports.comparing import merge_rows
from cabinet.exchange.imports.models import RegistryImport
from cabinet.exchange.imports.rolling_back import built_upon
from cabinet.exchange.imports.runs import Run
from cabinet.exchange.imports.sql import do
from cabinet.exchange.rows import RegistryFormat
from tests.accounts.making import make_provider
from tests.exchange.imports.town import DAY

_ROWS = text("""
INSERT INTO import_row (import_id, line, number, owner_name, address, els, fias, search_key, service, balance_minor)
SELECT :import, account * 3 + service, account::text, 'Сом', '', '', '', '', 'услуга ' || service, 100 + service
FROM generate_series(1, :accounts) account, generate_series(0, 2) service
""")


def run_of(import_id: UUID) -> Run:
    layout = Layout.model_validate({"format": RegistryFormat.CSV})
    return Run(import_id, uuid4(), "", "", DAY, layout, "ru", "", "", 1, {}, None, False, DAY)


async def test_accounts_of_several_services_are_put_together_in_seconds(session: AsyncSession) -> None:
    import_id, accounts = uuid4(), 15_000
    await run(_ROWS, session=session, **{"import": import_id, "accounts": accounts})
    await run(text("SET LOCAL statement_timeout = '10s'"), session=session)
    await merge_rows(run_of(import_id), session=session)
    [row] = await run(
        text(
            "SELECT count(*), sum(balance_minor), min(cardinality(lines)) FROM import_row WHERE import_id = :import"
        ),
        session=session,
        **{"import": import_id},
    )
    assert tuple(map(int, row)) == (accounts, accounts * 303, 3)


_METERS = (
    """
INSERT INTO account (id, provider_id, number, owner_name, address, els, fias, search_key, pin_hash, created_at)
VALUES (:account, :provider, '37000001', '', '', '', '', '', '', now())
""",
    """
INSERT INTO registry_import (id, provider_id, file_name, sha256, size, source, state, header, percent, rows, figures,
    problem, reason, cancel_requested, tell_residents, locale, uploaded_at, rollback_reason, applied_at)
VALUES (:import, :provider, '', '', 1, '', 'applied', '{}', 100, 1, '{}', '', '', false, false, 'ru', now(), '', now())
""",
    """
WITH one AS (SELECT n, gen_random_uuid() AS meter, gen_random_uuid() AS zone, gen_random_uuid() AS reading
    FROM generate_series(1, :count) n
), m AS (
    INSERT INTO meter (id, account_id, kind, serial, unit, digits, decimals, ratio)
    SELECT meter, :account, 'gas', n::text, '', 5, 3, 1 FROM one
), z AS (
    INSERT INTO tariff_zone (id, meter_id, number) SELECT zone, meter, 1 FROM one
), g AS (
    INSERT INTO reading (id, zone_id, value, taken_on, period, source, state, declined_because, zero_crossing, doubts,
        decided_at, created_at)
    SELECT reading, zone, n, '2026-11-01', '2026-11-01', 'provider', 'accepted', '', false, '', now(), now() FROM one
)
INSERT INTO import_change (import_id, kind, subject_id, before)
SELECT :import, kind, subject, '{}' FROM one, LATERAL (VALUES ('meter_made', meter), ('reading_made', reading)) c (kind, subject)
""",
    "ANALYZE meter, tariff_zone, reading, import_change",
    "SET LOCAL work_mem = '64kB'",
    "SET LOCAL statement_timeout = '10s'",
)


async def test_what_rests_on_many_readings_is_found_in_seconds(session: AsyncSession) -> None:
    """Little memory stands for many rows: a list that does not fit into it is read anew for every row."""
    provider = await make_provider(session)
    facts: dict[str, object] = {
        "import": uuid4(),
        "provider": provider.id,
        "account": uuid4(),
        "count": 30_000,
    }
    await do(_METERS, facts, session)
    row = await session.get_one(RegistryImport, facts["import"])
    assert await built_upon(row, session=session) == []
