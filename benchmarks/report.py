"""The figures as a table of ratios with their aims, and as JSON."""

import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from statistics import median
from typing import Any

_SMALL = 100
"""Below it a figure is written with one decimal."""


@dataclass(frozen=True)
class Row:
    """One comparison; `aim` bounds ours divided by blank, from above or, with `at_least`, from below.

    Without `blank` it is a figure of ours alone.
    """

    name: str
    unit: str
    blank: float | None
    ours: float
    aim: float = 0
    at_least: bool = False

    @property
    def ratio(self) -> float:
        """0 where there is nothing to divide by."""
        return self.ours / self.blank if self.blank else 0

    @property
    def verdict(self) -> str:
        """`met`, `missed`, or nothing where there is no aim."""
        if not self.aim:
            return ""
        met = self.ratio >= self.aim if self.at_least else self.ratio <= self.aim
        return "met" if met else "missed"

    @property
    def aim_text(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.aim:.2f}" if self.aim else ""

    def facts(self) -> dict[str, Any]:
        return {**asdict(self), "ratio": round(self.ratio, 3), "verdict": self.verdict}


def machine() -> dict[str, Any]:
    """What the figures were taken on; the load tells how far to trust the times."""
    return {
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "reflex": version("reflex"),
        "granian": version("granian"),
        "load_average": round(os.getloadavg()[0], 1),
    }


def summary(milliseconds: Sequence[float]) -> dict[str, float]:
    """Median and the 95th percentile."""
    ordered = sorted(milliseconds)
    return {"p50": median(ordered), "p95": ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]}


def middle(rounds: Sequence[dict[str, float]]) -> dict[str, float]:
    """The median of each figure over the rounds."""
    return {name: median(one[name] for one in rounds) for name in rounds[0]}


def table(rows: Iterable[Row], compared: tuple[str, str] = ("blank", "cabinet")) -> str:
    """The rows in columns."""
    head = ("", *compared, "unit", "ratio", "aim", "")
    cells = [head, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(head))]
    return "\n".join(_line(line, widths) for line in cells)


def _cells(row: Row) -> tuple[str, ...]:
    ratio = f"{row.ratio:.2f}" if row.blank else ""
    return (row.name, _figure(row.blank), _figure(row.ours), row.unit, ratio, row.aim_text, row.verdict)


def _figure(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.{1 if abs(value) < _SMALL and value % 1 else 0}f}"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = zip(cells, widths, strict=True)
    return "  ".join([first[0].ljust(first[1]), *(text.rjust(width) for text, width in rest)]).rstrip()
