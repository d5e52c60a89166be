"""Finding a payment by whatever a resident may read out to us."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import col, select

from cabinet.accounts.models import Account
from cabinet.autopay.models import SavedCard
from cabinet.kit.money import BadAmount, parse_amount
from cabinet.kit.text import fold
from cabinet.payments.models import Dispute, Payment, PaymentItem, Refund
from cabinet.residents.models import Resident
from cabinet.residents.person import Permission
from cabinet.staff.fields import in_any_way, key_contains
from cabinet.staff.gate import Desk

_SIGNS = str.maketrans("", "", " \u00a0\u202f-–—.№#")
_CARD = re.compile(r"[\d\s*•xх]*?(\d{4})")


def payments_like(term: str, desk: Desk) -> ColumnElement[bool]:
    """Our number (it is the confirmation's, too), a sum, an account, and for those who see residents the payer's
    e-mail, name or phone, the processor's references, the last digits of a saved card, the id in an address.

    A clerk finds by the accounts and the sums of the own provider only.
    """
    text = term.replace("\x00", "").strip()
    ways = [*_by_account(text, desk), *_by_number(text), *_by_sum(text, desk)]
    if desk.person.may(Permission.SEE_RESIDENTS):
        ways += [*_by_payer(text), *_by_reference(text)]
    return in_any_way(Payment, ways)


def own_accounts(query: Any, desk: Desk) -> Any:
    """The query, which joins Account, narrowed to the accounts that the person may see."""
    return query if desk.sees_all else query.where(col(Account.provider_id) == desk.person.provider_id)


def _items(desk: Desk) -> Any:
    joined = select(PaymentItem.payment_id).join(Account, col(Account.id) == col(PaymentItem.account_id))
    return own_accounts(joined, desk)


def _by_account(text: str, desk: Desk) -> Iterator[ColumnElement[bool]]:
    likely = key_contains(Account, text)
    if number := fold(text).translate(_SIGNS):
        likely |= key_contains(Account, number)
    yield col(Payment.id).in_(_items(desk).where(likely))


def _by_number(text: str) -> Iterator[ColumnElement[bool]]:
    number = text.translate(_SIGNS)
    if number.isdecimal() and number.isascii() and len(number) < 18:
        yield col(Payment.number) == int(number)


def _by_sum(text: str, desk: Desk) -> Iterator[ColumnElement[bool]]:
    try:
        minor = parse_amount(text.rstrip("₽ ").removesuffix("руб.").removesuffix("руб"))
    except BadAmount:
        return
    if desk.sees_all:
        yield col(Payment.amount_minor) == minor
        yield col(Payment.amount_minor) + col(Payment.commission_minor) == minor
    yield col(Payment.id).in_(_items(desk).where(col(PaymentItem.amount_minor) == minor))


def _by_payer(text: str) -> Iterator[ColumnElement[bool]]:
    yield col(Payment.resident_id).in_(select(Resident.id).where(key_contains(Resident, text)))
    if card := _CARD.fullmatch(text):
        cards = select(SavedCard.resident_id).where(SavedCard.last4 == card[1])
        yield col(Payment.resident_id).in_(cards)


def _by_reference(text: str) -> Iterator[ColumnElement[bool]]:
    yield col(Payment.charge_ref) == text
    yield col(Payment.session_ref) == text
    yield col(Payment.id).in_(select(Refund.payment_id).where(Refund.processor_ref == text))
    yield col(Payment.id).in_(select(Dispute.payment_id).where(Dispute.processor_ref == text))
    try:
        yield col(Payment.id) == UUID(text)
    except ValueError:
        return
