"""The rows of a registry against what is known: which are refused, and what the others would do.

The same statements make the dry run and prepare the import itself; nothing here changes an account.
"""

from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.exchange.imports.runs import Run
from cabinet.exchange.imports.sql import do

_SEVERAL = """
CREATE TEMP TABLE import_several ON COMMIT DROP AS
SELECT number, service, count(DISTINCT balance_minor) > 1 OR (
        count(balance_minor) > 1 AND bool_and(meters IS NULL AND charges IS NULL)
    ) AS clash, array_agg(line ORDER BY line) AS lines, max(balance_minor) AS balance_minor
FROM import_row WHERE import_id = :import AND number IN (
    SELECT number FROM import_row WHERE import_id = :import GROUP BY number HAVING count(*) > 1
)
GROUP BY number, service
"""
"""Rows of one account: of several services they add up; of one service they may name several meters, but not
several balances."""

_REFUSE_SEVERAL = """
WITH clash AS (SELECT number, array_to_string((array_agg(DISTINCT one ORDER BY one))[1:20], ', ') AS said
    FROM import_several, unnest(lines) one WHERE number IN (SELECT number FROM import_several WHERE clash)
    GROUP BY number
), gone AS (DELETE FROM import_row r USING clash c WHERE r.import_id = :import AND r.number = c.number
    RETURNING r.line, r.number, c.said)
INSERT INTO import_rejection (import_id, line, number, code, detail)
SELECT :import, line, number, 'repeated', said FROM gone
"""

_MERGE = (
    """
CREATE TEMP TABLE import_merged ON COMMIT DROP AS
WITH mine AS MATERIALIZED (
    SELECT * FROM import_row WHERE import_id = :import AND number IN (SELECT number FROM import_several WHERE NOT clash)
), owed AS (
    SELECT number, sum(balance_minor) AS balance_minor FROM import_several GROUP BY number
), named AS (
    SELECT number, array_agg(DISTINCT p) AS posted FROM mine, unnest(posted) p GROUP BY number
), metered AS (
    SELECT number, jsonb_agg(m ORDER BY line) AS meters FROM mine, jsonb_array_elements(meters) m GROUP BY number
), charged AS (
    SELECT number, jsonb_agg(c ORDER BY line) AS charges FROM mine, jsonb_array_elements(charges) c GROUP BY number
), one AS (
    SELECT number, min(line) AS line, array_agg(line ORDER BY line) AS lines, max(owner_name) AS owner_name,
        max(address) AS address, max(els) AS els, max(fias) AS fias, max(search_key) AS search_key
    FROM mine GROUP BY number
)
SELECT * FROM one LEFT JOIN owed USING (number) LEFT JOIN named USING (number) LEFT JOIN metered USING (number)
LEFT JOIN charged USING (number)
""",
    "ANALYZE import_merged",
    """
UPDATE import_row r SET lines = m.lines, owner_name = m.owner_name, address = m.address, els = m.els, fias = m.fias,
    balance_minor = m.balance_minor, posted = m.posted, meters = m.meters, charges = m.charges,
    search_key = m.search_key
FROM import_merged m WHERE r.import_id = :import AND r.line = m.line
""",
    """
DELETE FROM import_row r USING import_merged m WHERE r.import_id = :import AND r.number = m.number AND r.line <> m.line
""",
    "DROP TABLE import_several, import_merged",
)

_REJECT = """
WITH gone AS (DELETE FROM import_row r USING {source} WHERE r.import_id = :import AND {condition}
    RETURNING r.line, r.lines, r.number, {detail} AS detail)
INSERT INTO import_rejection (import_id, line, number, code, detail)
SELECT :import, unnest(coalesce(lines, ARRAY[line::bigint])), number, '{code}', detail FROM gone
"""

_CLOSED = _REJECT.format(
    source="account a LEFT JOIN registry_import i ON i.id = a.import_id",
    condition="a.provider_id = :provider AND a.number = r.number AND a.closed_at IS NOT NULL "
    "AND i.state IS DISTINCT FROM 'rolled_back'",
    detail="''",
    code="closed",
)
"""An account that an import made, and that was closed when the import was taken back, may come again."""

_OLDER = _REJECT.format(
    source="account a JOIN (SELECT account_id, max(as_of) AS as_of FROM provider_statement "
    "WHERE as_of > :as_of AND taken_back_at IS NULL GROUP BY account_id) s ON s.account_id = a.id",
    condition="a.provider_id = :provider AND a.number = r.number AND r.balance_minor IS NOT NULL AND NOT EXISTS ("
    "SELECT FROM provider_statement k WHERE k.account_id = a.id AND k.as_of = :as_of AND k.source = :source "
    "AND k.taken_back_at IS NULL)",
    detail="s.as_of::text",
    code="older",
)

_METERS = """
CREATE TEMP TABLE import_meter ON COMMIT DROP AS
SELECT DISTINCT ON (r.line, v.kind, v.serial, v.zone) r.line, r.number, v.*, coalesce(v."on", :as_of) AS read_on,
    m.id AS meter_id, m.digits, m.decimals, m.verification_due, z.id AS zone_id,
    EXISTS (SELECT FROM reading g WHERE g.zone_id = z.id AND g.source = 'provider' AND g.state = 'accepted'
        AND g.value = v.value AND g.taken_on = coalesce(v."on", :as_of)) AS reading_known
FROM import_row r CROSS JOIN LATERAL jsonb_to_recordset(r.meters)
    v (kind text, serial text, zone int, zones int, due date, value numeric, "on" date)
LEFT JOIN account a ON a.provider_id = :provider AND a.number = r.number
LEFT JOIN LATERAL (
    SELECT * FROM meter WHERE account_id = a.id AND kind = v.kind AND serial = v.serial
    ORDER BY removed_on IS NOT NULL, id LIMIT 1
) m ON true
LEFT JOIN tariff_zone z ON z.meter_id = m.id AND z.number = v.zone
WHERE r.import_id = :import AND r.meters IS NOT NULL
ORDER BY r.line, v.kind, v.serial, v.zone, v."on" DESC NULLS LAST
"""
_READING = _REJECT.format(
    source="(SELECT DISTINCT ON (line) line, serial FROM import_meter WHERE value IS NOT NULL AND meter_id IS NOT NULL "
    "AND (value >= 10::numeric ^ digits OR value <> round(value, decimals)) ORDER BY line) m",
    condition="r.line = m.line",
    detail="m.serial",
    code="bad_reading",
)

_FORGET_METERS = """
DELETE FROM import_meter WHERE line IN (SELECT line FROM import_rejection WHERE import_id = :import)
"""

_VERDICT = """
CREATE TEMP TABLE import_verdict ON COMMIT DROP AS
SELECT r.line, r.balance_minor, r.posted, coalesce(a.id, gen_random_uuid()) AS account_id,
    a.id IS NULL AS is_new, coalesce(a.closed_at IS NOT NULL, false) AS comes_again,
    r.charges IS NOT NULL AS has_charges,
    coalesce((r.owner_name <> '' AND r.owner_name <> a.owner_name) OR (r.address <> '' AND r.address <> a.address)
        OR (r.els <> '' AND r.els <> a.els) OR (r.fias <> '' AND r.fias <> a.fias), false) AS differs
FROM import_row r LEFT JOIN account a ON a.provider_id = :provider AND a.number = r.number
WHERE r.import_id = :import
"""

_BILLS = """
CREATE TEMP TABLE import_bill ON COMMIT DROP AS
WITH said AS (
    SELECT r.line, v.account_id, c.period, sum(c.amount) AS total_minor,
        jsonb_agg(jsonb_build_array(c.service, c.penalty, c.amount) ORDER BY c.service, c.penalty, c.amount) AS parts
    FROM import_row r JOIN import_verdict v ON v.line = r.line
    CROSS JOIN LATERAL jsonb_to_recordset(r.charges)
        c (period date, service text, amount bigint, penalty boolean)
    WHERE r.import_id = :import AND r.charges IS NOT NULL GROUP BY r.line, v.account_id, c.period
)
SELECT said.line, said.account_id, said.period, said.total_minor::bigint, b.id AS bill_id,
    b.id IS NOT NULL AND said.parts = (
        SELECT jsonb_agg(jsonb_build_array(n.service, n.penalty, n.amount) ORDER BY n.service, n.penalty, n.amount)
        FROM (
            SELECT c.service, c.kind = 'penalty' AS penalty, c.amount_minor + coalesce(
                (SELECT sum(x.amount_minor) FROM charge x WHERE x.corrects_id = c.id), 0) AS amount
            FROM charge c WHERE c.bill_id = b.id AND c.corrects_id IS NULL
        ) n
    ) AS is_same
FROM said LEFT JOIN bill b ON b.account_id = said.account_id AND b.period = said.period
"""


def facts_of(run: Run) -> dict[str, Any]:
    """What the statements name."""
    return {
        "import": run.id,
        "provider": run.provider_id,
        "as_of": run.as_of,
        "source": run.source,
    }


async def merge_rows(run: Run, *, session: AsyncSession) -> None:
    """Put the rows of one account together; those that contradict each other are refused. Once after staging."""
    await do(
        ["ANALYZE import_row", _SEVERAL, "ANALYZE import_several", _REFUSE_SEVERAL, *_MERGE],
        facts_of(run),
        session,
    )


async def refuse_rows(run: Run, *, session: AsyncSession) -> None:
    """Refuse, of the staged rows, what does not fit what is known now."""
    await do([_CLOSED, _OLDER], facts_of(run), session)


async def judge_rows(run: Run, *, session: AsyncSession) -> None:
    """Say of each staged row what it is: the tables `import_verdict`, `import_meter`, `import_bill`."""
    facts = facts_of(run)
    await do([_METERS, _READING], facts, session)
    await do(
        [_FORGET_METERS, _VERDICT, _BILLS, "ANALYZE import_verdict, import_meter, import_bill"],
        facts,
        session,
    )
