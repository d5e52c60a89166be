"""What the database knows of the whole cluster: one truth, whichever process is asked."""

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.database import read_only

_KEPT_SECONDS = 10
_LONGEST = text("SET LOCAL statement_timeout = '2s'")


@dataclass(frozen=True, slots=True)
class Figure:
    """A gauge and the query that answers it: rows of its labels, then the number. All use an index."""

    name: str
    words: str
    labels: tuple[str, ...]
    query: str


FIGURES = (
    Figure(
        "cabinet_jobs",
        "Jobs in the queue.",
        ("task", "state"),
        "SELECT task_name, status::text, count(*) FROM procrastinate_jobs"
        " WHERE status = ANY ('{todo,doing}') GROUP BY 1, 2",
    ),
    Figure(
        "cabinet_jobs_failed",
        "Jobs that failed for good and that nobody has looked after.",
        ("task",),
        "SELECT task_name, count(*) FROM procrastinate_jobs WHERE status = 'failed' GROUP BY 1",
    ),
    Figure(
        "cabinet_jobs_oldest_seconds",
        "How long the oldest job that could run has waited.",
        (),
        """
SELECT coalesce(extract(epoch FROM now() - least(
    (SELECT min(scheduled_at) FROM procrastinate_jobs WHERE status = 'todo' AND scheduled_at <= now()),
    (SELECT max(e.at) FROM procrastinate_events e WHERE e.job_id = (
        SELECT id FROM procrastinate_jobs WHERE status = 'todo' AND scheduled_at IS NULL ORDER BY id LIMIT 1))
)), 0)""",
    ),
    Figure(
        "cabinet_job_workers",
        "Workers of jobs that gave a sign of life within a minute.",
        (),
        "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - interval '60 seconds'",
    ),
    Figure(
        "cabinet_letters_waiting",
        "Letters that are to be sent, again or for the first time.",
        (),
        "SELECT count(*) FROM procrastinate_jobs"
        " WHERE status = ANY ('{todo,doing}') AND task_name = 'send_letter'",
    ),
    Figure(
        "cabinet_letters_failed",
        "Letters given up within a day.",
        (),
        "SELECT count(*) FROM letter WHERE failed_at > now() - interval '1 day'",
    ),
    Figure(
        "cabinet_payments_open",
        "Payments of the last two days that are neither paid nor ended, by how long at least.",
        ("state", "older_than"),
        """
SELECT p.state, age.label, count(*)
FROM payment p JOIN (VALUES ('5m', interval '5 minutes'), ('1h', interval '1 hour')) age (label, span)
    ON p.created_at < now() - age.span
WHERE p.created_at > now() - interval '2 days' AND p.state IN ('created', 'pending')
GROUP BY 1, 2""",
    ),
    Figure(
        "cabinet_payments_to_check",
        "Payments that staff have to look at.",
        ("state",),
        "SELECT state, count(*) FROM payment WHERE state IN ('review', 'disputed') GROUP BY 1",
    ),
    Figure(
        "cabinet_webhooks_open",
        "Events of the processor that were stored more than five minutes ago and did not come to their end.",
        (),
        "SELECT count(*) FROM processor_event"
        " WHERE handled_at IS NULL AND received_at < now() - interval '5 minutes'",
    ),
    Figure(
        "cabinet_reconciliation_differences",
        "Differences with the processor that nobody has settled.",
        (),
        "SELECT count(*) FROM reconciliation_difference WHERE resolved_at IS NULL",
    ),
    Figure(
        "cabinet_reconciliation_age_seconds",
        "Time since the last reconciliation came to its end.",
        (),
        "SELECT extract(epoch FROM now() - finished_at) FROM reconciliation"
        " WHERE state = 'done' ORDER BY started_at DESC LIMIT 1",
    ),
    Figure(
        "cabinet_ledger_holds",
        "Whether the last recount of the books found no problem.",
        (),
        "SELECT (problems = '{}')::int FROM recount WHERE state = 'done' ORDER BY started_at DESC LIMIT 1",
    ),
    Figure(
        "cabinet_ledger_age_seconds",
        "Time since the books were recounted.",
        (),
        "SELECT extract(epoch FROM now() - finished_at) FROM recount"
        " WHERE state = 'done' ORDER BY started_at DESC LIMIT 1",
    ),
    Figure(
        "cabinet_imports",
        "Registries of the last week, by how far they have come.",
        ("state",),
        "SELECT state, count(*) FROM registry_import"
        " WHERE uploaded_at > now() - interval '7 days' GROUP BY 1",
    ),
    Figure(
        "cabinet_database_bytes",
        "Size of the database.",
        (),
        "SELECT pg_database_size(current_database())",
    ),
    Figure(
        "cabinet_database_connections",
        "Connections to the database server, of all processes.",
        ("kind",),
        """
SELECT 'used', count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'
UNION ALL SELECT 'most', setting::int FROM pg_settings WHERE name = 'max_connections'""",
    ),
)

_lock = asyncio.Lock()
_kept: tuple[float, bytes] = (0.0, b"")


async def exposition() -> bytes:
    """What Prometheus reads of the cluster; asked anew every ten seconds at most."""
    global _kept
    async with _lock:
        at, answer = _kept
        if not answer or time.monotonic() - at >= _KEPT_SECONDS:
            registry = CollectorRegistry()
            registry.register(_Answer(await _ask()))
            _kept = (time.monotonic(), generate_latest(registry))
        return _kept[1]


async def _ask() -> list[GaugeMetricFamily]:
    async with read_only() as session:
        await (await session.connection()).execute(_LONGEST)
        return [await _family(figure, session) for figure in FIGURES]


async def _family(figure: Figure, session: AsyncSession) -> GaugeMetricFamily:
    rows = (await (await session.connection()).execute(text(figure.query))).all()
    return _gauge(figure, rows)


def _gauge(figure: Figure, rows: Iterable[Sequence[Any]]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(figure.name, figure.words, labels=figure.labels)
    for *labels, value in rows:
        if value is not None:
            family.add_metric([str(label) for label in labels], float(value))
    return family


class _Answer(Collector):
    """Families that were asked for already."""

    def __init__(self, families: list[GaugeMetricFamily]) -> None:
        self._families = families

    def collect(self) -> list[GaugeMetricFamily]:
        """As they are."""
        return self._families
