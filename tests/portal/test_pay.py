"""The payment page: choices, the preview under them, and the warning about earlier payments."""

from datetime import date

import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.payments.models import PaymentItem
from cabinet.portal.pay.state import DEBT, NOTHING, OWN, PayLine, PayState
from tests.payments.conftest import FakeProcessor
from tests.portal.conftest import press_pay


async def opened() -> PayState:
    page = PayState(_reflex_internal_init=True)  # pyright: ignore[reportCallIssue]
    await page.load()
    return page


def line_of(page: PayState, number: str) -> PayLine:
    return next(line for line in page.lines if line.number.replace(" ", "") == number)


def split(page: PayState) -> list[tuple[str, str]]:
    return [(part.words, part.amount) for part in line_of(page, "100200300").parts]


async def test_the_debt_is_split_as_soon_as_the_page_opens(alice: None) -> None:
    page = await opened()
    assert [line_of(page, number).choice for number in ("100200300", "555")] == [DEBT, NOTHING]
    assert split(page) == [("Газ, September 2026", "₽1,000.00"), ("Газ, October 2026", "₽500.00")]


async def test_the_preview_follows_what_is_typed(alice: None) -> None:
    page = await opened()
    gas = line_of(page, "100200300").id
    page.type_own(gas, "1600")
    assert split(page)[-1] == ("Advance: stays on the account", "₽100.00")
    page.type_own(gas, "1600x")
    assert split(page) == []


async def test_a_month_can_be_named_and_is_kept_with_the_payment(
    alice: None, session: AsyncSession, fake: FakeProcessor
) -> None:
    page = await opened()
    gas = line_of(page, "100200300").id
    assert [one.value for one in line_of(page, "100200300").periods] == ["2026-09-01", "2026-10-01"]
    page.type_own(gas, "300")
    page.choose_period(gas, "2026-10-01")
    assert split(page) == [("Газ, October 2026", "₽300.00")]
    form = {f"choice-{gas}": OWN, f"own-{gas}": "300", f"period-{gas}": "2026-10-01"}
    await press_pay(page, form)
    assert page.leaving_to.endswith(" https://pay.example/cs_0")
    assert (await session.exec(select(PaymentItem))).one().period == date(2026, 10, 1)


@pytest.mark.parametrize("invented", ["2020-01-01", "2026-10-02", "x", "0000-00-00"])
async def test_an_invented_month_is_no_month(
    alice: None, session: AsyncSession, fake: FakeProcessor, invented: str
) -> None:
    page = await opened()
    gas = line_of(page, "100200300").id
    page.type_own(gas, "300")
    page.choose_period(gas, invented)
    assert split(page) == [("Газ, September 2026", "₽300.00")]
    await press_pay(page, {f"choice-{gas}": OWN, f"own-{gas}": "300", f"period-{gas}": invented})
    assert (await session.exec(select(PaymentItem))).one().period is None


async def test_an_open_payment_is_told_and_offered_again(alice: None, fake: FakeProcessor) -> None:
    page = await opened()
    gas = line_of(page, "100200300").id
    assert line_of(page, "100200300").earlier.title == ""
    await press_pay(page, {f"choice-{gas}": DEBT})
    page = await opened()
    earlier = line_of(page, "100200300").earlier
    assert "₽1,500.00" in earlier.text
    assert earlier.page.startswith("/payments/")
    page.continue_earlier(gas)
    assert page.leaving_to.endswith(" https://pay.example/cs_0")
