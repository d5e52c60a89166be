"""What a copy of one's own data is made of: each table that knows a resident, and which of its rows are theirs.

A table that names a resident stands in `PARTS`, or in `LEFT_OUT` with the reason; a test walks all tables. Of every
table all columns are copied but those of `_NEVER` (secrets, keys for searching) and those that its part leaves out
(what staff wrote for each other, who of the staff it was).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import ColumnElement, inspect, or_
from sqlalchemy import select as select_columns
from sqlmodel import col, select

from cabinet.accounts.models import Account, AccountLink, Invitation
from cabinet.audit.models import AuditRecord
from cabinet.autopay.models import Autopay, AutopayRun, ProcessorCustomer, SavedCard
from cabinet.factors.models import AppFactor, HalfSignIn, Passkey, RecoveryCode
from cabinet.keys.personal_models import PersonalToken, PersonalTokenLink
from cabinet.kit.columns import Table
from cabinet.mail.models import Letter
from cabinet.meters.models import Meter, Reading, TariffZone
from cabinet.notices.models import NoticeDismissal
from cabinet.payments.models import Allocation, Dispute, Payment, PaymentItem, Refund
from cabinet.providers.models import Provider
from cabinet.reminders.models import CalendarFeed, Reminder
from cabinet.residents.models import Consent, EmailChange, EmailToken, KnownDevice, LoginSession, Resident
from cabinet.support.models import Ticket, TicketFile, TicketMessage, TicketRating, TicketStep

Condition: TypeAlias = ColumnElement[bool]

_NEVER = re.compile(
    r".*(password|token|secret)_?hash.*|.*_hash|search_key|.*_key|checkout_url|session_ref|html|text"
)
_KEPT = {(Consent, "text"), (TicketMessage, "text"), (Autopay, "consent_text")}
"""Texts that are the person's own or were agreed to. Those of letters carry links that open things."""


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of one table that are the person's."""

    table: type[Table]
    owned: Callable[[UUID], Condition]
    without: frozenset[str] = frozenset()
    only: frozenset[str] = frozenset()

    def query(self, resident_id: UUID) -> Any:
        """The rows of this person, the oldest first where they have a moment of making."""
        columns = {name: getattr(self.table, name) for name in self.columns()}
        found = select_columns(*(column.label(name) for name, column in columns.items()))
        order = columns.get("created_at")
        found = found.where(self.owned(resident_id))
        return found if order is None else found.order_by(order)

    def columns(self) -> list[str]:
        """What is copied."""
        return [
            column.key
            for column in inspect(self.table).columns
            if self._is_copied(column.key) and column.key not in self.without
        ]

    def _is_copied(self, name: str) -> bool:
        if self.only:
            return name in self.only
        return (self.table, name) in _KEPT or not _NEVER.fullmatch(name)


def _of(table: Any) -> Callable[[UUID], Condition]:
    return lambda resident_id: col(table.resident_id) == resident_id


def _links(resident_id: UUID) -> Any:
    return select(AccountLink.id).where(AccountLink.resident_id == resident_id)


def _payments(resident_id: UUID) -> Any:
    return select(Payment.id).where(Payment.resident_id == resident_id)


def _tickets(resident_id: UUID) -> Any:
    return select(Ticket.id).where(Ticket.resident_id == resident_id)


def _messages(resident_id: UUID) -> Any:
    return select(TicketMessage.id).where(
        col(TicketMessage.ticket_id).in_(_tickets(resident_id)), col(TicketMessage.is_note).is_(False)
    )


def _readings(resident_id: UUID) -> Any:
    return select(Reading.zone_id).where(Reading.resident_id == resident_id)


def _accounts(resident_id: UUID) -> Condition:
    linked = select(AccountLink.account_id).where(AccountLink.resident_id == resident_id)
    paid = select(PaymentItem.account_id).where(col(PaymentItem.payment_id).in_(_payments(resident_id)))
    return or_(col(Account.id).in_(linked), col(Account.id).in_(paid))


def _letters(resident_id: UUID) -> Condition:
    own = select(Resident.email_key).where(Resident.id == resident_id)
    former = select(EmailChange.old_email_key).where(EmailChange.resident_id == resident_id)
    return or_(col(Letter.recipient_key).in_(own), col(Letter.recipient_key).in_(former))


PARTS: dict[str, Part] = {
    "profile": Part(Resident, lambda me: col(Resident.id) == me, frozenset({"blocked_because"})),
    "consents": Part(Consent, _of(Consent)),
    "sign_ins": Part(LoginSession, _of(LoginSession)),
    "devices": Part(KnownDevice, _of(KnownDevice)),
    "second_step_apps": Part(
        AppFactor, _of(AppFactor), only=frozenset({"created_at", "confirmed_at", "last_used_at"})
    ),
    "sign_in_keys": Part(Passkey, _of(Passkey), only=frozenset({"name", "created_at", "last_used_at"})),
    "spare_codes": Part(RecoveryCode, _of(RecoveryCode), only=frozenset({"created_at", "used_at"})),
    "unfinished_sign_ins": Part(
        HalfSignIn, _of(HalfSignIn), only=frozenset({"device", "created_at", "expires_at", "used_at"})
    ),
    "email_links": Part(EmailToken, _of(EmailToken)),
    "email_changes": Part(EmailChange, _of(EmailChange), frozenset({"old_agreed_by", "old_agreed_because"})),
    "accounts": Part(Account, _accounts, only=frozenset({"id", "provider_id", "number"})),
    "providers": Part(
        Provider,
        lambda me: col(Provider.id).in_(select(Account.provider_id).where(_accounts(me))),
        only=frozenset({"id", "name", "inn"}),
    ),
    "account_links": Part(AccountLink, _of(AccountLink)),
    "invitations": Part(Invitation, lambda me: col(Invitation.link_id).in_(_links(me))),
    "payments": Part(Payment, _of(Payment)),
    "payment_items": Part(PaymentItem, lambda me: col(PaymentItem.payment_id).in_(_payments(me))),
    "allocations": Part(
        Allocation,
        lambda me: col(Allocation.item_id).in_(
            select(PaymentItem.id).where(col(PaymentItem.payment_id).in_(_payments(me)))
        ),
    ),
    "refunds": Part(
        Refund,
        lambda me: col(Refund.payment_id).in_(_payments(me)),
        frozenset({"reason", "requested_by", "approved_by", "needs_approval"}),
    ),
    "disputes": Part(Dispute, lambda me: col(Dispute.payment_id).in_(_payments(me))),
    "readings": Part(Reading, _of(Reading), frozenset({"decided_by"})),
    "meter_zones": Part(TariffZone, lambda me: col(TariffZone.id).in_(_readings(me))),
    "meters": Part(
        Meter,
        lambda me: col(Meter.id).in_(
            select(TariffZone.meter_id).where(col(TariffZone.id).in_(_readings(me)))
        ),
        only=frozenset({"id", "account_id", "kind", "unit"}),
    ),
    "saved_cards": Part(SavedCard, _of(SavedCard)),
    "processor_customer": Part(ProcessorCustomer, _of(ProcessorCustomer)),
    "autopay": Part(Autopay, _of(Autopay)),
    "autopay_runs": Part(
        AutopayRun,
        lambda me: col(AutopayRun.autopay_id).in_(select(Autopay.id).where(Autopay.resident_id == me)),
    ),
    "requests": Part(Ticket, _of(Ticket), frozenset({"assignee_id"})),
    "request_messages": Part(
        TicketMessage, lambda me: col(TicketMessage.id).in_(_messages(me)), frozenset({"author_id"})
    ),
    "request_files": Part(TicketFile, lambda me: col(TicketFile.message_id).in_(_messages(me))),
    "request_steps": Part(
        TicketStep, lambda me: col(TicketStep.ticket_id).in_(_tickets(me)), frozenset({"author_id"})
    ),
    "request_ratings": Part(TicketRating, lambda me: col(TicketRating.ticket_id).in_(_tickets(me))),
    "program_tokens": Part(PersonalToken, _of(PersonalToken)),
    "program_token_accounts": Part(
        PersonalTokenLink, lambda me: col(PersonalTokenLink.link_id).in_(_links(me))
    ),
    "reminders": Part(Reminder, _of(Reminder)),
    "calendars": Part(CalendarFeed, _of(CalendarFeed), frozenset({"id"})),
    "notices_put_aside": Part(NoticeDismissal, _of(NoticeDismissal)),
    "letters": Part(Letter, _letters, frozenset({"error", "attempts"})),
    "own_acts": Part(
        AuditRecord,
        lambda me: col(AuditRecord.actor_id) == me,
        frozenset({"before", "after", "key_id"}),
    ),
}
"""By the name under which they stand in the file."""

_WORK = "names members of staff by what they did in their work"
LEFT_OUT: dict[str, str] = {
    "api_key": _WORK,
    "export_schedule": _WORK,
    "notice": _WORK,
    "payout": _WORK,
    "reconciliation": _WORK,
    "reconciliation_difference": _WORK,
    "recount": _WORK,
    "registry_export": _WORK,
    "registry_import": _WORK,
    "saved_layout": _WORK,
    "webhook_endpoint": _WORK,
}
"""Tables that refer to a resident and are no part of the copy, each with the reason."""
