"""What was used, month by month, as the readings of a meter say. Pure rules: no tables, no I/O."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from uuid import UUID

from cabinet.kit.dates import add_months
from cabinet.meters.rules import Dial, Past, months_between

ByMonth = dict[date, Decimal]
"""What was used in each month; a month of which nothing is known is missing."""


@dataclass(frozen=True, slots=True)
class Stand(Past):
    """A counted value, and the reading that it comes from; of one zone, the earliest first."""

    id: UUID | None = None


def uses_of(stands: Sequence[Past], dial: Dial) -> list[Decimal | None]:
    """What was used up to each value since the one before it; None for the first.

    Of what is billed: dial times ratio. Negative where the value before was too high, such as a
    calculated one: so the sum of all is always the last value less the first.
    """
    if not stands:
        return []
    return [None, *(_moved(earlier, later, dial) for earlier, later in pairwise(stands))]


def monthly(stands: Sequence[Past], dial: Dial) -> ByMonth:
    """The uses by month. One over several months is spread evenly, the odd digit to the last of them."""
    months: defaultdict[date, Decimal] = defaultdict(Decimal)
    for earlier, later in pairwise(stands):
        for period, part in _spread(earlier.period, later.period, _moved(earlier, later, dial), dial):
            months[period] += part
    return dict(months)


def together(parts: Iterable[Mapping[date, Decimal]]) -> ByMonth:
    """Several zones, or a meter and the one that it replaced, as one."""
    months: defaultdict[date, Decimal] = defaultdict(Decimal)
    for part in parts:
        for period, use in part.items():
            months[period] += use
    return dict(months)


def yearly(months: Mapping[date, Decimal]) -> dict[int, Decimal]:
    """The uses by calendar year, the earliest first."""
    years: defaultdict[int, Decimal] = defaultdict(Decimal)
    for period in sorted(months):
        years[period.year] += months[period]
    return dict(years)


def last_months(newest: date, count: int) -> list[date]:
    """So many months up to the newest, the earliest first."""
    return [add_months(newest, ago) for ago in range(1 - count, 1)]


def _moved(earlier: Past, later: Past, dial: Dial) -> Decimal:
    return (later.value - earlier.value + (dial.turn if later.zero_crossing else 0)) * dial.ratio


def _spread(earlier: date, later: date, use: Decimal, dial: Dial) -> list[tuple[date, Decimal]]:
    """The months after the earlier period, each with its part; within one month, that month."""
    count = max(1, months_between(earlier, later))
    even = (use / count).quantize(Decimal(1).scaleb(-dial.decimals), ROUND_HALF_UP)
    parts = [even] * (count - 1) + [use - even * (count - 1)]
    return list(zip(last_months(later, count), parts, strict=True))
