"""Canceled, killed, run twice, or beside another: what is half done is done anew or not at all."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from cabinet.database import unit_of_work
from cabinet.exchange.imports import applying, checking, service
from cabinet.exchange.imports.errors import AnotherUnderWay, CheckAgain, NotNow
from cabinet.exchange.imports.models import ImportState
from cabinet.jobs import jobs, run_jobs_once
from tests.exchange.imports.town import (
    Town,
    apply,
    assert_books_hold,
    check,
    debts,
    debts_of,
    settle,
    state_of,
    take,
    upload,
)

ROWS = tuple((f"Житель {n}", f"{37000000 + n}", f"{n},50") for n in range(1, 41))


async def begin_check(town: Town, import_id: UUID, *, later: bool = False) -> None:
    async with unit_of_work() as session:
        await checking.start_check(import_id, by=town.clerk, session=session, later=later)


async def begin_apply(town: Town, import_id: UUID, *, later: bool = False) -> None:
    async with unit_of_work() as session:
        await applying.start_apply(import_id, by=town.clerk, session=session, later=later)


async def cancel(town: Town, import_id: UUID) -> None:
    async with unit_of_work() as session:
        await service.cancel(import_id, by=town.clerk, session=session)


async def test_the_jobs_take_a_registry_in(town: Town) -> None:
    import_id = await upload(town, debts(*ROWS))
    await begin_check(town, import_id, later=True)
    await run_jobs_once()
    await begin_apply(town, import_id, later=True)
    await run_jobs_once()
    assert await state_of(import_id) is ImportState.APPLIED
    assert (await debts_of(town))["37000007"] == 750


async def test_a_dry_run_is_canceled_on_the_way(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "BLOCK", 5)
    import_id = await upload(town, debts(*ROWS))
    await begin_check(town, import_id)
    keep = checking._keep  # pyright: ignore[reportPrivateUsage]

    async def keep_and_be_canceled(*arguments: Any) -> None:
        await cancel(town, import_id)
        await keep(*arguments)

    with monkeypatch.context() as canceling:
        canceling.setattr(checking, "_keep", keep_and_be_canceled)
        await checking.run_check(import_id)
    assert await state_of(import_id) is ImportState.CANCELED
    assert await staged(import_id) == 0
    assert (await check(town, import_id)).new == 40, "it may be begun anew"


async def test_an_import_that_is_canceled_on_the_way_has_changed_nothing(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_id = await upload(town, debts(*ROWS))
    await check(town, import_id)
    await begin_apply(town, import_id)
    take_accounts = applying.take_accounts

    async def take_and_be_canceled(*arguments: Any, **options: Any) -> None:
        await take_accounts(*arguments, **options)
        await cancel(town, import_id)

    monkeypatch.setattr(applying, "take_accounts", take_and_be_canceled)
    await applying.run_apply(import_id)
    assert await state_of(import_id) is ImportState.CHECKED
    assert await debts_of(town) == {}


@pytest.mark.parametrize("step", ["take_accounts", "take_meters", "take_statements", "count_figures"])
async def test_a_worker_that_is_killed_begins_anew(
    town: Town, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    import_id = await upload(town, debts(*ROWS))
    await check(town, import_id)
    await begin_apply(town, import_id)

    async def die(*_arguments: Any, **_options: Any) -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as patched:
        patched.setattr(applying, step, die)
        with pytest.raises(asyncio.CancelledError):
            await applying.run_apply(import_id)
    assert (await state_of(import_id), await debts_of(town)) == (ImportState.APPLYING, {})
    await applying.run_apply(import_id)
    await applying.run_apply(import_id)
    assert (await debts_of(town))["37000040"] == 4_050
    await assert_books_hold()


async def test_a_job_of_a_killed_worker_is_revived(town: Town) -> None:
    import_id = await upload(town, debts(*ROWS))
    await begin_check(town, import_id, later=True)
    async with jobs.open_async():
        async with unit_of_work() as session:
            await (await session.connection()).execute(
                text("UPDATE procrastinate_jobs SET status = 'doing' WHERE task_name = 'check_registry'")
            )
        assert await state_of(import_id) is ImportState.CHECKING
        for job in await jobs.job_manager.get_stalled_jobs(seconds_since_heartbeat=0):
            await jobs.job_manager.retry_job(job)
    await run_jobs_once()
    assert await state_of(import_id) is ImportState.CHECKED


async def test_a_server_that_is_stopped_goes_on_with_the_registry_when_it_starts(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopping a server is no crash: its worker cancels what takes too long, and says that it is done with it."""
    import_id = await upload(town, debts(*ROWS))
    await begin_check(town, import_id, later=True)
    begun = asyncio.Event()

    async def take_long(_run: Any) -> Any:
        begun.set()
        await asyncio.sleep(60)

    async with jobs.open_async():
        with monkeypatch.context() as slow:
            slow.setattr(checking, "stage", take_long)
            worker = asyncio.create_task(
                jobs.run_worker_async(install_signal_handlers=False, shutdown_graceful_timeout=0.1)
            )
            await asyncio.wait_for(begun.wait(), 20)
            worker.cancel()
            await asyncio.gather(worker, return_exceptions=True)
    assert await state_of(import_id) is ImportState.CHECKING
    await run_jobs_once()
    assert await state_of(import_id) is ImportState.CHECKED


async def test_what_nobody_works_on_is_canceled_at_once(town: Town) -> None:
    """A command that was killed has no job that could be revived; the provider's next file must not wait for it."""
    import_id = await upload(town, debts(*ROWS))
    await begin_check(town, import_id)
    await cancel(town, import_id)
    assert await state_of(import_id) is ImportState.CANCELED
    await check(town, import_id)
    await begin_apply(town, import_id)
    await cancel(town, import_id)
    assert await state_of(import_id) is ImportState.CHECKED


async def test_after_a_crash_of_the_database_the_file_is_read_again(town: Town) -> None:
    """The staged rows are unlogged: they are gone, the file is not."""
    import_id = await upload(town, debts(*ROWS))
    await check(town, import_id)
    async with unit_of_work() as session:
        await (await session.connection()).execute(text("TRUNCATE import_row"))
    await apply(town, import_id)
    assert (await debts_of(town))["37000001"] == 150


async def test_two_files_of_one_provider_wait_for_each_other(town: Town) -> None:
    first, second = await upload(town, debts(*ROWS)), await upload(town, debts(*ROWS[:3]), "b.txt")
    await begin_check(town, first)
    with pytest.raises(AnotherUnderWay):
        await begin_check(town, second)
    await checking.run_check(first)
    await check(town, second)


async def test_files_of_two_providers_run_side_by_side(town: Town) -> None:
    async with unit_of_work() as session:
        other = await settle(session)
    first, second = await upload(town, debts(*ROWS)), await upload(other, debts(*ROWS))
    await asyncio.gather(check(town, first), check(other, second))
    await begin_apply(town, first)
    await begin_apply(other, second)
    await asyncio.gather(applying.run_apply(first), applying.run_apply(second))
    assert await debts_of(town) == await debts_of(other) != {}
    await assert_books_hold()


async def test_a_dry_run_that_was_overtaken_is_made_anew(town: Town) -> None:
    import_id = await upload(town, debts(*ROWS))
    await check(town, import_id)
    await take(town, debts(*ROWS[:3]), "b.txt")
    with pytest.raises(CheckAgain):
        await begin_apply(town, import_id)
    await check(town, import_id)
    await apply(town, import_id)
    assert await state_of(import_id) is ImportState.APPLIED


async def test_nothing_is_applied_twice(town: Town) -> None:
    import_id = await take(town, debts(*ROWS))
    with pytest.raises(NotNow):
        await begin_apply(town, import_id)
    await applying.run_apply(import_id)
    assert (await debts_of(town))["37000001"] == 150


async def staged(import_id: UUID) -> int:
    async with unit_of_work() as session:
        rows = await (await session.connection()).execute(
            text("SELECT count(*) FROM import_row WHERE import_id = :id"), {"id": import_id}
        )
        return int(rows.scalar_one())
