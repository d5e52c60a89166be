"""What a process looks at in itself: pools, memory, disk, and how late its event loop is."""

import asyncio
import shutil
import time
from contextlib import suppress
from pathlib import Path

import psutil
from prometheus_client import CollectorRegistry, generate_latest, multiprocess

from cabinet.settings import settings
from cabinet.watching import metrics
from cabinet.watching.migrations import newest_revision
from cabinet.watching.version import VERSION

_EVERY_SECONDS = 10
_STILL_ALIVE_SECONDS = 60
_me = psutil.Process()
_cpu_seconds = 0.0
_last_beat = 0.0


async def keep_watch() -> None:
    """Look every ten seconds until the process ends; a lifespan task, in workers of jobs too."""
    global _last_beat
    try:
        while True:
            begin = time.monotonic()
            await asyncio.sleep(_EVERY_SECONDS)
            _last_beat = time.monotonic()
            metrics.LAG.set(max(_last_beat - begin - _EVERY_SECONDS, 0))
            look()
    finally:
        _last_beat = 0.0


def is_alive() -> bool:
    """Whether the event loop has moved within the last minute; true before it began and after it was told to end."""
    return not _last_beat or time.monotonic() - _last_beat < _STILL_ALIVE_SECONDS


def look() -> None:
    """Bring the gauges of this process up to date."""
    global _cpu_seconds
    for name, usage in metrics.pools.items():
        for kind, value in zip(("open", "used", "most"), usage(), strict=True):
            metrics.POOL.labels(name, kind).set(value)
    metrics.MEMORY.set(_me.memory_info().rss)
    spent = sum(_me.cpu_times()[:2])
    metrics.CPU.inc(max(spent - _cpu_seconds, 0))
    _cpu_seconds = spent
    metrics.BUILD.labels(VERSION, newest_revision()).set(1)
    with suppress(OSError):
        disk = shutil.disk_usage(settings.data_dir)
        metrics.DISK_FREE.set(disk.free / disk.total)


def exposition() -> bytes:
    """What Prometheus reads: this process's numbers, or those of all workers behind this port together."""
    look()
    if settings.metrics_dir is None:
        return generate_latest(metrics.REGISTRY)
    _forget_the_dead(settings.metrics_dir)
    together = CollectorRegistry()
    multiprocess.MultiProcessCollector(together, path=str(settings.metrics_dir))
    return generate_latest(together)


def _forget_the_dead(folder: Path) -> None:
    """Workers that were replaced hold no memory and no sockets; what they counted stays."""
    for file in folder.glob("gauge_live*_*.db"):
        pid = file.stem.rpartition("_")[2]
        if not psutil.pid_exists(int(pid)):
            multiprocess.mark_process_dead(int(pid), str(folder))
