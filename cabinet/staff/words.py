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


def later(message: str) -> Any:
    """The text of a label made at import time; mark the message with `N_`."""
    return LazyProxy(gettext, message, enable_cache=False)


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
    TicketState.OPEN: N_("Open"),
    TicketState.ANSWERED: N_("Answered"),
    TicketState.CLOSED: N_("Closed"),
}
LINK_LEVELS: Words = {
    LinkLevel.LITE: N_("By number"),
    LinkLevel.FULL: N_("Ownership proved"),
}
