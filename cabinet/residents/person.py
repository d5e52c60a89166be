"""Who is acting: what a signed-in session amounts to, and what the role permits."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from cabinet.errors import Forbidden
from cabinet.residents.models import Role


class Permission(StrEnum):
    """Everything that somebody may be allowed to do beyond their own cabinet."""

    SEE_STAFF_PAGES = "see_staff_pages"
    SEE_ALL_PROVIDERS = "see_all_providers"
    EDIT_PROVIDERS = "edit_providers"
    ADD_PROVIDERS = "add_providers"
    SEE_ACCOUNTS = "see_accounts"
    SEE_RESIDENTS = "see_residents"
    EDIT_RESIDENTS = "edit_residents"
    SEE_PAYMENTS = "see_payments"
    SEE_TICKETS = "see_tickets"
    EDIT_TICKETS = "edit_tickets"
    SEE_LETTERS = "see_letters"
    REFUND = "refund"
    APPROVE_REFUND = "approve_refund"
    REVIEW_PAYMENTS = "review_payments"
    RECONCILE = "reconcile"
    PAY_OUT = "pay_out"
    TAKE_STATEMENTS = "take_statements"
    DECIDE_READINGS = "decide_readings"
    SEE_METERS = "see_meters"
    EDIT_TARIFFS = "edit_tariffs"
    SEE_BILLS = "see_bills"
    EDIT_NOTICES = "edit_notices"
    MANAGE_ACCESS = "manage_access"


GRANTED: dict[Role, frozenset[Permission]] = {
    Role.RESIDENT: frozenset(),
    Role.CLERK: frozenset(
        {
            Permission.SEE_STAFF_PAGES,
            Permission.EDIT_PROVIDERS,
            Permission.SEE_ACCOUNTS,
            Permission.SEE_PAYMENTS,
            Permission.DECIDE_READINGS,
            Permission.SEE_METERS,
            Permission.EDIT_TARIFFS,
            Permission.SEE_BILLS,
            Permission.EDIT_NOTICES,
            Permission.MANAGE_ACCESS,
        }
    ),
    Role.ADMINISTRATOR: frozenset(Permission),
}


@dataclass(frozen=True, slots=True)
class Person:
    """The signed-in resident or member of staff behind an event or a request."""

    id: UUID
    session_id: UUID
    email: str
    full_name: str
    role: Role
    provider_id: UUID | None
    locale: str
    links: tuple[str, ...] = ()
    """The current links to accounts, as `<id> <role> <level>`: pages that are open notice by it what was lost."""

    def may(self, permission: Permission) -> bool:
        """Whether the role grants the permission."""
        return permission in GRANTED[self.role]

    def require(self, permission: Permission) -> None:
        """Raise Forbidden unless the role grants the permission."""
        if not self.may(permission):
            raise Forbidden

    @property
    def is_staff(self) -> bool:
        """Whether the shorter limits of staff sessions hold."""
        return self.may(Permission.SEE_STAFF_PAGES)
