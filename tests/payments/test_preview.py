"""How a payment splits: what is shown before paying is what is stored."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.billing import service as billing
from cabinet.billing.models import ChargeKind
from cabinet.billing.service import ChargeLine, OpenLine, PartKind
from cabinet.i18n import use_locale
from cabinet.kit.money import parse_amount
from cabinet.payments import service as payments
from cabinet.payments.models import Allocation, PaymentItem
from cabinet.payments.preview import SplitPart, open_periods, preview_split, say_part, stored_splits
from cabinet.payments.service import Wish
from tests.payments.conftest import FakeProcessor, Neighbours, settle_in

SEPTEMBER, OCTOBER, NOVEMBER = (date(2026, month, 1) for month in (9, 10, 11))


@pytest.fixture
async def people(session: AsyncSession) -> Neighbours:
    people = await settle_in(session)
    lines = [
        ChargeLine("Отопление", 33_333),
        ChargeLine("Вода", 11_111),
        ChargeLine("Пени", 707, kind=ChargeKind.PENALTY),
    ]
    await billing.issue_bill(people.gas.id, NOVEMBER, NOVEMBER + timedelta(days=44), lines, session=session)
    return people


@pytest.mark.parametrize("typed", ["50", "1000", "1400,01", "1951,51", "5000"])
@pytest.mark.parametrize("period", [None, SEPTEMBER, OCTOBER, NOVEMBER, date(2020, 1, 1)])
async def test_the_preview_is_what_is_stored(
    people: Neighbours, session: AsyncSession, fake: FakeProcessor, typed: str, period: date | None
) -> None:
    wish = Wish(people.gas.id, own_amount=typed, period=period)
    amount = parse_amount(typed)
    shown = preview_split(
        amount, (await payments.open_debts([people.gas.id], session=session))[people.gas.id], period
    )
    started = await payments.start_payment(people.alice.id, [wish], attempt=uuid4().hex, locale="ru")
    fake.pay("cs_0")
    await payments.settle(started.payment_id)
    item = (await session.exec(select(PaymentItem))).one()
    stored = (await session.exec(select(Allocation))).all()
    assert sorted((p.kind.value, str(p.charge_id), p.amount_minor) for p in shown) == sorted(
        (a.kind.value, str(a.charge_id), a.amount_minor) for a in stored
    )
    assert (await stored_splits([item.id], session=session))[item.id] == shown


async def test_a_named_month_is_paid_before_an_older_one(people: Neighbours, session: AsyncSession) -> None:
    lines = (await payments.open_debts([people.gas.id], session=session))[people.gas.id]
    parts = preview_split(50_000, lines, OCTOBER)
    assert [(part.period, part.amount_minor) for part in parts] == [(OCTOBER, 50_000)]


async def test_what_earlier_payments_paid_is_not_offered_again(
    people: Neighbours, session: AsyncSession, fake: FakeProcessor
) -> None:
    wish = Wish(people.gas.id, own_amount="500", period=OCTOBER)
    started = await payments.start_payment(people.alice.id, [wish], attempt="a", locale="ru")
    fake.pay("cs_0")
    await payments.settle(started.payment_id)
    lines = (await payments.open_debts([people.gas.id], session=session))[people.gas.id]
    assert [(one.period, one.open_minor) for one in open_periods(lines)] == [
        (SEPTEMBER, 100_000),
        (NOVEMBER, 45_151),
    ]


@given(
    amount=st.integers(1, 10**9),
    owed=st.lists(st.tuples(st.integers(1, 12), st.booleans(), st.integers(1, 10**7)), max_size=8),
    named=st.none() | st.integers(1, 12),
)
def test_the_parts_add_up_and_no_charge_gets_more_than_it_owes(
    amount: int, owed: list[tuple[int, bool, int]], named: int | None
) -> None:
    lines = [_line(month, penalty, open_minor) for month, penalty, open_minor in owed]
    parts = preview_split(amount, lines, date(2026, named, 1) if named else None)
    assert sum(part.amount_minor for part in parts) == amount
    open_by_charge = {line.charge_id: line.open_minor for line in lines}
    assert all(part.amount_minor <= open_by_charge[part.charge_id] for part in parts if part.charge_id)
    advance = sum(part.amount_minor for part in parts if part.kind is PartKind.ADVANCE)
    assert advance == max(amount - sum(open_by_charge.values()), 0)


def test_parts_are_named() -> None:
    advance = SplitPart(PartKind.ADVANCE, None, None, "", 1)
    gas = SplitPart(PartKind.CHARGE, uuid4(), OCTOBER, "Газ", 1)
    with use_locale("en"):
        assert [say_part(advance), say_part(gas)] == ["Advance: stays on the account", "Газ, October 2026"]


def _line(month: int, penalty: bool, open_minor: int) -> OpenLine:
    period = date(2026, month, 1)
    kind = ChargeKind.PENALTY if penalty else ChargeKind.SERVICE
    return OpenLine(uuid4(), period, period, kind, "x", open_minor)
