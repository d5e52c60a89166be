"""How long a property is tried: one short round in the tests, rounds until the time is over in `make fuzz`."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, seed, settings
from hypothesis.strategies import SearchStrategy

MOST_GROWTH_MB = 300
EVERY_CHECK: Any = list(HealthCheck)
_KB_OF_PAGE = 4


@dataclass(slots=True)
class Clock:
    """Hands out rounds; each has a number to seed it with."""

    seconds: float
    began: float = field(default_factory=time.monotonic)
    rss_began: int = 0

    @property
    def is_long(self) -> bool:
        """Whether there is time for more than a look."""
        return self.seconds > 0

    def try_out(
        self, body: Callable[..., None], *drawn: SearchStrategy[Any], few: int, many: int = 150
    ) -> None:
        """Call `body` with drawn values: `few` times in the tests, `many` in each round of a long run."""
        for number in self.rounds():
            quiet = settings(
                max_examples=many if self.is_long else few,
                deadline=None,
                database=None,
                suppress_health_check=EVERY_CHECK,
                print_blob=False,
            )
            seed(number)(quiet(given(*drawn)(body)))()

    def rounds(self) -> Iterator[int]:
        """Numbers of rounds; the memory is measured after the first, when all is loaded."""
        number = int(time.time()) if self.is_long else 1
        yield number
        self.rss_began = resident_mb()
        while time.monotonic() - self.began < self.seconds:
            number += 1
            yield number

    def tell(self, what: str, executions: int, more: str) -> None:
        """Say what was done, and that the memory stayed within bounds."""
        grown = resident_mb() - self.rss_began
        print(
            f"\nFUZZED {what}: {executions:,} executions, {more}, {self.rss_began} → {self.rss_began + grown} MB"
        )
        assert grown < MOST_GROWTH_MB, f"memory grew by {grown} MB"


def resident_mb() -> int:
    """What this process holds of the memory; 0 where the system does not say."""
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[1]) * _KB_OF_PAGE // 1024 if statm.exists() else 0
