"""Meters and the provider's readings of a registry: the rules of `meters.registering` and of
`meters.decisions.take_provider_reading`, for all rows at once.
"""

from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.exchange.imports.comparing import facts_of
from cabinet.exchange.imports.runs import Run
from cabinet.exchange.imports.sql import ask, do
from cabinet.kit.dates import now
from cabinet.meters.registering import DIALS, UNITS

_USUAL = {
    "kinds": [kind.value for kind in DIALS],
    "units": [UNITS[kind] for kind in DIALS],
    "digits": [digits for digits, _decimals in DIALS.values()],
}
"""What is usual for meters of each kind; of decimals a registry may bring three."""

_LOCK = """
SELECT count(*) FROM (SELECT FROM account WHERE id IN (
    SELECT v.account_id FROM import_verdict v WHERE v.line IN (SELECT line FROM import_meter)
) ORDER BY id FOR NO KEY UPDATE) held
"""
_MADE = """
CREATE TEMP TABLE import_meter_made ON COMMIT DROP AS
SELECT gen_random_uuid() AS id, v.account_id, m.kind, m.serial, min(m.due) AS due, u.unit,
    least(9, greatest(u.digits, max(length(trunc(coalesce(m.value, 0))::text))))::int AS digits
FROM import_meter m JOIN import_verdict v ON v.line = m.line
JOIN unnest(CAST(:kinds AS text[]), CAST(:units AS text[]), CAST(:digits AS int[])) u (kind, unit, digits)
    ON u.kind = m.kind
WHERE m.meter_id IS NULL GROUP BY v.account_id, m.kind, m.serial, u.unit, u.digits
"""
_METERS = (
    _LOCK,
    _MADE,
    "ANALYZE import_meter_made",
    """
INSERT INTO meter (id, account_id, kind, serial, unit, digits, decimals, ratio, verification_due)
SELECT id, account_id, kind, serial, unit, digits, 3, 1, due FROM import_meter_made
""",
    """
UPDATE import_meter m SET meter_id = n.id FROM import_meter_made n JOIN import_verdict v ON v.account_id = n.account_id
WHERE m.line = v.line AND m.kind = n.kind AND m.serial = n.serial AND m.meter_id IS NULL
""",
    """
INSERT INTO import_change (import_id, kind, subject_id, before) SELECT :import, 'meter_made', id, '{}' FROM import_meter_made
""",
    """
INSERT INTO import_change (import_id, kind, subject_id, before)
SELECT DISTINCT ON (meter_id) :import, 'meter_changed', meter_id,
    jsonb_build_object('before', verification_due, 'after', due)
FROM import_meter m WHERE due IS NOT NULL AND due IS DISTINCT FROM verification_due
    AND NOT EXISTS (SELECT FROM import_meter_made n WHERE n.id = m.meter_id) ORDER BY meter_id, line
""",
    """
UPDATE meter t SET verification_due = m.due FROM import_meter m
WHERE t.id = m.meter_id AND m.due IS NOT NULL AND m.due IS DISTINCT FROM t.verification_due
""",
    """
CREATE TEMP TABLE import_zone_made ON COMMIT DROP AS
SELECT gen_random_uuid() AS id, w.meter_id, w.number FROM (
    SELECT DISTINCT meter_id, generate_series(1, zones) AS number FROM import_meter
) w WHERE NOT EXISTS (SELECT FROM tariff_zone z WHERE z.meter_id = w.meter_id AND z.number = w.number)
""",
    "INSERT INTO tariff_zone (id, meter_id, number) SELECT id, meter_id, number FROM import_zone_made",
    """
INSERT INTO import_change (import_id, kind, subject_id, before) SELECT :import, 'zone_made', id, '{}' FROM import_zone_made
""",
    """
UPDATE import_meter m SET zone_id = z.id FROM tariff_zone z
WHERE z.meter_id = m.meter_id AND z.number = m.zone AND m.zone_id IS NULL
""",
    """
CREATE TEMP TABLE import_reading_made ON COMMIT DROP AS
SELECT gen_random_uuid() AS id, zone_id, value, read_on FROM import_meter
WHERE value IS NOT NULL AND NOT reading_known
""",
    """
INSERT INTO reading (id, zone_id, value, taken_on, period, source, state, declined_because, zero_crossing, doubts,
    decided_at, created_at)
SELECT id, zone_id, value, read_on, date_trunc('month', read_on)::date, 'provider', 'accepted', '', false, '', :at, :at
FROM import_reading_made
""",
    """
INSERT INTO import_change (import_id, kind, subject_id, before)
SELECT :import, 'reading_made', id, '{}' FROM import_reading_made
""",
)


async def take_meters(run: Run, *, session: AsyncSession) -> None:
    """Make and change the meters of `import_meter`, and keep its readings."""
    if (await ask("SELECT EXISTS (SELECT FROM import_meter)", {}, session))[0][0]:
        await do(_METERS, facts_of(run) | _USUAL | {"at": now()}, session)
