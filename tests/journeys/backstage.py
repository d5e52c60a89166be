"""What only time would bring about: done in the database of the running program, so that no journey waits."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import LiteralString

import psycopg
from sqlalchemy import make_url

from cabinet.launcher.postgres import Postgres

_PLAIN_IN_DEBT = """
SELECT p.name, a.number, b.amount_minor
FROM account a JOIN provider p ON p.id = a.provider_id JOIN balance b ON b.account_id = a.id
WHERE b.amount_minor >= %s
  AND (p.kind <> 'electricity' OR EXISTS (
      SELECT FROM meter m JOIN tariff_zone z ON z.meter_id = m.id WHERE m.account_id = a.id AND z.number = 3))
  AND NOT EXISTS (SELECT FROM meter m WHERE m.account_id = a.id
      AND (m.ratio <> 1 OR m.replaces_id IS NOT NULL OR m.removed_on IS NOT NULL OR m.verification_due < now()))
  AND NOT EXISTS (
      SELECT FROM meter m JOIN tariff_zone z ON z.meter_id = m.id JOIN reading r ON r.zone_id = z.id
      WHERE m.account_id = a.id AND (r.state = 'submitted' OR EXISTS (
          SELECT FROM reading before WHERE before.zone_id = z.id AND before.value = r.value AND before.id <> r.id)))
ORDER BY a.number
"""


class Backstage:
    """The days and jobs behind one running program."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir

    def let_money_arrive(self) -> None:
        """The delayed money of the sandbox arrives within a second."""
        self._do("UPDATE sandbox_object SET due_at = now() WHERE kind = 'payment_intent' AND due_at > now()")

    def let_bill_arrive(self, number: str) -> None:
        """The newest bill of the account has just come."""
        self._do(
            "UPDATE bill SET issued_at = now() WHERE id = (SELECT b.id FROM bill b JOIN account a"
            " ON a.id = b.account_id WHERE a.number = %s ORDER BY b.period DESC LIMIT 1)",
            number,
        )
        self._run("announce_autopay")

    def let_charge_come(self, number: str) -> None:
        """The day of the announced charge has come."""
        self._do(
            "UPDATE autopay_run SET charge_on = charge_on - 2 WHERE state = 'announced' AND autopay_id IN"
            " (SELECT o.id FROM autopay o JOIN account a ON a.id = o.account_id WHERE a.number = %s)",
            number,
        )
        self._run("charge_autopay")

    def bills_of(self, number: str) -> dict[date, int]:
        """What each month of the account was charged, in kopecks: what stands on the paper at home."""
        with self._connection() as connection:
            rows = connection.execute(
                "SELECT b.period, sum(c.amount_minor)::bigint FROM bill b JOIN account a ON a.id = b.account_id"
                " JOIN charge c ON c.bill_id = b.id WHERE a.number = %s GROUP BY b.period",
                (number,),
            )
            return dict(rows.fetchall())

    def months_chosen(self, number: str) -> set[date | None]:
        """The months that the payments of the account were made for; None: no month was named."""
        with self._connection() as connection:
            rows = connection.execute(
                "SELECT DISTINCT i.period FROM payment_item i JOIN account a ON a.id = i.account_id"
                " WHERE a.number = %s",
                (number,),
            )
            return {period for (period,) in rows.fetchall()}

    def plain_accounts_in_debt(self, least_minor: int) -> list[tuple[str, str, int]]:
        """Provider, number and debt of every account that owes so much and has nothing peculiar about its meters."""
        with self._connection() as connection:
            return connection.execute(_PLAIN_IN_DEBT, (least_minor,)).fetchall()

    def let_tries_be_forgotten(self) -> None:
        """An hour has passed since anybody at this address tried to link or to prove an account."""
        with self._connection() as connection:
            connection.execute("DELETE FROM attempt WHERE kind IN ('link_account', 'prove_ownership')")

    def proof_of(self, number: str) -> str:
        """What the provider of the account asks its owner for."""
        with self._connection() as connection:
            rows = connection.execute(
                "SELECT p.proof FROM provider p JOIN account a ON a.provider_id = p.id WHERE a.number = %s",
                (number,),
            )
            return str(rows.fetchall()[0][0])

    def _run(self, task: LiteralString) -> None:
        self._do(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args)"
            " VALUES ('default', %s, '{\"timestamp\": 0}')",
            task,
        )

    def _do(self, statement: LiteralString, *values: str) -> None:
        with self._connection() as connection:
            done = connection.execute(statement, values)
            assert done.rowcount > 0, statement

    @contextmanager
    def _connection(self) -> Generator[psycopg.Connection]:
        url = make_url(Postgres(self._data_dir).url()).set(drivername="postgresql")
        with psycopg.connect(url.render_as_string(hide_password=False)) as connection:
            yield connection
