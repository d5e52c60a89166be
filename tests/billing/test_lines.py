from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cabinet.billing.allocation import net_of_credits
from cabinet.billing.lines import ChargeLine, Figures, LineGap, gap_of, line_gaps
from cabinet.billing.models import ChargeKind

AMOUNTS = st.lists(st.tuples(st.sampled_from(ChargeKind), st.integers(-(10**7), 10**7)), max_size=8)


@given(AMOUNTS)
def test_credits_reduce_the_others_and_nothing_goes_negative(amounts: list[tuple[ChargeKind, int]]) -> None:
    net = net_of_credits(amounts)
    assert len(net) == len(amounts)
    assert all(0 <= left <= max(amount, 0) for left, (_kind, amount) in zip(net, amounts, strict=True))
    assert sum(net) == max(0, sum(amount for _kind, amount in amounts))


@given(AMOUNTS)
def test_a_credit_stays_within_its_kind_as_long_as_it_can(amounts: list[tuple[ChargeKind, int]]) -> None:
    of_kind = {kind: sum(amount for of, amount in amounts if of is kind) for kind in ChargeKind}
    if all(total >= 0 for total in of_kind.values()):
        net = net_of_credits(amounts)
        for kind, total in of_kind.items():
            assert sum(left for left, (of, _amount) in zip(net, amounts, strict=True) if of is kind) == total


def test_a_credit_is_shared_pro_rata_by_largest_remainder() -> None:
    service = ChargeKind.SERVICE
    assert net_of_credits([(service, 100), (service, 100), (service, 100), (service, -100)]) == [
        66,
        67,
        67,
        0,
    ]


@pytest.mark.parametrize(
    ("figures", "gap"),
    [
        (Figures(), 0),
        (Figures(opening_minor=100, closing_minor=5_000), 0),
        (Figures(100, 100, 1_000), 0),
        (Figures(100, 100, 1_001), 1),
        (Figures(-50, 0, 900), -50),
    ],
)
def test_the_gap_is_what_the_closing_balance_has_too_much(figures: Figures, gap: int) -> None:
    assert gap_of(figures, 1_000) == gap


@pytest.mark.parametrize(
    ("volume", "tariff", "expected"), [("1", "0.125", 13), ("3", "0.015", 5), ("2.5", "8.93", 2233)]
)
def test_half_a_kopeck_is_rounded_up_and_nothing_is_forgiven(volume: str, tariff: str, expected: int) -> None:
    line = ChargeLine("Газ", expected, volume=Decimal(volume), tariff=Decimal(tariff))
    assert line_gaps([line]) == []
    assert line_gaps([replace(line, amount_minor=expected - 1)]) == [LineGap("Газ", expected - 1, expected)]
    assert line_gaps([replace(line, amount_minor=expected - 50, recalculation_minor=-50)]) == []


def test_a_line_without_volume_or_tariff_cannot_be_wrong() -> None:
    assert line_gaps([ChargeLine("Капремонт", 500), ChargeLine("Газ", 5, volume=Decimal(3))]) == []
