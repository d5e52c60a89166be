"""Which bills a debt tells of: a pure rule."""

from datetime import UTC, date, datetime, timedelta

import pytest

from cabinet.access.seen import told_by_debt
from cabinet.billing.sums import BillSums

LINKED = datetime(2026, 6, 10, tzinfo=UTC)
MONTH = timedelta(days=30)


def bills(*issued: tuple[int, int]) -> list[BillSums]:
    """By the month in which each was issued, counted from the link, and its sum; the newest first."""
    made = [
        BillSums(date(2026, 6 + month, 1), LINKED + MONTH * month, sum_minor, frozenset({sum_minor}))
        for month, sum_minor in issued
    ]
    return sorted(made, key=lambda bill: bill.period, reverse=True)


@pytest.mark.parametrize(
    ("owed", "told"),
    [
        (0, {7, 8}),
        (-500, {7, 8}),
        (1, {5, 7, 8}),
        (300, {5, 7, 8}),
        (301, {4, 5, 7, 8}),
        (5_000, {3, 4, 5, 7, 8}),
    ],
)
def test_bills_that_came_meanwhile_or_were_open_are_told(owed: int, told: set[int]) -> None:
    known = bills((-3, 100), (-2, 200), (-1, 300), (1, 400), (2, 500), (4, 600))
    found = told_by_debt(known, LINKED, LINKED + 3 * MONTH, owed)
    assert {period.month for period in found} == told


def test_bills_that_were_loaded_in_one_moment_are_told_apart() -> None:
    at = LINKED - MONTH
    loaded = [BillSums(date(2026, month, 1), at, 100, frozenset({100})) for month in (5, 4, 3)]
    assert told_by_debt(loaded, LINKED, LINKED, 100) == {date(2026, 5, 1)}
