"""The linked accounts, as every page that lists them shows them."""

import re
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import reflex as rx

from cabinet.access.service import last_day
from cabinet.accounts import service as accounts
from cabinet.accounts.models import LinkRole
from cabinet.accounts.rights import Right
from cabinet.accounts.service import LinkedAccount
from cabinet.billing import service as billing
from cabinet.database import read_only
from cabinet.i18n import _, current_locale
from cabinet.kit.dates import say_date, say_day, today_in
from cabinet.kit.money import format_amount
from cabinet.kit.text import group_digits
from cabinet.ui import routes
from cabinet.ui.gate import person


@dataclass
class AccountCard:
    """One linked account in the words of the page's language."""

    id: str
    title: str
    provider: str
    kind: str
    number: str
    address: str
    amount: str
    as_of: str
    sentence: str
    tone: str
    """`due`, `fine` or `advance`: never the only sign of meaning."""
    page: str
    pay: str
    history: str
    owner: str = ""
    """Who the bill is addressed to: initials only, until it is proved."""
    is_full: bool = False
    may_pay: bool = True
    is_guest: bool = False
    """Let in by the owner."""
    badge: str = ""
    """What a guest may do, and until when."""
    access: str = ""
    prove: str = ""


class AccountsState(rx.State):
    """The accounts of the person; ids and words only, read anew on every page."""

    cards: rx.Field[list[AccountCard]] = rx.field(default_factory=list)
    loaded: rx.Field[bool] = rx.field(False)
    debt: rx.Field[str] = rx.field("")
    """All debts together; empty when nothing is owed."""

    @rx.event
    async def load(self) -> None:
        """Read the accounts and what they owe."""
        resident_id = person().id
        async with read_only() as session:
            linked = await accounts.linked_accounts(resident_id, session=session)
            due = await billing.next_due([account.account_id for account in linked], session=session)
        self.cards = [card_of(account, due.get(account.account_id)) for account in linked]
        debt = sum(max(account.balance_minor, 0) for account in linked)
        self.debt = format_amount(debt) if debt else ""
        self.loaded = True


def card_of(account: LinkedAccount, due_on: date | None) -> AccountCard:
    """What the card of an account says; amounts and days in the current language."""
    locale = current_locale()
    today = today_in(account.timezone)
    return AccountCard(
        id=str(account.account_id),
        title=account.title(locale),
        provider=account.provider_name_in(locale),
        kind=account.kind.value,
        number=group_digits(account.number),
        address=account.masked_address,
        amount=format_amount(abs(account.balance_minor)),
        as_of=_("on {day}").format(day=say_day(today)),
        sentence=_sentence(account.balance_minor, due_on, today),
        tone=_tone(account.balance_minor),
        page=routes.account(account.account_id),
        pay=routes.pay(account.account_id),
        history=routes.payments(account.account_id),
        owner=account.owner_name,
        is_full=account.may(Right.SEE_ALL),
        may_pay=account.may(Right.PAY),
        is_guest=account.role is not LinkRole.OWNER,
        badge=_badge(account),
        access=routes.access(account.account_id),
        prove=routes.prove(account.account_id),
    )


def say_role(role: LinkRole) -> str:
    """What somebody may do with an account, in a few words."""
    match role:
        case LinkRole.OWNER:
            return _("owner")
        case LinkRole.HELPER:
            return _("pays and sends readings")
        case LinkRole.VIEWER:
            return _("only looks")


def _badge(account: LinkedAccount) -> str:
    if account.role is LinkRole.OWNER:
        return ""
    words = _("By invitation: you pay and send readings")
    if account.role is LinkRole.VIEWER:
        words = _("By invitation: you only look")
    until = last_day(account.expires_at, account.timezone)
    return _("{words}, until {day}").format(words=words, day=say_date(until)) if until else words


def _tone(balance_minor: int) -> str:
    if balance_minor > 0:
        return "due"
    return "advance" if balance_minor < 0 else "fine"


def _sentence(balance_minor: int, due_on: date | None, today: date) -> str:
    if balance_minor < 0:
        return _("You have paid in advance. Nothing to pay now.")
    if balance_minor == 0:
        return _("Everything is paid.")
    if due_on is None:
        return _("This is your debt.")
    if due_on < today:
        return _("It was due on {day}. Pay now, so that no penalty grows.").format(day=say_day(due_on))
    return _("Pay by {day}.").format(day=say_day(due_on))


def id_in_path(path: str) -> UUID | None:
    """The account that a page below `/accounts/…` is about."""
    found = re.search(r"/accounts/([^/?]+)", path)
    return as_id(found[1]) if found else None


def as_id(text: str) -> UUID | None:
    """The id in an address or an argument; anything else is no id at all."""
    try:
        return UUID(text)
    except (ValueError, AttributeError, TypeError):
        return None
