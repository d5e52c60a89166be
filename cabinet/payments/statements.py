"""Providers' statements: absolute balances, taken in without counting a payment made here twice."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, case, func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts import service as accounts
from cabinet.audit.service import record
from cabinet.errors import NotFound
from cabinet.kit.dates import now
from cabinet.ledger import service as ledger
from cabinet.ledger.models import Balance, JournalKind
from cabinet.ledger.service import Line
from cabinet.payments.errors import NewerStatementKnown
from cabinet.payments.models import (
    Allocation,
    Deallocation,
    Payment,
    PaymentItem,
    PaymentState,
    Payout,
    ProviderStatement,
    Refund,
    RefundState,
)
from cabinet.payments.rows import gone_from_item, lock_on, share_lock_on
from cabinet.residents.person import Permission, Person

CREDITED = (PaymentState.SUCCEEDED, PaymentState.DISPUTED, PaymentState.LOST)
"""Of a lost payment nothing is left, but the provider may have been told that it is there."""


def statements_lock(provider_id: UUID) -> str:
    """What statements of a provider lock: shared by single ones, alone by those of a whole registry."""
    return f"statements:{provider_id}"


@dataclass(frozen=True, slots=True)
class _Seen:
    """An item of ours and our balance, seen at one moment."""

    item: PaymentItem
    number: int
    confirmed_on: date | None
    left_minor: int
    balance_minor: int


async def take_statement(
    account_id: UUID,
    balance_minor: int,
    as_of: date,
    source: str,
    posted: Iterable[int],
    *,
    session: AsyncSession,
    by: Person | None = None,
    address: str = "",
) -> ProviderStatement:
    """Move our balance to what the provider says the account owed, less what it has not posted yet.

    `balance_minor` is positive for a debt; `posted` are the numbers of our payments that the
    provider's file names for this account. An item counts as posted when it is named, or when
    `as_of` is after the day on which the provider confirmed its payout; what was handed over and not
    confirmed is kept out and reported as doubtful. The same statement again changes nothing and
    returns the first. `by` is the member of staff who typed it in; None is a file or a programme.
    Raises Forbidden, NotFound, NewerStatementKnown.
    """
    if by:
        by.require(Permission.TAKE_STATEMENTS)
    owner = (await accounts.providers_of([account_id], session=session)).get(account_id)
    if owner is None:
        raise NotFound
    await share_lock_on(statements_lock(owner), session=session)
    await lock_on(f"statement:{account_id}", session=session)
    if known := await _known(account_id, as_of, source, session):
        return known
    await _refuse_older(account_id, as_of, session)
    await ledger.hold_balance(account_id, session=session)
    seen = await _paid_items(account_id, session)
    ours = (
        seen[0].balance_minor if seen else (await ledger.balances([account_id], session=session))[account_id]
    )
    statement_id = uuid4()
    unposted, found = _mark_posted(seen, set(posted), as_of)
    unposted_minor = sum(one.left_minor for one in unposted)
    unposted_minor -= await _taken_back_unknown_to_provider(account_id, as_of, session)
    statement = ProviderStatement(
        id=statement_id,
        account_id=account_id,
        balance_minor=balance_minor,
        as_of=as_of,
        source=source[:120],
        unposted_minor=unposted_minor,
        doubtful_minor=sum(one.left_minor for one in unposted if one.item.payout_id is not None),
        adjustment_minor=balance_minor - unposted_minor - ours,
    )
    session.add(statement)
    await session.flush()
    for one in found:
        one.item.posted_by = statement_id
    await _adjust(statement, owner, session)
    if by:
        await _note(statement, by, address, session)
    return statement


async def _note(statement: ProviderStatement, by: Person, address: str, session: AsyncSession) -> None:
    names = {"account_id", "balance_minor", "as_of", "source"}
    facts = statement.model_dump(include=names)
    await record(by.id, "take_statement", "statement", statement.id, None, facts, address, session=session)


async def _known(
    account_id: UUID, as_of: date, source: str, session: AsyncSession
) -> ProviderStatement | None:
    rows = await session.exec(
        select(ProviderStatement).where(
            ProviderStatement.account_id == account_id,
            ProviderStatement.as_of == as_of,
            ProviderStatement.source == source[:120],
            col(ProviderStatement.taken_back_at).is_(None),
        )
    )
    return rows.first()


async def _refuse_older(account_id: UUID, as_of: date, session: AsyncSession) -> None:
    rows = await session.exec(
        select(ProviderStatement.id)
        .where(
            ProviderStatement.account_id == account_id,
            ProviderStatement.as_of > as_of,
            col(ProviderStatement.taken_back_at).is_(None),
        )
        .limit(1)
    )
    if rows.first():
        raise NewerStatementKnown


async def _paid_items(account_id: UUID, session: AsyncSession) -> list[_Seen]:
    """The credited items that the provider is not known to have, with our balance of the same moment.

    One statement, because a payment may be settled at any time: what it adds is either in both or in none.
    """
    gone = gone_from_item()
    balance = (
        select(func.coalesce(func.sum(Balance.amount_minor), 0))
        .where(Balance.account_id == account_id)
        .scalar_subquery()
    )
    rows = await session.exec(
        select(PaymentItem, Payment.number, Payout.confirmed_on, gone, balance)  # pyright: ignore[reportCallIssue, reportArgumentType]
        .join(Payment, col(Payment.id) == col(PaymentItem.payment_id))
        .outerjoin(Payout, col(Payout.id) == col(PaymentItem.payout_id))
        .where(
            PaymentItem.account_id == account_id,
            col(PaymentItem.posted_at).is_(None),
            col(Payment.state).in_(CREDITED),
        )
    )
    return [
        _Seen(item, number, confirmed, item.amount_minor - int(gone), int(ours))
        for item, number, confirmed, gone, ours in rows.all()
    ]


def _mark_posted(seen: list[_Seen], named: set[int], as_of: date) -> tuple[list[_Seen], list[_Seen]]:
    """Mark what the provider has; returns what it has not, and what was marked."""
    unposted: list[_Seen] = []
    marked: list[_Seen] = []
    for one in seen:
        confirmed = one.confirmed_on is not None and one.confirmed_on < as_of
        if one.number in named or confirmed:
            one.item.posted_at = now()
            marked.append(one)
        else:
            unposted.append(one)
    return unposted, marked


async def _taken_back_unknown_to_provider(account_id: UUID, as_of: date, session: AsyncSession) -> int:
    """What went back from items that the provider had posted in full, less what of its refunds came back.

    The provider has an item as it was when it was handed over, or named before that; it hears of what
    happened later by the next payout that nets it.
    """
    had = func.least(PaymentItem.handed_over_at, PaymentItem.posted_at)

    def unheard(moment: SQLColumnExpression[Any]) -> ColumnElement[bool]:
        return and_(had < moment, ~_netted_since(moment, account_id, as_of))

    went = case((unheard(col(Deallocation.created_at)), Deallocation.amount_minor), else_=0)
    failed = and_(col(Refund.state) == RefundState.FAILED, unheard(col(Refund.settled_at)))
    came_back = case((failed, Deallocation.amount_minor), else_=0)
    rows = await session.exec(
        select(func.coalesce(func.sum(went - came_back), 0))
        .select_from(Deallocation)
        .join(Allocation, col(Allocation.id) == col(Deallocation.allocation_id))
        .join(PaymentItem, col(PaymentItem.id) == col(Allocation.item_id))
        .outerjoin(Refund, col(Refund.id) == col(Deallocation.refund_id))
        .where(PaymentItem.account_id == account_id, col(PaymentItem.posted_at).is_not(None))
    )
    return int(rows.one())


def _netted_since(moment: SQLColumnExpression[Any], account_id: UUID, as_of: date) -> ColumnElement[bool]:
    """Whether a payout made after the moment was confirmed before the day of the balance."""
    return (
        select(Payout.id)
        .where(
            col(Payout.made_at) > moment,
            col(Payout.confirmed_on) < as_of,
            col(Payout.provider_id) == _provider_of(account_id),
        )
        .exists()
    )


def _provider_of(account_id: UUID):
    return accounts.provider_of(account_id).scalar_subquery()


async def _adjust(statement: ProviderStatement, owner: UUID, session: AsyncSession) -> None:
    lines = [
        Line(ledger.receivable(statement.account_id), statement.adjustment_minor),
        Line(ledger.clearing(owner), -statement.adjustment_minor),
    ]
    await ledger.post(f"statement:{statement.id}", JournalKind.STATEMENT, lines, session=session)


async def latest_statements(*, session: AsyncSession, limit: int = 50) -> list[ProviderStatement]:
    """What was taken in last."""
    rows = await session.exec(
        select(ProviderStatement).order_by(col(ProviderStatement.created_at).desc()).limit(limit)
    )
    return list(rows)
