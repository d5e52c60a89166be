"""A till whose payments really move, a clerk of the gas company, and meters that residents read."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from sqlmodel import SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.models import Account
from cabinet.exchange.exports.models import ExportKind, ExportRow, RegistryExport
from cabinet.exchange.exports.service import ExportWish
from cabinet.exchange.rows import RegistryFormat
from cabinet.kit.dates import now
from cabinet.meters.models import Meter, MeterKind, Reading, ReadingSource, ReadingState, TariffZone
from cabinet.payments.models import Payment, PaymentItem, PaymentState
from cabinet.payments.settlement import credit
from cabinet.residents.models import Resident, Role
from cabinet.residents.person import Person
from tests.payments.conftest import real_till as real_till
from tests.payments.conftest import till as till


async def clerk_of(provider_id: UUID, session: AsyncSession, role: Role = Role.CLERK) -> Person:
    email = f"{role}-{uuid4().hex[:6]}@mail.example"
    own = provider_id if role is Role.CLERK else None
    row = Resident(
        email=email, email_key=email, password_hash="x", role=role, provider_id=own, confirmed_at=now()
    )
    session.add(row)
    await session.flush()
    return Person(row.id, uuid4(), email, role.value, role, own, "ru")


async def change(row: SQLModel, session: AsyncSession, **values: Any) -> None:
    """Change a row that another session has made."""
    kept = await session.get_one(type(row), row.id)  # pyright: ignore[reportAttributeAccessIssue]
    for name, value in values.items():
        setattr(kept, name, value)
    await session.flush()


FORMAT = RegistryFormat.CSV


def wish(kind: ExportKind = ExportKind.PAYMENTS, **differently: Any) -> ExportWish:
    usual: dict[str, Any] = {"kind": kind, "format": FORMAT, "encoding": "utf-8"}
    return ExportWish(**(usual | differently))


async def rows_of(export: RegistryExport, session: AsyncSession) -> list[ExportRow]:
    rows = await session.exec(
        select(ExportRow).where(ExportRow.export_id == export.id).order_by(col(ExportRow.position))
    )
    return list(rows)


async def amounts_of(export: RegistryExport, session: AsyncSession) -> list[int]:
    return [row.amount_minor for row in await rows_of(export, session)]


async def paid(account: Account, resident_id: UUID, amount: int, session: AsyncSession) -> Payment:
    """A payment that is credited as settling does it, without a processor."""
    made = Payment(
        resident_id=resident_id,
        amount_minor=amount,
        processor="sandbox",
        state=PaymentState.PENDING,
        idempotency_key=uuid4().hex,
        session_ref=f"cs_{uuid4().hex}",
    )
    session.add(made)
    await session.flush()
    session.add(PaymentItem(payment_id=made.id, account_id=account.id, amount_minor=amount))
    await session.flush()
    await session.refresh(made)
    made.state, made.charge_ref = PaymentState.SUCCEEDED, f"pi_{made.id.hex}"
    await credit(made, session=session)
    await session.flush()
    return made


@dataclass
class Dial:
    """One zone of a gas meter."""

    account: Account
    zone: TariffZone

    async def reads(self, value: str, session: AsyncSession, **differently: Any) -> Reading:
        usual: dict[str, Any] = {
            "zone_id": self.zone.id,
            "value": Decimal(value),
            "taken_on": date(2026, 11, 20),
            "period": date(2026, 11, 1),
            "source": ReadingSource.RESIDENT,
            "state": ReadingState.SUBMITTED,
        }
        reading = Reading(**(usual | differently))
        session.add(reading)
        await session.flush()
        return reading


async def gas_dial(account: Account, session: AsyncSession, serial: str = "СГ-1") -> Dial:
    meter = Meter(account_id=account.id, kind=MeterKind.GAS, serial=serial, unit="м³")
    session.add(meter)
    await session.flush()
    zone = TariffZone(meter_id=meter.id)
    session.add(zone)
    await session.flush()
    return Dial(account, zone)
