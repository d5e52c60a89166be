from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cabinet.billing.comparison import Cause, Effect, explain, round_to
from cabinet.billing.lines import ChargeLine, price_minor, total_of
from cabinet.billing.models import ChargeKind
from cabinet.billing.words import say_in_month
from cabinet.i18n import use_locale

SERVICES = st.sampled_from(["Газ", "Вода", "Свет", "Тепло"])
NUMBERS = st.none() | st.decimals(0, 5000, places=4, allow_nan=False)
LINES = st.lists(
    st.builds(
        ChargeLine,
        service=SERVICES,
        amount_minor=st.integers(-(10**7), 10**7),
        kind=st.sampled_from(ChargeKind),
        volume=NUMBERS,
        unit=st.sampled_from(["м³", "кВт·ч"]),
        tariff=NUMBERS,
        recalculation_minor=st.integers(-(10**6), 10**6),
    ),
    max_size=6,
)


def _line(service: str, volume: str, tariff: str, recalculation: int = 0) -> ChargeLine:
    amount = price_minor(Decimal(volume), Decimal(tariff)) + recalculation
    return ChargeLine(
        service,
        amount,
        volume=Decimal(volume),
        unit="м³",
        tariff=Decimal(tariff),
        recalculation_minor=recalculation,
    )


def _penalty(amount: int) -> ChargeLine:
    return ChargeLine("Пени", amount, ChargeKind.PENALTY)


@given(LINES, LINES)
def test_the_parts_add_up_to_the_difference(before: list[ChargeLine], after: list[ChargeLine]) -> None:
    parts = explain(before, after)
    assert sum(part.amount_minor for part in parts) == total_of(after) - total_of(before)
    assert all(part.amount_minor for part in parts)
    assert len({(part.cause, part.service) for part in parts}) == len(parts)


@given(LINES)
def test_the_same_bill_needs_no_explanation(lines: list[ChargeLine]) -> None:
    assert explain(lines, lines) == []


@given(st.lists(st.fractions(-1000, 1000), min_size=1, max_size=6), st.integers(-5, 5))
def test_rounding_stays_near_and_adds_up(exact: list[Fraction], odd: int) -> None:
    total = round(sum(exact)) + odd
    rounded = round_to(total, exact)
    assert sum(rounded) == total
    off = total - sum(exact)
    assert all(abs(one - value) <= abs(off) + 1 for one, value in zip(rounded, exact, strict=True))


@given(st.decimals(0, 5000, places=4), st.decimals(0, 5000, places=4), st.decimals("0.01", 5000, places=4))
def test_at_the_same_tariff_only_the_volume_acts(old: Decimal, new: Decimal, tariff: Decimal) -> None:
    causes = {
        part.cause
        for part in explain([_line("Газ", str(old), str(tariff))], [_line("Газ", str(new), str(tariff))])
    }
    assert causes <= {Cause.VOLUME}


def test_the_volume_counts_at_the_old_tariff_and_the_tariff_on_the_new_volume() -> None:
    assert explain([_line("Газ", "100", "8")], [_line("Газ", "120", "9")]) == [
        Effect(Cause.VOLUME, "Газ", 16_000),
        Effect(Cause.TARIFF, "Газ", 12_000),
    ]


def test_penalty_recalculation_and_services_are_told_apart() -> None:
    before = [_line("Газ", "100", "8", recalculation=-500), _line("Домофон", "1", "50"), _penalty(100)]
    after = [_line("Газ", "100", "8"), _line("Мусор", "1", "187.20"), _penalty(250)]
    assert set(explain(before, after)) == {
        Effect(Cause.NO_RECALCULATION, "Газ", 500),
        Effect(Cause.GONE, "Домофон", -5_000),
        Effect(Cause.NEW, "Мусор", 18_720),
        Effect(Cause.PENALTY, "", 150),
    }


@pytest.mark.parametrize(
    ("was", "now", "cause"),
    [
        (0, -300, Cause.RECALCULATION),
        (-500, -300, Cause.RECALCULATION),
        (-500, 0, Cause.NO_RECALCULATION),
    ],
)
def test_a_recalculation_that_is_over_is_not_called_one(was: int, now: int, cause: Cause) -> None:
    before, after = [_line("Газ", "100", "8", was)], [_line("Газ", "100", "8", now)]
    assert explain(before, after) == [Effect(cause, "Газ", now - was)]


def test_a_line_that_does_not_add_up_is_not_blamed_on_anything() -> None:
    wrong = ChargeLine("Газ", 90_000, volume=Decimal(100), unit="м³", tariff=Decimal(8))
    assert explain([_line("Газ", "100", "8")], [wrong]) == [Effect(Cause.CHARGE, "Газ", 10_000)]


def test_two_meters_of_one_service_count_together() -> None:
    before = [_line("Вода", "3", "50"), _line("Вода", "2", "50")]
    assert explain(before, [_line("Вода", "7", "50")]) == [Effect(Cause.VOLUME, "Вода", 10_000)]


@pytest.mark.parametrize(
    ("month", "said"),
    [(1, "январе"), (3, "марте"), (5, "мае"), (8, "августе"), (9, "сентябре"), (12, "декабре")],
)
def test_months_have_their_case(month: int, said: str) -> None:
    with use_locale("ru"):
        assert say_in_month(date(2026, month, 1), date(2026, 12, 1)) == said
        assert say_in_month(date(2025, month, 1), date(2026, 1, 1)) == f"{said} 2025 года"
