"""What is said and counted of each run of a job."""

import logging
import time
from typing import Any

from procrastinate import JobContext
from procrastinate.middleware import AsyncCallNext

from cabinet.watching import metrics
from cabinet.watching.context import about_job, new_request_id, request_id

logger = logging.getLogger("cabinet.work")


async def watch_job(go_on: AsyncCallNext, context: JobContext, _worker: Any) -> Any:
    """Around every job: its lines name it, its end is counted. A failed run may be tried again."""
    began, outcome = time.perf_counter(), "failed"
    name = context.job.task_name
    request_id.set(new_request_id())
    with about_job(context.job.id or 0, name):
        try:
            result = await go_on()
            outcome = "succeeded"
            return result
        finally:
            seconds = time.perf_counter() - began
            metrics.JOBS.labels(name, outcome).inc()
            metrics.JOB_SECONDS.labels(name).inc(seconds)
            logger.info("job ended", extra={"outcome": outcome, "seconds": round(seconds, 4)})
