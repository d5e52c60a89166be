from datetime import date
from decimal import Decimal
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from cabinet.meters.models import MeterKind, Tariff
from cabinet.meters.tariffs import valid_on

PROVIDER = uuid4()
DAYS = st.dates(date(2024, 1, 1), date(2027, 12, 31))


def tariff(since: date, price: int = 1, zone: int = 1) -> Tariff:
    return Tariff(
        provider_id=PROVIDER,
        kind=MeterKind.ELECTRICITY,
        zones=2,
        zone=zone,
        price=Decimal(price),
        valid_from=since,
    )


@given(st.dictionaries(DAYS, st.integers(1, 1000)), DAYS)
def test_the_last_tariff_that_has_begun_is_the_one(prices: dict[date, int], today: date) -> None:
    rows = [tariff(since, price) for since, price in prices.items()]
    found = valid_on({PROVIDER: today}, rows)
    begun = [since for since in prices if since <= today]
    expected = [prices[max(begun)]] if begun else []
    assert list(found.values()) == expected


def test_zones_have_prices_of_their_own() -> None:
    day = date(2026, 1, 1)
    found = valid_on({PROVIDER: day}, [tariff(day, 7), tariff(day, 3, zone=2)])
    assert found[PROVIDER, MeterKind.ELECTRICITY, 2, 2] == 3


def test_a_price_begins_on_its_day() -> None:
    rows = [tariff(date(2026, 7, 1), 7)]
    assert valid_on({PROVIDER: date(2026, 6, 30)}, rows) == {}
    assert len(valid_on({PROVIDER: date(2026, 7, 1)}, rows)) == 1
