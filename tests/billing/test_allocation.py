from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cabinet.billing.allocation import OpenLine, Part, PartKind, allocate, open_lines_within
from cabinet.billing.models import ChargeKind

PERIODS = [date(2026, month, 1) for month in (7, 8, 9)]
PERIOD = st.sampled_from(PERIODS)
LINES = st.lists(
    st.builds(
        OpenLine,
        charge_id=st.uuids(),
        period=PERIOD,
        due_on=st.just(date(2026, 10, 15)),
        kind=st.sampled_from(list(ChargeKind)),
        service=st.just("Вода"),
        open_minor=st.integers(-1000, 10**7),
    ),
    max_size=9,
    unique_by=lambda line: line.charge_id,
)
AMOUNT = st.integers(1, 10**8)


def _line(n: int, period: date, open_minor: int, kind: ChargeKind = ChargeKind.SERVICE) -> OpenLine:
    return OpenLine(UUID(int=n), period, date(2026, 10, 15), kind, "Вода", open_minor)


def _paid(parts: list[Part]) -> dict[UUID | None, int]:
    return {part.charge_id: part.amount_minor for part in parts}


@given(AMOUNT, LINES, st.none() | PERIOD)
def test_the_parts_add_up_and_no_line_gets_more_than_it_owes(
    amount: int, lines: list[OpenLine], period: date | None
) -> None:
    parts = allocate(amount, lines, period)
    assert sum(part.amount_minor for part in parts) == amount
    assert all(part.amount_minor > 0 for part in parts)
    assert len({part.charge_id for part in parts}) == len(parts)
    owed = {line.charge_id: line.open_minor for line in lines}
    assert all(part.amount_minor <= owed[part.charge_id] for part in parts if part.charge_id)


@given(AMOUNT, LINES, st.none() | PERIOD)
def test_an_advance_is_left_only_when_everything_is_paid(
    amount: int, lines: list[OpenLine], period: date | None
) -> None:
    owed = sum(max(line.open_minor, 0) for line in lines)
    advance = sum(
        part.amount_minor for part in allocate(amount, lines, period) if part.kind is PartKind.ADVANCE
    )
    assert advance == max(0, amount - owed)


@given(AMOUNT, LINES)
def test_debt_comes_before_penalty(amount: int, lines: list[OpenLine]) -> None:
    parts = allocate(amount, lines, None)
    debt = sum(max(line.open_minor, 0) for line in lines if line.kind is ChargeKind.SERVICE)
    paid = sum(part.amount_minor for part in parts if part.kind is PartKind.CHARGE)
    assert paid == min(amount, debt)


@given(AMOUNT, LINES, PERIOD)
def test_the_named_period_comes_first(amount: int, lines: list[OpenLine], period: date) -> None:
    paid = _paid(allocate(amount, lines, period))
    named = [line for line in lines if line.period == period and line.open_minor > 0]
    assert sum(paid.get(line.charge_id, 0) for line in named) == min(
        amount, sum(line.open_minor for line in named)
    )


@given(AMOUNT, LINES)
def test_an_older_debt_is_paid_before_a_newer_one(amount: int, lines: list[OpenLine]) -> None:
    paid = _paid(allocate(amount, lines, None))
    services = [line for line in lines if line.kind is ChargeKind.SERVICE and line.open_minor > 0]
    for newer in (line for line in services if paid.get(line.charge_id)):
        older = [line for line in services if line.period < newer.period]
        assert all(paid.get(line.charge_id, 0) == line.open_minor for line in older)


def test_a_part_of_a_bill_is_split_pro_rata_with_the_largest_remainder() -> None:
    lines = [_line(n, PERIODS[0], owed) for n, owed in ((1, 10_000), (2, 10_000), (3, 10_000))]
    assert [part.amount_minor for part in allocate(10_000, lines, None)] == [3334, 3333, 3333]


def test_without_debt_everything_is_an_advance() -> None:
    assert allocate(500, [], None) == [Part(PartKind.ADVANCE, None, 500)]


@given(st.integers(-(10**7), 10**8), LINES)
def test_open_lines_never_exceed_the_balance(balance: int, lines: list[OpenLine]) -> None:
    left = open_lines_within(balance, lines)
    owed = sum(max(line.open_minor, 0) for line in lines)
    assert sum(line.open_minor for line in left) == min(max(balance, 0), owed)
    before = {line.charge_id: line for line in lines}
    for line in left:
        assert 0 < line.open_minor <= before[line.charge_id].open_minor
        assert replace(line, open_minor=0) == replace(before[line.charge_id], open_minor=0)


def test_money_paid_elsewhere_paid_the_oldest_first() -> None:
    lines = [_line(1, PERIODS[0], 1000), _line(2, PERIODS[1], 1000), _line(3, PERIODS[2], 1000)]
    assert {line.charge_id: line.open_minor for line in open_lines_within(1500, lines)} == {
        UUID(int=2): 500,
        UUID(int=3): 1000,
    }


@pytest.mark.parametrize("balance", [0, -500])
def test_nothing_is_open_without_a_debt(balance: int) -> None:
    assert open_lines_within(balance, [_line(1, PERIODS[0], 1000)]) == []
