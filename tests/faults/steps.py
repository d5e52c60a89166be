"""Every step that a crash can fall between: each statement, each commit, each call of the processor."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import httpx
from sqlalchemy import Engine, event

from cabinet.payments import processor
from cabinet.sandbox.app import sandbox_app
from cabinet.sandbox.keys import SANDBOX_KEY, SANDBOX_WEBHOOK_SECRET

_at_the_processor: ContextVar[bool] = ContextVar("at_the_processor", default=False)


class Killed(BaseException):
    """The process ended here; nothing may catch this."""


@dataclass
class Steps:
    """Counts the steps taken, and dies before one of them."""

    die_at: int | None
    die: Callable[[], None]
    taken: int = 0

    def step(self) -> None:
        """One more step; what the processor does inside is its own business."""
        if _at_the_processor.get():
            return
        self.taken += 1
        if self.taken == self.die_at:
            self.die()


class SteppingTransport(httpx.ASGITransport):
    """Calls of the sandbox with a step before the work and another before its answer arrives."""

    def __init__(self, steps: Steps) -> None:
        super().__init__(sandbox_app())
        self._steps = steps

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._steps.step()
        token = _at_the_processor.set(True)
        try:
            response = await super().handle_async_request(request)
        finally:
            _at_the_processor.reset(token)
        self._steps.step()
        return response


@contextmanager
def stepping(steps: Steps) -> Generator[Steps]:
    """Let every step of our own code be counted by `steps`."""

    def count(*_: Any) -> None:
        steps.step()

    before = processor._connection  # pyright: ignore[reportPrivateUsage]
    connect(httpx.AsyncClient(transport=SteppingTransport(steps)))
    for name in ("before_cursor_execute", "commit"):
        event.listen(Engine, name, count)
    try:
        yield steps
    finally:
        for name in ("before_cursor_execute", "commit"):
            event.remove(Engine, name, count)
        processor._connection = before  # pyright: ignore[reportPrivateUsage]


def connect(client: httpx.AsyncClient) -> None:
    """Let our processor client reach the sandbox by this way."""
    processor.use(http_client=client, api_key=SANDBOX_KEY, webhook_secret=SANDBOX_WEBHOOK_SECRET, retries=0)


def raise_killed() -> None:
    """Die as far as one test process can."""
    raise Killed
