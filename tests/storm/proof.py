"""What must be true after the storm, read from the database and from the mail server's folder."""

import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, LiteralString

import psycopg

from cabinet.launcher.postgres import libpq_address
from tests.storm.resident import Told
from tests.town.neighbours import Neighbour

_TAKEN = "kind = 'checkout.session' AND body->>'mode' = 'payment' AND body->>'payment_status' = 'paid'"
_UNSETTLED: LiteralString = f"""
SELECT o.id FROM sandbox_object o LEFT JOIN payment p ON p.session_ref = o.id
WHERE {_TAKEN} AND p.state IS DISTINCT FROM 'succeeded'
"""
_UNPAID: LiteralString = f"""
SELECT p.id::text FROM payment p WHERE p.state = 'succeeded' AND p.origin = 'hosted'
AND NOT EXISTS (SELECT FROM sandbox_object o WHERE o.id = p.session_ref AND {_TAKEN})
"""
_NOT_POSTED_ONCE: LiteralString = """
SELECT p.id::text FROM payment p WHERE p.state = 'succeeded'
AND (SELECT count(*) FROM journal j WHERE j.key = 'payment:' || p.id) <> 1
"""
_OTHER_AMOUNT: LiteralString = """
SELECT p.id::text FROM payment p JOIN journal j ON j.key = 'payment:' || p.id
WHERE p.amount_minor + p.commission_minor <>
  (SELECT coalesce(sum(e.amount_minor), 0) FROM entry e WHERE e.journal_id = j.id AND e.account = 'asset:processor')
"""
_WITHOUT_A_LETTER: LiteralString = """
SELECT p.id::text FROM payment p WHERE p.state = 'succeeded'
AND (SELECT count(*) FROM letter l WHERE l.about_id = p.id) <> 1
"""
_UNSENT: LiteralString = "SELECT id::text FROM letter WHERE sent_at IS NULL"
_FAILED_JOBS: LiteralString = "SELECT task_name || ' ' || id FROM procrastinate_jobs WHERE status = 'failed'"
_CREDITED: LiteralString = "SELECT id::text FROM payment WHERE state = 'succeeded'"
_READ: LiteralString = "SELECT zone_id::text, max(value)::int FROM reading GROUP BY zone_id"
_MESSAGE_ID = re.compile(rb"^Message-ID:\s*<([0-9a-f-]{36})@", re.IGNORECASE | re.MULTILINE)


@dataclass
class Findings:
    """What is wrong, by what it is called; empty lists are what we want."""

    wrong: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    counts: dict[str, int] = field(default_factory=dict[str, int])

    @property
    def are_none(self) -> bool:
        """Whether everything holds."""
        return not any(self.wrong.values())


@dataclass(frozen=True)
class Contents:
    """What is worth keeping: credited payments by id, and of each zone's readings the highest."""

    payments: frozenset[str]
    readings: dict[str, int]

    def lacking_in(self, copy: "Contents") -> list[str]:
        """What the copy does not have: payments by id, readings by the id of their zone."""
        late = (zone for zone, value in self.readings.items() if copy.readings.get(zone, 0) < value)
        return [*sorted(self.payments - copy.payments), *late]


class Books:
    """The database and the letters of the cluster."""

    def __init__(self, database_url: str, mail: Path) -> None:
        self._url, self._mail = database_url, mail

    def is_settled(self) -> bool:
        """Whether nothing is on its way any more: money and letters."""
        return not (self._ids(_UNSETTLED) or self._ids(_UNSENT))

    def examine(self, told: Mapping[Neighbour, Told]) -> Findings:
        """Compare what the residents were told with what is kept."""
        found = Findings()
        queries: dict[str, LiteralString] = {
            "taken and not credited": _UNSETTLED,
            "credited and not taken": _UNPAID,
            "not in the journal exactly once": _NOT_POSTED_ONCE,
            "credited with another amount": _OTHER_AMOUNT,
            "without exactly one letter": _WITHOUT_A_LETTER,
            "letters not sent": _UNSENT,
            "failed jobs": _FAILED_JOBS,
        }
        found.wrong = {name: self._ids(query) for name, query in queries.items()}
        credited = set(self._ids(_CREDITED))
        found.wrong["paid on the screen, not here"] = sorted(
            set().union(*(one.paid for one in told.values())) - credited
        )
        found.wrong["readings confirmed and lost"] = list(self._lost_readings(told))
        letters = set(self._ids("SELECT id::text FROM letter"))
        arrived = self._arrived()
        found.wrong["letters lost on the way"] = sorted(letters - set(arrived))
        found.counts = {
            "payments credited": len(credited),
            "letters": len(letters),
            "letters that came more than once": len(arrived) - len(set(arrived)),
            "readings confirmed": sum(one.confirmations for one in told.values()),
        }
        return found

    def seconds_ahead(self) -> float:
        """How far the database's clock is before ours."""
        return float(self._rows("SELECT extract(epoch FROM clock_timestamp())")[0][0]) - time.time()

    def contents(self) -> "Contents":
        """What no copy of these books may lack."""
        return Contents(frozenset(self._ids(_CREDITED)), dict(self._rows(_READ)))

    def _lost_readings(self, told: Mapping[Neighbour, Told]) -> Iterable[str]:
        kept: dict[str, int] = dict(self._rows(_READ))
        for who, what in told.items():
            here = kept.get(who.zone_id, 0)
            if not what.confirmed <= here <= what.tried:
                yield f"{who.email}: confirmed {what.confirmed}, kept {here}, tried {what.tried}"

    def _arrived(self) -> list[str]:
        found = (_MESSAGE_ID.search(file.read_bytes()) for file in self._mail.glob("**/*.eml"))
        return [match[1].decode() for match in found if match]

    def _ids(self, query: LiteralString) -> list[str]:
        return [str(row[0]) for row in self._rows(query)]

    def _rows(self, query: LiteralString) -> list[tuple[Any, ...]]:
        with psycopg.connect(libpq_address(self._url), autocommit=True) as connection:
            return connection.execute(query).fetchall()
