"""Registries are worked on by jobs: one at a time for each provider, each as often as it takes."""

import asyncio
from uuid import UUID

from procrastinate import RetryStrategy

from cabinet.exchange.imports.applying import run_apply
from cabinet.exchange.imports.checking import run_check
from cabinet.exchange.imports.rolling_back import run_rollback
from cabinet.jobs import jobs

_AFTER_A_STOP = RetryStrategy(retry_exceptions=[asyncio.CancelledError])  # pyright: ignore[reportArgumentType]
"""A server that is stopped cancels its jobs after a few seconds; without this they would never be run again."""


@jobs.task(name="check_registry", lock="registry:{provider_id}", retry=_AFTER_A_STOP)
async def check_registry(import_id: str, provider_id: str) -> None:
    """The dry run of a registry."""
    await run_check(UUID(import_id))


@jobs.task(name="apply_registry", lock="registry:{provider_id}", retry=_AFTER_A_STOP)
async def apply_registry(import_id: str, provider_id: str) -> None:
    """Take a registry in."""
    await run_apply(UUID(import_id))


@jobs.task(name="roll_back_registry", lock="registry:{provider_id}", retry=_AFTER_A_STOP)
async def roll_back_registry(import_id: str, provider_id: str) -> None:
    """Take a registry back."""
    await run_rollback(UUID(import_id))
