"""From what a resident wishes to pay to the frozen items of a payment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from cabinet.errors import CabinetError
from cabinet.kit.money import BadAmount, parse_amount
from cabinet.payments.errors import (
    AmountTooLarge,
    AmountTooSmall,
    BadAmountText,
    BadWishes,
    BelowLeast,
    NoDebt,
    NothingChosen,
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a resident wants to pay for one account; `own_amount` None means the current debt."""

    account_id: UUID
    own_amount: str | None = None
    period: date | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What the server knows about an account when the payment is made."""

    debt_minor: int
    limit_minor: int
    commission_bp: int
    smallest_minor: int = 1
    """The provider's least amount; the whole debt may be smaller."""


@dataclass(frozen=True, slots=True)
class PlannedItem:
    """One account's part of a payment, in minor units."""

    account_id: UUID
    amount_minor: int
    commission_minor: int
    period: date | None


def plan_items(wishes: Sequence[Wish], terms: Mapping[UUID, Terms], minimum_minor: int) -> list[PlannedItem]:
    """The items for these wishes, or BadWishes with a problem for each account that has one.

    The processor's minimum holds for the payment as a whole.
    """
    if not wishes:
        raise NothingChosen
    items: list[PlannedItem] = []
    problems: dict[UUID, CabinetError] = {}
    for wish in wishes:
        try:
            items.append(_item(wish, terms[wish.account_id]))
        except CabinetError as problem:
            problems[wish.account_id] = problem
    if not problems and sum(item.amount_minor for item in items) < minimum_minor:
        problems = {wishes[0].account_id: AmountTooSmall(minimum_minor)}
    if problems:
        raise BadWishes(problems)
    return sorted(items, key=lambda item: item.account_id)


def _item(wish: Wish, terms: Terms) -> PlannedItem:
    amount = amount_of(wish, terms)
    return PlannedItem(wish.account_id, amount, commission(amount, terms.commission_bp), wish.period)


def amount_of(wish: Wish, terms: Terms) -> int:
    """Minor units of one wish; raises the error that belongs at its field."""
    if wish.own_amount is None:
        amount = terms.debt_minor
        if amount <= 0:
            raise NoDebt
    else:
        amount = _own(wish.own_amount)
        if amount < terms.smallest_minor and amount != terms.debt_minor:
            raise BelowLeast(terms.smallest_minor)
    if amount > terms.limit_minor:
        raise AmountTooLarge(terms.limit_minor)
    return amount


def _own(text: str) -> int:
    try:
        amount = parse_amount(text)
    except BadAmount:
        raise BadAmountText from None
    if amount == 0:
        raise BadAmountText
    return amount


def commission(amount_minor: int, basis_points: int) -> int:
    """The commission on an amount, rounded half up to whole minor units."""
    return (amount_minor * basis_points + 5_000) // 10_000
