"""Counting what happens to each event of a page, at the price of a few microseconds."""

import asyncio
import logging
import time
from functools import lru_cache
from typing import Any

from cabinet.errors import CabinetError
from cabinet.watching import metrics
from cabinet.watching.context import request_id

logger = logging.getLogger(__name__)
SLOW_SECONDS = 2.0


class WatchedEvent:
    """One event, from the gate to the end of its task, after which its state is kept."""

    __slots__ = ("_began", "_is_timed", "is_refused", "name")

    def __init__(self, name: str, *, is_timed: bool) -> None:
        self.name, self.is_refused = name, False
        self._is_timed, self._began = is_timed, time.perf_counter()

    def end(self, task: asyncio.Task[Any]) -> None:
        """Count it; called when the task is done."""
        seconds = time.perf_counter() - self._began
        metrics.EVENTS.labels(self.name, self._outcome(task)).inc()
        if not self._is_timed:
            return
        metrics.EVENT_SECONDS.observe(seconds)
        metrics.EVENT_HANDLER_SECONDS.labels(self.name).inc(seconds)
        if seconds >= SLOW_SECONDS:
            logger.warning("the event %s was slow", self.name, extra={"seconds": round(seconds, 3)})

    def _outcome(self, task: asyncio.Task[Any]) -> str:
        if self.is_refused:
            return "refused"
        if task.cancelled():
            return "cancelled"
        error = task.exception()
        if error is None:
            return "passed"
        return "refused" if isinstance(error, CabinetError) or _is_expected(error) else "failed"


def watch_event(ident: str, full_name: str, *, is_timed: bool) -> WatchedEvent:
    """Watch the event whose task calls this; `is_timed` is not for handlers that follow a page for long."""
    request_id.set(ident)
    watched = WatchedEvent(label_of(full_name), is_timed=is_timed)
    if task := asyncio.current_task():
        task.add_done_callback(watched.end)
    return watched


@lru_cache(maxsize=4096)
def label_of(full_name: str) -> str:
    """`payment_state.load` of `reflex___state____state.cabinet___ui___payment____payment_state.load`."""
    state, _, handler = full_name.rpartition(".")
    return f"{state.rpartition('.')[2].rpartition('____')[2]}.{handler}"


def _is_expected(error: BaseException) -> bool:
    """Whether it is an answer rather than a fault, as its class says."""
    return bool(getattr(error, "is_expected", False))
