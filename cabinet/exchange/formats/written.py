"""What a writer did."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Written:
    """The control sum of what was written: how many rows and, of payments, their sum in minor units."""

    rows: int
    total_minor: int = 0


class Count:
    """Counts rows and adds up their sums while they are written."""

    def __init__(self) -> None:
        self.rows = 0
        self.total_minor = 0

    def add(self, amount_minor: int = 0) -> None:
        """One more row."""
        self.rows += 1
        self.total_minor += amount_minor

    def written(self) -> Written:
        """The count so far."""
        return Written(self.rows, self.total_minor)
