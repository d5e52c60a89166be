"""What a dry run, or an import, came to: counted from the tables of `comparing` and of the statements."""

from dataclasses import asdict, dataclass, field
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.exchange.imports.comparing import facts_of
from cabinet.exchange.imports.runs import Run
from cabinet.exchange.imports.sql import ask
from cabinet.exchange.rows import RegistryHeader
from cabinet.payments.bulk_statements import Weighed

TOTAL_DIFFERS, ROWS_DIFFER, ACCOUNT_DIFFERS = "total_differs", "rows_differ", "account_differs"
ANOTHER_DAY = "another_day"


@dataclass(slots=True)
class Figures:
    """Counts, and sums in minor units."""

    rows: int = 0
    rejected: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    balance_minor: int = 0
    """Of every row that could be read, also of those refused."""
    accepted_minor: int = 0
    """Of the rows that are taken."""
    statements: int = 0
    adjustment_minor: int = 0
    """By how much the balances move together."""
    unposted_minor: int = 0
    doubtful_minor: int = 0
    posted_items: int = 0
    meters_new: int = 0
    readings_new: int = 0
    bills_new: int = 0
    bills_changed: int = 0
    charged_minor: int = 0
    expected_rows: int | None = None
    expected_minor: int | None = None
    problems: list[str] = field(default_factory=list[str])
    """In what the file does not fit what it says about itself."""
    samples: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    @classmethod
    def of(cls, values: dict[str, Any]) -> "Figures":
        """As they are kept; what an older version kept besides is left out."""
        return cls(**{name: value for name, value in values.items() if name in cls.__dataclass_fields__})

    def kept(self) -> dict[str, Any]:
        """For the database."""
        return asdict(self)


_COUNTS = """
WITH moved AS (SELECT account_id FROM statement_made WHERE adjustment_minor <> 0),
more AS (
    SELECT line FROM import_meter WHERE meter_id IS NULL OR zone_id IS NULL OR due IS DISTINCT FROM verification_due
        AND due IS NOT NULL OR value IS NOT NULL AND NOT reading_known
    UNION SELECT line FROM import_bill WHERE bill_id IS NULL OR NOT is_same
), judged AS (
    SELECT v.is_new OR v.comes_again AS is_new, v.balance_minor, v.differs OR m.account_id IS NOT NULL OR e.line IS NOT NULL AS changes
    FROM import_verdict v LEFT JOIN moved m ON m.account_id = v.account_id LEFT JOIN more e ON e.line = v.line
)
SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new AND changes),
    count(*) FILTER (WHERE NOT is_new AND NOT changes), coalesce(sum(balance_minor), 0) FROM judged
"""
_MORE = """
SELECT (SELECT count(DISTINCT (line, kind, serial)) FROM import_meter WHERE meter_id IS NULL),
    (SELECT count(*) FROM import_meter WHERE value IS NOT NULL AND NOT reading_known),
    (SELECT count(*) FROM import_bill WHERE bill_id IS NULL),
    (SELECT count(*) FROM import_bill WHERE bill_id IS NOT NULL AND NOT is_same),
    (SELECT coalesce(sum(total_minor), 0) FROM import_bill),
    (SELECT count(*) FROM import_rejection WHERE import_id = :import)
"""
_SAMPLES = """
SELECT r.line, r.number, v.is_new OR v.comes_again, a.owner_name, r.owner_name, a.address, r.address,
    m.ours_minor, m.ours_minor + m.adjustment_minor
FROM import_verdict v JOIN import_row r ON r.import_id = :import AND r.line = v.line
LEFT JOIN account a ON a.id = v.account_id LEFT JOIN statement_made m ON m.account_id = v.account_id
WHERE v.is_new OR v.comes_again OR v.differs OR m.adjustment_minor <> 0
ORDER BY (v.is_new OR v.comes_again), r.line LIMIT 12
"""


async def count_figures(run: Run, weighed: Weighed, *, session: AsyncSession) -> Figures:
    """Count what was judged and weighed; the figures of the file itself are the caller's."""
    facts = facts_of(run)
    figures = Figures()
    [row] = await ask(_COUNTS, facts, session)
    figures.new, figures.changed, figures.unchanged, figures.accepted_minor = map(int, row)
    [row] = await ask(_MORE, facts, session)
    figures.meters_new, figures.readings_new, figures.bills_new, figures.bills_changed = map(int, row[:4])
    figures.charged_minor, figures.rejected = int(row[4]), int(row[5])
    figures.statements, figures.adjustment_minor = weighed.statements, weighed.adjustment_minor
    figures.unposted_minor, figures.doubtful_minor = weighed.unposted_minor, weighed.doubtful_minor
    figures.posted_items = weighed.posted_items
    figures.samples = [_sample(*one) for one in await ask(_SAMPLES, facts, session)]
    return figures


def _sample(
    line: int,
    number: str,
    is_new: bool,
    owner: str | None,
    owner_said: str,
    address: str | None,
    address_said: str,
    ours_minor: int | None,
    then_minor: int | None,
) -> dict[str, Any]:
    """One row before and after."""
    changes: list[dict[str, Any]] = []
    for name, before, after in (("owner_name", owner, owner_said), ("address", address, address_said)):
        if after and before != after:
            changes.append({"field": name, "before": "" if is_new else before or "", "after": after})
    if then_minor is not None and (is_new or ours_minor != then_minor):
        changes.append({"field": "balance", "before": None if is_new else ours_minor, "after": then_minor})
    return {"line": line, "number": number, "new": is_new, "changes": changes}


def compare_with_file(figures: Figures, header: RegistryHeader, rows: int, balance_minor: int) -> None:
    """Set what the file says about itself beside what it has."""
    figures.rows, figures.balance_minor = rows, balance_minor
    figures.expected_rows, figures.expected_minor = header.rows, header.total_minor
    if header.total_minor is not None and header.total_minor != balance_minor:
        figures.problems.append(TOTAL_DIFFERS)
    if header.rows is not None and header.rows != rows:
        figures.problems.append(ROWS_DIFFER)
