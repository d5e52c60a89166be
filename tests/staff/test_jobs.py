"""The page of jobs: seen by who may, acted on by who may, without what the jobs are about."""

import re

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.staff.jobs import TASKS
from tests.staff.conftest import Browsers, Office


async def queue(session: AsyncSession) -> tuple[int, int]:
    """A failed and a waiting job, and no other; their ids."""
    await (await session.connection()).execute(text("DELETE FROM procrastinate_jobs"))
    statement = text(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, status, args) VALUES"
        """ ('x', 'send_letter', 'failed', '{"letter_id"\\: "SECRETID"}'), ('x', 'recount', 'todo', '{}')"""
        " RETURNING id"
    )
    failed, waits = (await (await session.connection()).execute(statement)).scalars().all()
    await session.commit()
    return failed, waits


def shown(page: str) -> list[int]:
    return [int(one) for one in re.findall(r'<tr data-job="(\d+)"', page)]


async def test_jobs_are_listed_by_state_and_task_without_arguments(
    browsers: Browsers, office: Office, session: AsyncSession
) -> None:
    failed, waits = await queue(session)
    boss = await browsers.of(office.boss)
    page = await boss.page("/admin/jobs")
    assert shown(page) == [waits, failed]
    assert "Отправка письма" in page
    assert "SECRETID" not in page
    assert shown(await boss.page("/admin/jobs", state="failed")) == [failed]
    assert shown(await boss.page("/admin/jobs", task="recount")) == [waits]
    assert shown(await boss.page("/admin/jobs", before=str(waits))) == [failed]
    assert shown(await boss.page("/admin/jobs", state="nonsense", before="x" * 30)) == [waits, failed]


async def test_a_failed_job_is_tried_again_and_a_waiting_one_canceled(
    browsers: Browsers, office: Office, session: AsyncSession
) -> None:
    failed, waits = await queue(session)
    boss = await browsers.of(office.boss)
    answer = await boss.send(f"/admin/jobs/{failed}/retry", state="failed")
    assert answer.headers["location"] == "/admin/jobs?state=failed&said=retried"
    assert (await boss.send(f"/admin/jobs/{waits}/cancel")).status_code == 303
    assert shown(await boss.page("/admin/jobs", state="todo")) == [failed]
    again = await boss.send(f"/admin/jobs/{waits}/cancel")
    assert again.status_code == 422
    assert "отменить её нельзя" in again.text
    assert (await boss.send("/admin/jobs/99999999/retry")).status_code == 404


async def test_who_may_only_look_has_no_buttons(
    browsers: Browsers, office: Office, session: AsyncSession
) -> None:
    failed, _waits = await queue(session)
    browser = await browsers.of(office.auditor)
    page = await browser.page("/admin/jobs")
    assert shown(page)
    assert "/retry" not in page
    assert (await browser.send(f"/admin/jobs/{failed}/retry")).status_code == 403
    clerk = await browsers.of(office.clerk)
    assert (await clerk.get("/admin/jobs")).status_code == 403


def test_every_task_has_words() -> None:
    from cabinet.queue.service import task_names

    assert not set(task_names()) - set(TASKS) - {"procrastinate.builtin_tasks.remove_old_jobs"}
