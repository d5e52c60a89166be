"""The payment page that begins with the month and the sum of a bill."""

from datetime import date
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cabinet.billing.allocation import OpenLine
from cabinet.billing.models import ChargeKind
from cabinet.i18n import use_locale
from cabinet.portal.pay.wished import wished

SEPTEMBER, OCTOBER = date(2026, 9, 1), date(2026, 10, 1)


def debt(period: date, minor: int) -> OpenLine:
    return OpenLine(uuid4(), period, period, ChargeKind.SERVICE, "Газ", minor)


DEBTS = [debt(SEPTEMBER, 100_000), debt(OCTOBER, 50_000)]


@pytest.mark.parametrize(
    ("asked", "period", "own"),
    [
        ({"sum": "30000"}, None, "300.00"),
        ({"sum": "30000", "period": "2026-10"}, OCTOBER, "300.00"),
        ({"period": "2026-10"}, OCTOBER, "500.00"),
        ({"period": "2026-10", "sum": "150000"}, OCTOBER, ""),
        ({"period": "2025-01", "sum": "30000"}, None, "300.00"),
        ({"period": "2025-01"}, None, ""),
    ],
)
def test_the_form_begins_with_the_bill(asked: dict[str, str], period: date | None, own: str) -> None:
    with use_locale("en"):
        found = wished(asked, DEBTS, 150_000)
        assert found and (found.period, found.own) == (period, own)


def test_it_says_what_it_begins_with() -> None:
    with use_locale("en"):
        found = wished({"period": "2026-10", "sum": "30000"}, DEBTS, 150_000)
        assert found and found.words == "From the bill: October 2026, ₽300.00. Compare it before you pay."
        paid = wished({"period": "2026-08", "sum": "30000"}, DEBTS, 150_000)
        assert paid and "Nothing is owed for August 2026" in paid.words


@pytest.mark.parametrize(
    "asked", [{}, {"sum": "-1"}, {"sum": "٣"}, {"sum": "0"}, {"period": "2026-13"}, {"sum": "9" * 30}]
)
def test_what_cannot_be_read_asks_for_nothing(asked: dict[str, str]) -> None:
    assert wished(asked, DEBTS, 150_000) is None


@given(st.text(max_size=20), st.text(max_size=20))
def test_any_address_is_read(period: str, amount: str) -> None:
    found = wished({"period": period, "sum": amount}, DEBTS, 150_000)
    assert found is None or found.amount_minor >= 0
