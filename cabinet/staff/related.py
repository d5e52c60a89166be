"""What belongs to a row: the cards below it, each line a link, so that every way can be walked both ways."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from sqlmodel import col, select
from starlette.requests import Request

from cabinet.accounts.models import Account, AccountLink
from cabinet.billing.models import Bill
from cabinet.i18n import _
from cabinet.kit.dates import say_moment, say_month
from cabinet.kit.money import format_amount
from cabinet.kit.text import group_digits
from cabinet.mail.models import Letter
from cabinet.meters.models import Meter
from cabinet.payments.models import Payment, PaymentItem
from cabinet.residents.models import Resident, Role
from cabinet.residents.person import Permission
from cabinet.staff.gate import Desk, desk_of
from cabinet.staff.words import PAYMENT_STATES, TICKET_STATES
from cabinet.staff.work_words import METER_KINDS
from cabinet.support.models import Ticket

SHOWN = 8


@dataclass(frozen=True, slots=True)
class Line:
    """One row that belongs to the one on the page."""

    href: str
    text: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """The rows of one kind; `more` is the address of all of them when not all are shown."""

    title: str
    lines: Sequence[Line]
    more: str = ""


async def of_account(request: Request, account_ids: Collection[UUID], *, is_account: bool) -> list[Card]:
    """The accounts themselves (unless one is the page), who linked them, payments, bills, meters."""
    found = await _accounts(request, account_ids)
    own = [one.id for one in found]
    several = [
        [] if is_account else [Card(_("Accounts"), [account_line(one, desk_of(request)) for one in found])],
        await _people(request, own),
        await _payments(request, _of_accounts(own), _number(found)),
        await _bills(request, own, _number(found)),
        await _meters(request, own, _number(found)),
    ]
    return [card for cards in several for card in cards if card.lines]


async def of_payment(request: Request, payment: Payment) -> list[Card]:
    """Who paid, the accounts, what the payer asked and was written."""
    session, desk = request.state.session, desk_of(request)
    parts = await session.exec(select(PaymentItem.account_id).where(PaymentItem.payment_id == payment.id))
    accounts = [account_line(one, desk) for one in await _accounts(request, list(parts))]
    payer = await session.get(Resident, payment.resident_id)
    cards = [Card(_("Accounts"), accounts)]
    if desk.person.may(Permission.SEE_RESIDENTS):
        cards.insert(0, Card(_("Who paid"), [person_line(payer)]))
        cards += await of_person(request, payer, with_payments=False)
    return [card for card in cards if card.lines]


async def of_person(request: Request, person: Resident, *, with_payments: bool = True) -> list[Card]:
    """Payments, requests and letters of a resident."""
    several = [
        await _payments(request, col(Payment.resident_id) == person.id, person.email)
        if with_payments
        else [],
        await _tickets(request, person),
        await _letters(request, person),
    ]
    return [card for cards in several for card in cards if card.lines]


def account_line(account: Account, desk: Desk) -> Line:
    """«100 200 300», with the provider beside it."""
    href = f"/admin/accounts/detail?pk={account.id}"
    return Line(href, group_digits(account.number), desk.provider_name(account.provider_id))


def person_line(person: Resident) -> Line:
    """The e-mail, with the name beside it; staff have a page of their own."""
    is_resident = person.role is Role.RESIDENT
    href = f"/admin/residents/detail?pk={person.id}" if is_resident else f"/admin/staff/{person.id}"
    return Line(href, person.email, person.full_name)


async def _accounts(request: Request, ids: Collection[UUID]) -> list[Account]:
    """Those among them that the person may see."""
    desk = desk_of(request)
    wanted = select(Account).where(
        col(Account.id).in_(ids), col(Account.provider_id).in_(list(desk.providers))
    )
    return list(await request.state.session.exec(wanted.order_by(col(Account.number))))


def _number(found: Sequence[Account]) -> str:
    return found[0].number if len(found) == 1 else ""


def _of_accounts(ids: Collection[UUID]) -> Any:
    parts = select(PaymentItem.payment_id).where(col(PaymentItem.account_id).in_(ids))
    return col(Payment.id).in_(parts)


async def _people(request: Request, account_ids: Collection[UUID]) -> list[Card]:
    if not desk_of(request).person.may(Permission.SEE_RESIDENTS):
        return []
    linked = select(AccountLink.resident_id).where(
        col(AccountLink.account_id).in_(account_ids), col(AccountLink.ended_at).is_(None)
    )
    wanted = select(Resident).where(col(Resident.id).in_(linked)).order_by(col(Resident.email_key))
    rows = await request.state.session.exec(wanted.limit(SHOWN))
    return [Card(_("Who has linked it"), [person_line(one) for one in rows])]


async def _payments(request: Request, condition: Any, words: str) -> list[Card]:
    desk = desk_of(request)
    if not desk.person.may(Permission.SEE_PAYMENTS):
        return []
    wanted = select(Payment).where(condition).order_by(col(Payment.created_at).desc()).limit(SHOWN + 1)
    rows = list(await request.state.session.exec(wanted))
    sums = await _own_sums(request, rows)
    lines = [
        Line(
            f"/admin/payments/detail?pk={one.id}",
            f"№ {one.number}",
            f"{format_amount(sums.get(one.id, 0))} · {_(PAYMENT_STATES[one.state])} · "
            f"{say_moment(one.created_at, desk.timezone)}",
        )
        for one in rows
    ]
    return [_card(_("Payments"), lines, "payments", words)]


async def _own_sums(request: Request, payments: Iterable[Payment]) -> dict[UUID, int]:
    """What of each payment the person may see."""
    wanted = (
        select(PaymentItem.payment_id, PaymentItem.amount_minor)
        .join(Account, col(Account.id) == col(PaymentItem.account_id))
        .where(
            col(PaymentItem.payment_id).in_([one.id for one in payments]),
            col(Account.provider_id).in_(list(desk_of(request).providers)),
        )
    )
    sums: dict[UUID, int] = {}
    for payment_id, amount in await request.state.session.exec(wanted):
        sums[payment_id] = sums.get(payment_id, 0) + amount
    return sums


async def _bills(request: Request, account_ids: Collection[UUID], words: str) -> list[Card]:
    if not desk_of(request).person.may(Permission.SEE_BILLS):
        return []
    wanted = select(Bill).where(col(Bill.account_id).in_(account_ids))
    rows = await request.state.session.exec(wanted.order_by(col(Bill.period).desc()).limit(SHOWN + 1))
    lines = [
        Line(
            f"/admin/bills/detail?pk={one.id}", say_month(one.period), f"№ {one.number}" if one.number else ""
        )
        for one in rows
    ]
    return [_card(_("Bills"), lines, "bills", words)]


async def _meters(request: Request, account_ids: Collection[UUID], words: str) -> list[Card]:
    if not desk_of(request).person.may(Permission.SEE_METERS):
        return []
    wanted = select(Meter).where(col(Meter.account_id).in_(account_ids))
    rows = await request.state.session.exec(wanted.order_by(col(Meter.serial)).limit(SHOWN + 1))
    lines = [
        Line(f"/admin/meters/detail?pk={one.id}", f"№ {one.serial}", _(METER_KINDS[one.kind])) for one in rows
    ]
    return [_card(_("Meters"), lines, "meters", words)]


async def _tickets(request: Request, person: Resident) -> list[Card]:
    desk = desk_of(request)
    if not desk.person.may(Permission.SEE_TICKETS):
        return []
    wanted = select(Ticket).where(
        (col(Ticket.resident_id) == person.id) | (col(Ticket.email) == person.email)
    )
    rows = await request.state.session.exec(wanted.order_by(col(Ticket.created_at).desc()).limit(SHOWN + 1))
    lines = [
        Line(
            f"/admin/requests/detail?pk={one.id}",
            f"№ {one.number} · {one.subject}",
            f"{_(TICKET_STATES.get(one.state, one.state))} · {say_moment(one.created_at, desk.timezone)}",
        )
        for one in rows
    ]
    return [_card(_("Requests"), lines, "requests", person.email)]


async def _letters(request: Request, person: Resident) -> list[Card]:
    desk = desk_of(request)
    if not desk.person.may(Permission.SEE_LETTERS):
        return []
    wanted = select(Letter).where(Letter.recipient_key == person.email_key)
    rows = await request.state.session.exec(wanted.order_by(col(Letter.created_at).desc()).limit(SHOWN + 1))
    lines = [
        Line(f"/admin/letters/detail?pk={one.id}", one.subject, say_moment(one.created_at, desk.timezone))
        for one in rows
    ]
    return [_card(_("Letters"), lines, "letters", person.email)]


def _card(title: str, lines: list[Line], key: str, words: str) -> Card:
    more = f"/admin/{key}/list?{urlencode({'q': words})}" if words and len(lines) > SHOWN else ""
    return Card(title, lines[:SHOWN], more)
