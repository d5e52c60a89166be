"""Bars by day, drawn on the server: a picture that needs no script."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 600, 120
_GAP = 4
_LEAST = 2
"""What is not zero is seen."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle of the picture, in its own units."""

    x: float
    y: float
    width: float
    height: float


def bars(values: Sequence[int]) -> list[Bar]:
    """A bar for each value, as high as its share of the largest; a zero has no height."""
    step, top = WIDTH / max(len(values), 1), max(values, default=0)
    return [
        Bar(round(index * step, 2), HEIGHT - high, round(step - _GAP, 2), high)
        for index, value in enumerate(values)
        for high in [_height(value, top)]
    ]


def _height(value: int, top: int) -> float:
    return max(round(HEIGHT * value / top, 2), _LEAST) if value > 0 else 0
