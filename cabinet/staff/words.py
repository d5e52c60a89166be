"""The words of the staff pages: said in the reader's language when they are shown."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from babel.support import LazyProxy

from cabinet.accounts.models import LinkLevel
from cabinet.i18n import N_, gettext
from cabinet.payments.models import PaymentState
from cabinet.providers.models import ProviderKind
from cabinet.residents.models import Role
from cabinet.support.models import TicketState


class Later(LazyProxy):
    """A text that is looked up when it is shown; asking whether it is there does not look it up."""

    __isabstractmethod__ = False

    def __bool__(self) -> bool:
        return True

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return super().__getattr__(name)


def later(message: str) -> Any:
    """The text of a label made at import time; mark the message with `N_`."""
    return Later(gettext, message, enable_cache=False)


Words = Mapping[StrEnum, str]

KINDS: Words = {
    ProviderKind.GAS: N_("Gas"),
    ProviderKind.WATER: N_("Water"),
    ProviderKind.ELECTRICITY: N_("Electricity"),
    ProviderKind.HEAT: N_("Heat"),
    ProviderKind.HOUSING: N_("Housing"),
}
ROLES: Words = {
    Role.RESIDENT: N_("Resident"),
    Role.CLERK: N_("Clerk of a provider"),
    Role.SUPPORT: N_("Support agent"),
    Role.AUDITOR: N_("Auditor"),
    Role.ADMINISTRATOR: N_("Administrator"),
}
PAYMENT_STATES: Words = {
    PaymentState.CREATED: N_("Begun"),
    PaymentState.PENDING: N_("Waiting for payment"),
    PaymentState.SUCCEEDED: N_("Paid"),
    PaymentState.FAILED: N_("Not paid"),
    PaymentState.CANCELED: N_("Canceled"),
    PaymentState.REVIEW: N_("To be checked: the sum differs"),
    PaymentState.DISPUTED: N_("Disputed"),
    PaymentState.LOST: N_("Dispute lost"),
}
TICKET_STATES: Words = {
    TicketState.OPEN: N_("Waiting for an answer"),
    TicketState.ANSWERED: N_("Answered"),
    TicketState.CLOSED: N_("Closed"),
}
LINK_LEVELS: Words = {
    LinkLevel.LITE: N_("By number"),
    LinkLevel.FULL: N_("Ownership proved"),
}

IN_TEMPLATES: dict[str, Any] = {
    "menu": later(N_("Menu")),
    "today": later(N_("Today")),
    "my_cabinet": later(N_("My cabinet")),
    "sign_out": later(N_("Sign out")),
    "no_permission": later(N_("You have no permission for this.")),
    "not_found": later(N_("This page does not exist, or you have no access to it.")),
    "failed": later(N_("This did not work.")),
    "home": later(N_("To the first page")),
    "cancel": later(N_("Cancel")),
    "save": later(N_("Save")),
    "show_all": later(N_("Show all")),
    "money_of_payment": later(N_("Refunds, disputes, checks")),
    "in_registries": later(N_("In which registry")),
    "who_has_access": later(N_("Who has access")),
    "open_thread": later(N_("Read and answer")),
}
"""What our templates say; a template's own `_` speaks from the library's catalog."""
