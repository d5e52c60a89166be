"""The command line: `python -m cabinet`."""

import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from cabinet.launcher import staff
from cabinet.launcher.console import CannotStart

Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="a day, YYYY-MM-DD")]

commands = typer.Typer(help="Cabinet: the self-service portal of utility companies.", no_args_is_help=True)


@commands.command("run")
def run_command() -> None:
    """Start everything and serve until stopped."""
    from cabinet.launcher.run import run

    run()


@commands.command("serve")
def serve_command() -> None:
    """Serve pages as one of several web processes: no database, build or migration of its own."""
    from cabinet.launcher.web import serve_web

    serve_web()


@commands.command("work")
def work_command() -> None:
    """Do jobs until stopped; several such processes may run."""
    from cabinet.launcher.work import work

    work()


@commands.command("cluster")
def cluster_command(
    web: Annotated[int, typer.Option(min=1, max=9, help="web processes")] = 2,
    jobs: Annotated[int, typer.Option(min=1, max=9, help="processes that do jobs")] = 1,
    proxy: Annotated[str, typer.Option(help="caddy, nginx or none; empty: what is installed")] = "",
    sandbox: Annotated[
        bool, typer.Option("--sandbox", help="the payment sandbox in a process of its own")
    ] = False,
) -> None:
    """Start PostgreSQL, Redis, web processes, jobs and a proxy on this machine, to try the real topology."""
    from cabinet.launcher.cluster.run import run_cluster

    run_cluster(web=web, jobs=jobs, proxy=proxy, sandbox=sandbox)


@commands.command("migrate")
def migrate_command() -> None:
    """Bring the database to the newest schema."""
    from cabinet.launcher.migrations import migrate
    from cabinet.launcher.postgres import running_database

    with running_database() as url:
        migrate(url)


@commands.command("build")
def build_command() -> None:
    """Build the pages if anything they are made of has changed."""
    from cabinet.launcher.build import build_if_changed

    build_if_changed()


@commands.command("demo")
def demo_command() -> None:
    """Load the demo data into an empty database."""
    from cabinet.launcher.demo import load_demo_data
    from cabinet.launcher.migrations import migrate
    from cabinet.launcher.postgres import running_database

    with running_database() as url:
        migrate(url)
        load_demo_data()


@commands.command("make-migration")
def make_migration_command(message: str) -> None:
    """Write a migration for what has changed in the models."""
    from cabinet.launcher.migrations import write_migration
    from cabinet.launcher.postgres import throwaway_database

    with throwaway_database() as url:
        write_migration(url, message)


@commands.command("check-migrations")
def check_migrations_command() -> None:
    """Fail when the models and the migrations differ."""
    from cabinet.launcher.migrations import refuse_drift
    from cabinet.launcher.postgres import throwaway_database

    with throwaway_database() as url:
        refuse_drift(url)


@commands.command("simulate")
def simulate_command(days: int = 3, seed: int = 1, visits: int = 20, here: bool = False) -> None:
    """Live through so many fake bank days and check every book; --here uses this database."""
    from cabinet.launcher.simulate import run_simulation

    run_simulation(days=days, seed=seed, visits=visits, here=here)


@commands.command("sandbox")
def sandbox_command() -> None:
    """Serve the payment sandbox as a process of its own; others find it by CABINET_SANDBOX_URL."""
    from cabinet.launcher.serve import serve

    serve("cabinet.sandbox.process:app")


ledger_commands = typer.Typer(help="The books.", no_args_is_help=True)
commands.add_typer(ledger_commands, name="ledger")


@ledger_commands.command("verify")
def verify_command() -> None:
    """Recount every journal and every balance; ends with 1 when the books do not hold."""
    from rich.console import Console

    from cabinet.launcher.money import verify_books

    if not verify_books(Console()):
        raise typer.Exit(1)


jobs_commands = typer.Typer(help="The queue of jobs.", no_args_is_help=True)
commands.add_typer(jobs_commands, name="jobs")


@jobs_commands.command("list")
def jobs_list_command(
    state: Annotated[str, typer.Option(help="todo, doing, failed, succeeded, cancelled or aborted")] = "",
    task: Annotated[str, typer.Option(help="the task's name, such as send_letter")] = "",
    before: Annotated[int | None, typer.Option(help="only jobs below this id")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
) -> None:
    """Show the newest jobs; ends with 2 for a state that does not exist."""
    from rich.console import Console

    from cabinet.launcher.jobs import JobState, show_jobs

    if state and state not in set(JobState):
        raise typer.BadParameter(f"choose one of {', '.join(JobState)}", param_hint="--state")
    show_jobs(Console(), JobState(state) if state else None, task, before, limit)


@jobs_commands.command("counts")
def jobs_counts_command() -> None:
    """Say how many jobs wait, run and failed; ends with 1 when one failed."""
    from rich.console import Console

    from cabinet.launcher.jobs import show_counts

    if not show_counts(Console()):
        raise typer.Exit(1)


@jobs_commands.command("retry")
def jobs_retry_command(
    ids: Annotated[list[int] | None, typer.Argument(help="the ids of failed jobs")] = None,
    failed: Annotated[bool, typer.Option("--failed", help="every failed job")] = False,
) -> None:
    """Let failed jobs begin again; ends with 1 when one could not."""
    from rich.console import Console

    from cabinet.launcher.jobs import retry_jobs

    if not ids and not failed:
        raise typer.BadParameter("name the jobs, or say --failed")
    if not retry_jobs(Console(), ids or [], every_failed=failed):
        raise typer.Exit(1)


@jobs_commands.command("run-once")
def jobs_run_once_command() -> None:
    """Run what is due and end; ends with 1 when a job failed."""
    from rich.console import Console

    from cabinet.launcher.jobs import run_due

    if not run_due(Console()):
        raise typer.Exit(1)


@commands.command("reconcile")
def reconcile_command(since: Day = None, until: Day = None) -> None:
    """Compare the ledger with the processor (UTC days, both included); ends with 1 when they differ."""
    from rich.console import Console

    from cabinet.launcher.money import day_begins, day_ends, reconcile_books

    if not reconcile_books(Console(), day_begins(since), day_ends(until)):
        raise typer.Exit(1)


@commands.command("export")
def export_command(
    provider: Annotated[str, typer.Option(help="id, ИНН or a part of the name")] = "",
    kind: Annotated[str, typer.Option(help="payments or readings")] = "payments",
    format: Annotated[str, typer.Option(help="csv, xlsx, sber_debts, gorod, json, dbf…")] = "",
    encoding: Annotated[str, typer.Option(help="empty: the usual one of the format")] = "",
    out: Annotated[str, typer.Option(help="a file, or - for the standard output")] = "",
    again: Annotated[int, typer.Option(help="write the registry of this number again")] = 0,
    check: Annotated[bool, typer.Option("--check", help="count all registries against the ledger")] = False,
) -> None:
    """Hand over what is in no registry yet; ends with 3 when there is nothing, with 1 when it failed."""
    from rich.console import Console

    from cabinet.launcher.exporting import check_registries, export_registry

    console = Console(stderr=out == "-")
    if check:
        raise typer.Exit(check_registries(console))
    ended = export_registry(
        provider, kind, format=format, encoding=encoding, out=out, again=again, console=console
    )
    raise typer.Exit(ended)


@commands.command("import")
def import_command(
    file: Annotated[Path, typer.Argument(help="the registry")],
    provider: Annotated[str, typer.Option(help="whose it is: id, ИНН or name")],
    apply: Annotated[bool, typer.Option("--apply", help="take it in; without it, a dry run")] = False,
    format: Annotated[str, typer.Option(help="sber_debts, gorod, csv, xlsx, dbf, json…")] = "",
    encoding: Annotated[str, typer.Option(help="windows-1251, utf-8, cp866, koi8-r")] = "",
    mapping: Annotated[list[str] | None, typer.Option(help="COLUMN=what, again for each column")] = None,
    as_of: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="day of the balances")] = None,
    reason: Annotated[str, typer.Option(help="why a file that does not fit itself is taken")] = "",
) -> None:
    """Check a provider's registry, or take it in; ends with 1 on rejected rows or a refusal, 2 on wrong usage."""
    from rich.console import Console

    from cabinet.launcher.registries import WRONG_USAGE, Wanted, import_file

    pairs = [one.partition("=") for one in mapping or []]
    if not all(name and what for name, _equals, what in pairs):
        typer.echo("--mapping wants COLUMN=what, for example --mapping 'Сальдо=balance'", err=True)
        raise typer.Exit(WRONG_USAGE)
    columns = {name: what for name, _equals, what in pairs} or None
    day = as_of.date() if as_of else None
    wanted = Wanted(file, provider, apply, format, encoding, columns, day, reason)
    if code := import_file(Console(), wanted):
        raise typer.Exit(code)


commands.add_typer(staff.commands, name="staff")


def main(start: Callable[[], None] = commands) -> None:
    """Run a command; what cannot be done is said in one sentence."""
    try:
        start()
    except CannotStart as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
