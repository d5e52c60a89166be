"""The provider's least amount: of own sums, never of a whole debt."""

from uuid import uuid4

import pytest

from cabinet.payments.errors import BelowLeast
from cabinet.payments.plan import Terms, Wish, amount_of

TERMS = Terms(debt_minor=50_00, limit_minor=1000_00, commission_bp=0, smallest_minor=100_00)


@pytest.mark.parametrize(("typed", "paid"), [(None, 50_00), ("50", 50_00), ("100", 100_00)])
def test_the_whole_debt_or_the_least_amount_is_taken(typed: str | None, paid: int) -> None:
    assert amount_of(Wish(uuid4(), typed), TERMS) == paid


@pytest.mark.parametrize("typed", ["49,99", "50,01", "99,99"])
def test_an_own_sum_below_the_least_is_refused_in_words(typed: str) -> None:
    with pytest.raises(BelowLeast) as problem:
        amount_of(Wish(uuid4(), typed), TERMS)
    assert "100,00" in problem.value.message()
