"""Registries are worked on by jobs: one at a time for each provider, each as often as it takes."""

from uuid import UUID

from cabinet.exchange.imports.applying import run_apply
from cabinet.exchange.imports.checking import run_check
from cabinet.exchange.imports.rolling_back import run_rollback
from cabinet.jobs import jobs


@jobs.task(name="check_registry", lock="registry:{provider_id}")
async def check_registry(import_id: str, provider_id: str) -> None:
    """The dry run of a registry."""
    await run_check(UUID(import_id))


@jobs.task(name="apply_registry", lock="registry:{provider_id}")
async def apply_registry(import_id: str, provider_id: str) -> None:
    """Take a registry in."""
    await run_apply(UUID(import_id))


@jobs.task(name="roll_back_registry", lock="registry:{provider_id}")
async def roll_back_registry(import_id: str, provider_id: str) -> None:
    """Take a registry back."""
    await run_rollback(UUID(import_id))
