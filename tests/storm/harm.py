"""What the storm does to the cluster."""

import os
import random
import signal
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.storm.clock import Clock
from tests.storm.cluster import Cluster

_BLOCK = b"\0" * (1 << 20)
_FULL_SECONDS = 8
_JUMP_SECONDS = 12
HOUR_SECONDS, _NEAR_SECONDS = 3600, 30


def kill(name: str) -> Callable[[Cluster], None]:
    """Kill one process of that name, as a machine that loses power does."""

    def do(cluster: Cluster) -> None:
        os.kill(random.choice(cluster.pids(name)), signal.SIGKILL)

    return do


def roll_out(cluster: Cluster) -> None:
    """A new version with a migration, one process after another."""
    cluster.roll_out()


def fill_disk(folder: Path) -> Callable[[Cluster], None]:
    """Leave no byte on the disk of the data, for a while."""

    def do(_cluster: Cluster) -> None:
        ballast = folder / "ballast"
        try:
            with ballast.open("wb", buffering=0) as file:
                until = time.monotonic() + _FULL_SECONDS
                while time.monotonic() < until:
                    try:
                        file.write(_BLOCK)
                    except OSError:
                        time.sleep(0.2)
        finally:
            ballast.unlink(missing_ok=True)

    return do


def jump_clock(clock: Clock) -> Callable[[Cluster], None]:
    """The clock of all processes goes an hour ahead or back, stays there for a while, and is put right again."""

    def do(cluster: Cluster) -> None:
        for seconds in (random.choice((HOUR_SECONDS, -HOUR_SECONDS)), 0):
            clock.set(seconds)
            seen = cluster.books().seconds_ahead()
            assert abs(seen - seconds) < _NEAR_SECONDS, f"the database's clock is {seen} s ahead"
            time.sleep(_JUMP_SECONDS)

    return do


KILLS: Mapping[str, Callable[[Cluster], None]] = {
    "kill -9 of a web process": kill("web"),
    "kill -9 of a job worker": kill("jobs"),
    "kill -9 of Redis": kill("redis"),
    "kill -9 of PostgreSQL": kill("postgres"),
    "kill -9 of the mail server": kill("smtp"),
    "kill -9 of the processor": kill("sandbox"),
    "a new version, rolled out": roll_out,
}
