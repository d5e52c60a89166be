"""Payouts: what we took for a provider, handed over to the kopeck, with a register of what it is made of."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import StringIO
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import and_, func, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts import service as accounts
from cabinet.accounts.service import AccountCard
from cabinet.audit.service import record
from cabinet.errors import NotFound
from cabinet.kit.dates import now, today_in
from cabinet.ledger import service as ledger
from cabinet.ledger.models import Entry, JournalKind
from cabinet.ledger.service import Line
from cabinet.payments.corrections import Correction, corrections_of
from cabinet.payments.errors import BadConfirmationDay, NothingOwed, OwedChanged
from cabinet.payments.models import (
    Allocation,
    Deallocation,
    Payment,
    PaymentItem,
    PaymentState,
    Payout,
    Refund,
    RefundState,
)
from cabinet.payments.rows import gone_from_item, lock_on
from cabinet.providers import service as providers
from cabinet.residents.person import Permission, Person

LONGEST_REFERENCE = 120


@dataclass(frozen=True, slots=True)
class OwedItem:
    """A paid item, net of what was refunded before it was handed over; minor units."""

    item: PaymentItem
    payment_number: int
    paid_at: datetime | None
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Owed:
    """What a provider is to get now; minor units."""

    provider_id: UUID
    balance_minor: int
    """The payable of the ledger."""
    held_minor: int
    """Of it, what stays here while banks decide disputes."""
    items: tuple[OwedItem, ...]
    corrections: tuple[Correction, ...] = ()
    """What became since of items that were handed over earlier."""

    @property
    def amount_minor(self) -> int:
        """What can be handed over."""
        return self.balance_minor - self.held_minor

    @property
    def correction_minor(self) -> int:
        """Changes of what was handed over earlier (negative for refunds): items and this make the amount."""
        return self.amount_minor - sum(item.amount_minor for item in self.items)

    @property
    def unexplained_minor(self) -> int:
        """Of it, what no line tells; something is in the midst of being written when it is not 0."""
        return self.correction_minor - sum(one.amount_minor for one in self.corrections)


async def owed_balances(*, session: AsyncSession) -> dict[UUID, int]:
    """The payable of every provider that has ever been paid for, in minor units."""
    rows = await session.exec(
        select(Entry.account, -func.sum(Entry.amount_minor))
        .where(col(Entry.account).startswith("payable:"))
        .group_by(col(Entry.account))
    )
    return {UUID(account.partition(":")[2]): int(amount) for account, amount in rows.all()}


async def owed_to(provider_id: UUID, *, session: AsyncSession) -> Owed:
    """What is owed to one provider and which payments it is made of, seen at one moment."""
    balance = (
        select(func.coalesce(-func.sum(Entry.amount_minor), 0))
        .where(Entry.account == ledger.payable(provider_id))
        .scalar_subquery()
    )
    gone = gone_from_item()
    rows = await session.exec(
        select(PaymentItem, Payment, gone, balance)  # pyright: ignore[reportCallIssue, reportArgumentType]
        .join(Payment, col(Payment.id) == col(PaymentItem.payment_id))
        .where(
            col(PaymentItem.account_id).in_(accounts.ids_of_provider(provider_id)),
            col(PaymentItem.payout_id).is_(None),
            col(Payment.state).in_([PaymentState.SUCCEEDED, PaymentState.DISPUTED]),
        )
        .order_by(col(Payment.number), col(PaymentItem.id))
    )
    found = list(rows.all())
    whole = int(found[0][3]) if found else (await session.exec(select(balance))).one()
    net = [(item, payment, item.amount_minor - int(gone)) for item, payment, gone, _balance in found]
    return Owed(
        provider_id,
        int(whole),
        sum(amount for _item, payment, amount in net if payment.state is PaymentState.DISPUTED),
        tuple(
            OwedItem(item, payment.number or 0, payment.settled_at, amount)
            for item, payment, amount in net
            if payment.state is PaymentState.SUCCEEDED
        ),
        tuple(await corrections_of(provider_id, session=session)),
    )


async def hand_over(
    provider_id: UUID,
    reference: str,
    *,
    expected_minor: int,
    by: Person,
    session: AsyncSession,
    address: str = "",
) -> Payout:
    """Write down that what is owed was handed over under a bank order, and post it.

    `expected_minor` is the sum that the person saw. Raises Forbidden, NotFound, NothingOwed, OwedChanged.
    """
    by.require(Permission.PAY_OUT)
    await providers.get_provider(provider_id, session=session)
    await lock_on(f"payout:{provider_id}", session=session)
    owed = await owed_to(provider_id, session=session)
    if owed.amount_minor <= 0:
        raise NothingOwed
    if owed.amount_minor != expected_minor:
        raise OwedChanged
    payout = Payout(
        provider_id=provider_id,
        amount_minor=owed.amount_minor,
        reference=" ".join(reference.split())[:LONGEST_REFERENCE],
        made_by=by.id,
        made_at=now(),
    )
    session.add(payout)
    await session.flush()
    await session.refresh(payout)
    for one in owed.items:
        one.item.payout_id, one.item.handed_over_at = payout.id, payout.made_at
    lines = [
        Line(ledger.payable(provider_id), payout.amount_minor),
        Line(ledger.payout(provider_id), -payout.amount_minor),
    ]
    await ledger.post(f"payout:{payout.id}", JournalKind.PAYOUT, lines, session=session)
    facts = {"provider_id": provider_id, "amount_minor": payout.amount_minor, "reference": payout.reference}
    await record(by.id, "hand_over", "payout", payout.id, None, facts, address, session=session)
    return payout


async def confirm_payout(
    payout_id: UUID, confirmed_on: date, *, by: Person, session: AsyncSession, address: str = ""
) -> None:
    """The provider says that it took the payments in on that day. Raises NotFound, BadConfirmationDay."""
    by.require(Permission.PAY_OUT)
    payout = await session.get(Payout, payout_id, with_for_update=True)
    if payout is None:
        raise NotFound
    provider = await providers.get_provider(payout.provider_id, session=session)
    made_on = payout.made_at.astimezone(ZoneInfo(provider.timezone)).date()
    if not made_on <= confirmed_on <= today_in(provider.timezone):
        raise BadConfirmationDay
    before, payout.confirmed_on = payout.confirmed_on, confirmed_on
    await session.flush()
    await record(
        by.id,
        "confirm_payout",
        "payout",
        payout.id,
        {"confirmed_on": before},
        {"confirmed_on": confirmed_on},
        address,
        session=session,
    )


async def payouts_of(
    provider_ids: Sequence[UUID], *, session: AsyncSession, limit: int = 100
) -> list[Payout]:
    """The newest payouts to these providers."""
    rows = await session.exec(
        select(Payout)
        .where(col(Payout.provider_id).in_(provider_ids))
        .order_by(col(Payout.made_at).desc())
        .limit(limit)
    )
    return list(rows)


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """One line of a payout's register."""

    account_number: str
    payment_number: int
    paid_at: datetime | None
    amount_minor: int
    correction: str = ""
    """What changed an item that was handed over earlier: the word of its kind."""


async def register_of(payout: Payout, *, session: AsyncSession) -> list[RegisterRow]:
    """The items of a payout as they stood when it was made, and the corrections that complete the sum."""
    rows = await session.exec(
        select(PaymentItem, Payment, func.coalesce(func.sum(Deallocation.amount_minor), 0))
        .join(Payment, col(Payment.id) == col(PaymentItem.payment_id))
        .outerjoin(Allocation, col(Allocation.item_id) == col(PaymentItem.id))
        .outerjoin(Deallocation, _counted_before(payout))
        .where(PaymentItem.payout_id == payout.id)
        .group_by(col(PaymentItem.id), col(Payment.id))
        .order_by(col(Payment.number), col(PaymentItem.id))
    )
    found = rows.all()
    corrections = await corrections_of(payout.provider_id, until=payout.made_at, session=session)
    named = [*(item.account_id for item, _payment, _gone in found), *(one.account_id for one in corrections)]
    cards = await accounts.get_accounts(named, session=session)
    lines = [_row(item, payment, int(gone), cards) for item, payment, gone in found]
    lines += [_correction_row(one, cards) for one in corrections]
    rest = payout.amount_minor - sum(line.amount_minor for line in lines)
    return [*lines, RegisterRow("", 0, None, rest, "other")] if rest else lines


def _counted_before(payout: Payout):
    """What had been taken back, and not come back, when the payout was made."""
    failed_before = (
        select(Refund.id)
        .where(Refund.state == RefundState.FAILED, col(Refund.settled_at) <= payout.made_at)
        .scalar_subquery()
    )
    return and_(
        col(Deallocation.allocation_id) == col(Allocation.id),
        col(Deallocation.created_at) <= payout.made_at,
        or_(col(Deallocation.refund_id).is_(None), col(Deallocation.refund_id).not_in(failed_before)),
    )


def _row(item: PaymentItem, payment: Payment, gone: int, cards: dict[UUID, AccountCard]) -> RegisterRow:
    return RegisterRow(
        cards[item.account_id].number, payment.number or 0, payment.settled_at, item.amount_minor - gone
    )


def _correction_row(one: Correction, cards: dict[UUID, AccountCard]) -> RegisterRow:
    number = cards[one.account_id].number
    return RegisterRow(number, one.payment_number, one.at, one.amount_minor, one.kind.value)


def register_csv(payout: Payout, rows: Sequence[RegisterRow]) -> str:
    """The register as a file: account; payment; time (UTC); roubles; what a correction is for.

    The last line is the control sum.
    """
    text = StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(["account", "payment", "paid_at", "amount", "correction"])
    for row in rows:
        moment = row.paid_at.strftime("%Y-%m-%dT%H:%M:%SZ") if row.paid_at else ""
        facts = (row.account_number, row.payment_number or "", moment, _roubles(row.amount_minor))
        writer.writerow([*facts, row.correction])
    writer.writerow(["total", len(rows), f"payout {payout.number}", _roubles(payout.amount_minor)])
    return text.getvalue()


def _roubles(minor: int) -> str:
    sign = "-" if minor < 0 else ""
    return f"{sign}{abs(minor) // 100}.{abs(minor) % 100:02d}"
