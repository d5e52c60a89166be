"""What happens in the house is told: payments, refunds and readings, to whom they concern."""

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.models import Account, AccountLink
from cabinet.kit.dates import now
from cabinet.meters.models import Meter, MeterKind, TariffZone
from cabinet.meters.service import ReadingWish, submit_readings
from cabinet.payments.announcing import tell_paid, tell_refunded
from cabinet.payments.models import (
    Allocation,
    AllocationKind,
    Deallocation,
    Payment,
    PaymentItem,
    PaymentState,
    Refund,
    RefundState,
)
from cabinet.payments.rows import read_agreed
from cabinet.residents.models import Resident
from cabinet.webhooks.endpoints import NewSecret
from cabinet.webhooks.models import WebhookDelivery
from tests.http.api.conftest import Town


async def two_accounts(town: Town, session: AsyncSession) -> tuple[Account, Account]:
    gas = Account(provider_id=town.gas.id, number="100200300", owner_name="Ёлкин П. П.")
    water = Account(provider_id=town.water.id, number="555777")
    session.add_all([gas, water])
    await session.flush()
    return gas, water


async def paid(town: Town, session: AsyncSession) -> Payment:
    """One payment for accounts of two providers, of which the gas company alone listens."""
    gas, water = await two_accounts(town, session)
    payment = Payment(
        resident_id=town.clerk.id,
        amount_minor=300_00,
        processor="sandbox",
        idempotency_key="k",
        state=PaymentState.SUCCEEDED,
    )
    session.add(payment)
    await session.flush()
    session.add(PaymentItem(payment_id=payment.id, account_id=gas.id, amount_minor=100_00))
    session.add(PaymentItem(payment_id=payment.id, account_id=water.id, amount_minor=200_00))
    await session.flush()
    await session.refresh(payment)
    return payment


async def test_each_provider_hears_of_its_own_part(town: Town, told: NewSecret, session: AsyncSession):
    payment = await paid(town, session)
    await tell_paid(await read_agreed(payment.id, session=session), now(), session=session)
    delivery = (await session.exec(select(WebhookDelivery))).one()
    assert delivery.data["payment_number"] == payment.number
    assert [(one["account_number"], one["amount_minor"]) for one in delivery.data["items"]] == [
        ("100200300", 100_00)
    ]
    assert "Ёлкин" not in str(delivery.data)


async def test_a_refund_is_told_with_a_minus(town: Town, told: NewSecret, session: AsyncSession):
    payment = await paid(town, session)
    items = (await session.exec(select(PaymentItem).order_by(PaymentItem.amount_minor))).all()  # pyright: ignore[reportArgumentType]
    refund = Refund(
        payment_id=payment.id,
        amount_minor=40_00,
        state=RefundState.SUCCEEDED,
        reason="ошибка",
        idempotency_key="r",
        settled_at=now(),
    )
    parts = [
        Allocation(item_id=item.id, kind=AllocationKind.ADVANCE, amount_minor=item.amount_minor)
        for item in items
    ]
    session.add_all([refund, *parts])
    await session.flush()
    session.add(Deallocation(allocation_id=parts[0].id, refund_id=refund.id, amount_minor=40_00))
    await session.flush()
    await tell_refunded(refund, payment, session=session)
    delivery = (await session.exec(select(WebhookDelivery))).one()
    assert delivery.event == "payment.refunded"
    assert [one["amount_minor"] for one in delivery.data["items"]] == [-40_00]


async def test_a_reading_is_told_once_and_its_correction_too(
    town: Town, told: NewSecret, session: AsyncSession
):
    gas, _water = await two_accounts(town, session)
    alice = Resident(
        email="alice@mail.example", email_key="alice@mail.example", password_hash="-", confirmed_at=now()
    )
    meter = Meter(account_id=gas.id, kind=MeterKind.GAS, serial="G-1", unit="м³", digits=5, decimals=3)
    session.add_all([alice, meter])
    await session.flush()
    zone = TariffZone(meter_id=meter.id)
    session.add_all([zone, AccountLink(resident_id=alice.id, account_id=gas.id)])
    await session.flush()
    for value in ("100", "100", "101"):
        await submit_readings(alice.id, gas.id, {zone.id: ReadingWish(value)}, session=session)
    found = (await session.exec(select(WebhookDelivery))).all()
    assert sorted((one.event, one.data["readings"][0]["value"]) for one in found) == [
        ("reading.corrected", "101.000"),
        ("reading.submitted", "100.000"),
    ]
