"""What a town of ordinary size must not be: the square of its rows."""

from uuid import UUID, uuid4

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.database import run
from cabinet.exchange.formats.layout import Layout
from cabinet.exchange.imports.comparing import merge_rows
from cabinet.exchange.imports.runs import Run
from cabinet.exchange.rows import RegistryFormat
from tests.exchange.imports.town import DAY

_ROWS = text("""
INSERT INTO import_row (import_id, line, number, owner_name, address, els, fias, search_key, service, balance_minor)
SELECT :import, account * 3 + service, account::text, 'Сом', '', '', '', '', 'услуга ' || service, 100 + service
FROM generate_series(1, :accounts) account, generate_series(0, 2) service
""")


def run_of(import_id: UUID) -> Run:
    layout = Layout.model_validate({"format": RegistryFormat.CSV})
    return Run(import_id, uuid4(), "", "", DAY, layout, "ru", "", "", 1, {}, None, False)


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
