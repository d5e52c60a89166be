"""What a killed worker left half done is queued again; who only seems to be silent is left alone."""

import asyncio
from typing import Any

import psycopg
import pytest
from procrastinate.jobs import Job

from cabinet import jobs
from cabinet.launcher.postgres import libpq_address

_SILENT = "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour') RETURNING id"
_DOING = """
INSERT INTO procrastinate_jobs (queue_name, task_name, status, worker_id, queueing_lock)
VALUES ('default', %s, 'doing', %s, %s)
"""


def run(url: str, statement: str, *values: object) -> list[tuple[object, ...]]:
    with psycopg.connect(libpq_address(url), autocommit=True) as connection:
        cursor = connection.execute(statement.encode(), values)
        return cursor.fetchall() if cursor.description else []


def states(url: str) -> dict[object, list[object]]:
    found: dict[object, list[object]] = {}
    rows = run(url, "SELECT task_name, status FROM procrastinate_jobs ORDER BY id")
    for name, state in rows:
        found.setdefault(name, []).append(state)
    return found


@pytest.fixture
def worker(committed: str, monkeypatch: pytest.MonkeyPatch) -> object:
    """A worker that has said nothing for an hour; looks follow each other at once."""
    monkeypatch.setattr(jobs, "_HEARTBEAT_SECONDS", 0)
    return run(committed, _SILENT)[0][0]


async def revive() -> None:
    async with jobs.jobs.open_async():
        await jobs.revive_jobs(timestamp=0)


async def test_a_killed_worker_s_jobs_are_queued_again(committed: str, worker: object) -> None:
    run(committed, _DOING, "send_letter", worker, None)
    run(committed, _DOING, "settle", None, None)
    await revive()
    assert states(committed) == {"send_letter": ["todo"], "settle": ["todo"]}


async def test_a_job_whose_like_waits_does_not_hold_up_the_others(committed: str, worker: object) -> None:
    run(committed, _DOING, "sweep", worker, "sweep")
    run(committed, _DOING, "send_letter", worker, None)
    run(
        committed,
        "INSERT INTO procrastinate_jobs (queue_name, task_name, queueing_lock)"
        " VALUES ('default', 'sweep', 'sweep')",
    )
    await revive()
    assert states(committed) == {"sweep": ["aborted", "todo"], "send_letter": ["todo"]}


async def test_after_a_clock_was_set_who_lives_says_so(
    committed: str, worker: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(committed, _DOING, "send_letter", worker, None)
    wait = asyncio.sleep

    async def meanwhile(seconds: float) -> None:
        run(committed, "UPDATE procrastinate_workers SET last_heartbeat = now()")
        await wait(0)

    monkeypatch.setattr(jobs.asyncio, "sleep", meanwhile)
    await revive()
    assert states(committed) == {"send_letter": ["doing"]}


async def test_a_job_that_ended_just_now_is_no_failure(
    committed: str, worker: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(committed, _DOING, "send_letter", worker, None)
    run(committed, _DOING, "settle", worker, None)
    looks: list[list[Job]] = []
    look = jobs.jobs.job_manager.get_stalled_jobs

    async def see(**wanted: Any) -> list[Job]:
        looks.append(list(await look(**wanted)))
        if len(looks) == 2:
            run(
                committed,
                "UPDATE procrastinate_jobs SET status = 'succeeded' WHERE task_name = 'send_letter'",
            )
        return looks[-1]

    monkeypatch.setattr(jobs.jobs.job_manager, "get_stalled_jobs", see)
    await revive()
    assert states(committed) == {"send_letter": ["succeeded"], "settle": ["todo"]}
