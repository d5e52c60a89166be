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
    SEE_STAFF = "see_staff"
    MANAGE_STAFF = "manage_staff"
    RESET_FACTORS = "reset_factors"
    """Taking the second factor off somebody who has lost it."""
    SEE_PAYMENTS = "see_payments"
    SEE_TICKETS = "see_tickets"
    EDIT_TICKETS = "edit_tickets"
    SEE_LETTERS = "see_letters"
    SEND_LETTERS = "send_letters"
    SEE_PAYOUTS = "see_payouts"
    """What a provider is owed, and what was handed over to it."""
    SEE_MONEY = "see_money"
    """Refunds, statements, the ledger and its reconciliation."""
    REFUND = "refund"
    APPROVE_REFUND = "approve_refund"
    REVIEW_PAYMENTS = "review_payments"
    RECONCILE = "reconcile"
    PAY_OUT = "pay_out"
    TAKE_STATEMENTS = "take_statements"
    SEE_METERS = "see_meters"
    """Meters, their readings and tariffs."""
    DECIDE_READINGS = "decide_readings"
    EDIT_TARIFFS = "edit_tariffs"
    SEE_BILLS = "see_bills"
    SEE_NOTICES = "see_notices"
    EDIT_NOTICES = "edit_notices"
    SEE_ACCESS = "see_access"
    """Who has linked an account."""
    MANAGE_ACCESS = "manage_access"
    SEE_REGISTRIES = "see_registries"
    """Files exchanged with providers, and what became of them."""
    IMPORT_REGISTRIES = "import_registries"
    EXPORT_REGISTRIES = "export_registries"
    SEE_KEYS = "see_keys"
    """Keys and webhooks of providers' programs; never the secrets."""
    MANAGE_KEYS = "manage_keys"
    SEE_AUDIT = "see_audit"
    SEE_JOBS = "see_jobs"
    MANAGE_JOBS = "manage_jobs"


_OF_CLERKS = frozenset(
    {
        Permission.SEE_STAFF_PAGES,
        Permission.EDIT_PROVIDERS,
        Permission.SEE_ACCOUNTS,
        Permission.SEE_PAYMENTS,
        Permission.SEE_PAYOUTS,
        Permission.SEE_METERS,
        Permission.DECIDE_READINGS,
        Permission.EDIT_TARIFFS,
        Permission.SEE_BILLS,
        Permission.SEE_NOTICES,
        Permission.EDIT_NOTICES,
        Permission.SEE_ACCESS,
        Permission.MANAGE_ACCESS,
        Permission.SEE_REGISTRIES,
        Permission.IMPORT_REGISTRIES,
        Permission.EXPORT_REGISTRIES,
        Permission.SEE_KEYS,
        Permission.MANAGE_KEYS,
    }
)
_OF_SUPPORT = frozenset(
    {
        Permission.SEE_STAFF_PAGES,
        Permission.SEE_ALL_PROVIDERS,
        Permission.SEE_ACCOUNTS,
        Permission.SEE_RESIDENTS,
        Permission.EDIT_RESIDENTS,
        Permission.SEE_PAYMENTS,
        Permission.SEE_TICKETS,
        Permission.EDIT_TICKETS,
        Permission.SEE_LETTERS,
        Permission.SEND_LETTERS,
        Permission.SEE_METERS,
        Permission.SEE_BILLS,
        Permission.SEE_NOTICES,
        Permission.SEE_ACCESS,
    }
)

GRANTED: dict[Role, frozenset[Permission]] = {
    Role.RESIDENT: frozenset(),
    Role.CLERK: _OF_CLERKS,
    Role.SUPPORT: _OF_SUPPORT,
    Role.AUDITOR: frozenset(one for one in Permission if one.startswith("see_")),
    Role.ADMINISTRATOR: frozenset(Permission),
}
"""The one place that says what a role may do. An auditor's permissions are those to see, and no other."""


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
    must_enrol: bool = False
    """Of the staff, and without the second factor that the setting wants: may do nothing but add one."""

    def may(self, permission: Permission) -> bool:
        """Whether the role grants the permission, and nothing is missing to use it."""
        return permission in GRANTED[self.role] and not self.must_enrol

    def require(self, permission: Permission) -> None:
        """Raise Forbidden unless the role grants the permission."""
        if not self.may(permission):
            raise Forbidden

    def serves(self, provider_id: UUID | None) -> bool:
        """Whether rows of this provider are the person's business: all for the operator's staff, a clerk's own."""
        return self.may(Permission.SEE_ALL_PROVIDERS) or (
            provider_id is not None and provider_id == self.provider_id
        )

    @property
    def is_staff(self) -> bool:
        """Whether the shorter limits of staff sessions hold."""
        return Permission.SEE_STAFF_PAGES in GRANTED[self.role]
