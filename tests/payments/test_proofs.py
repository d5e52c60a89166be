"""The nightly proofs and the command line: what does not hold is said loudly."""

from io import StringIO

import pytest
from rich.console import Console
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.launcher import money
from cabinet.payments import jobs, reconciliation
from cabinet.payments import service as payments
from cabinet.payments.models import Reconciliation, ReconciliationState
from tests.payments.conftest import Till
from tests.raw import run_sql


async def test_the_books_hold_and_then_they_do_not(till: Till, session: AsyncSession) -> None:
    await till.pay()
    await jobs.verify_ledger(timestamp=0)
    said = StringIO()
    assert await money._verify(Console(file=said))  # pyright: ignore[reportPrivateUsage]
    await run_sql("UPDATE balance SET amount_minor = amount_minor + 1", session)
    await session.commit()
    assert not await money._verify(Console(file=said))  # pyright: ignore[reportPrivateUsage]
    assert str(till.people.gas.id) in said.getvalue()
    with pytest.raises(RuntimeError, match="does not hold"):
        await jobs.verify_ledger(timestamp=0)


async def test_the_nightly_comparison_is_queued_and_done(till: Till, session: AsyncSession) -> None:
    await till.pay()
    await jobs.reconcile_nightly(timestamp=0)
    run = (await session.exec(select(Reconciliation))).one()
    queued = await run_sql(
        "SELECT task_name, args FROM procrastinate_jobs WHERE task_name = 'reconcile'", session
    )
    assert [row.args for row in queued] == [{"reconciliation_id": str(run.id)}]
    await jobs.reconcile(str(run.id))
    await session.refresh(run)
    assert (run.state, run.started_by) == (ReconciliationState.DONE, None)


async def test_the_command_line_names_the_differences(real_till: Till) -> None:
    started = await real_till.open()
    await real_till.enter_card(started.url)
    said = StringIO()
    since, until = (
        reconciliation.now() - reconciliation.NIGHTLY,
        reconciliation.now() + reconciliation.UNDER_WAY,
    )
    console = Console(file=said, width=200)
    assert not await money._reconcile(console, since, until)  # pyright: ignore[reportPrivateUsage]
    assert "paid_there_open_here" in said.getvalue()
    await real_till.pay()
    await payments.settle(started.payment_id)
    assert await money._reconcile(console, since, until)  # pyright: ignore[reportPrivateUsage]
