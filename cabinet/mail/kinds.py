"""What each kind of letter says."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from cabinet.i18n import _, ngettext
from cabinet.kit.dates import say_moment
from cabinet.kit.money import format_amount
from cabinet.kit.text import group_digits
from cabinet.settings import settings


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table: what it is for, and the sum."""

    title: str
    detail: str
    amount: str


@dataclass(frozen=True, slots=True)
class Content:
    """A letter before it is laid out: one column, one button."""

    subject: str
    heading: str
    preheader: str
    """What a mail program shows beside the subject."""
    paragraphs: list[str]
    button: str = ""
    url: str = ""
    show_url: bool = False
    amount: str = ""
    rows: list[Row] = field(default_factory=list)
    total: str = ""
    tone: str = "plain"
    """`plain`, `fine` or `failed`."""
    sign: str = ""
    notes: list[str] = field(default_factory=list)
    """Small print below the button."""
    extra_link: tuple[str, str] = ("", "")
    may_unsubscribe: bool = False


def _hours(n: int) -> str:
    return ngettext("{n} hour", "{n} hours", n).format(n=n)


def confirm_email(url: str) -> Content:
    """The first letter: proves that the mailbox is theirs."""
    return Content(
        subject=_("Confirm your e-mail"),
        heading=_("Confirm your e-mail"),
        preheader=_("One press, and you can sign in."),
        paragraphs=[
            _("Somebody, we hope you, signed up for the resident's cabinet with this address. One step left.")
        ],
        button=_("Confirm e-mail"),
        url=url,
        show_url=True,
        notes=[
            _("The link works for {time} and only once.").format(time=_hours(settings.confirm_link_hours)),
            _("If you did not sign up, do not open the link: nothing will happen."),
        ],
    )


def already_registered(url: str, forgot_url: str) -> Content:
    """To the owner of an address that somebody signs up with again."""
    return Content(
        subject=_("You are signed up already"),
        heading=_("You are signed up already"),
        preheader=_("Your password and your accounts are as they were."),
        paragraphs=[
            _(
                "Somebody, perhaps you, tried to sign up with this address. "
                "You have a cabinet already: sign in."
            ),
            _("Nothing has changed: your password and your accounts are as they were."),
        ],
        button=_("Sign in"),
        url=url,
        extra_link=(_("Set a new password"), forgot_url),
        notes=[_("If it was not you, there is nothing you need to do.")],
    )


def reset_password(url: str) -> Content:
    """The way to a new password."""
    return Content(
        subject=_("A new password"),
        heading=_("Choose a new password"),
        preheader=_("The old password works until you do."),
        paragraphs=[
            _("Somebody, we hope you, asked for a new password. The old one works until you set the new one.")
        ],
        button=_("Set a new password"),
        url=url,
        show_url=True,
        notes=[
            _("The link works for {time} and only once.").format(time=_hours(settings.reset_link_hours)),
            _("If you did not ask for it, do not open the link: your password stays the same."),
        ],
    )


def password_changed(url: str, changed_at: datetime) -> Content:
    """Tells the owner, so that a thief cannot do it in silence."""
    return Content(
        subject=_("Your password was changed"),
        heading=_("Your password was changed"),
        preheader=_("If it was not you, set a new one at once."),
        paragraphs=[
            _(
                "It happened on {moment}, Moscow time. All devices were signed out: use the new password."
            ).format(moment=say_moment(changed_at)),
            _("If it was not you, set a new password at once, and write to us."),
        ],
        button=_("Set a new password"),
        url=url,
    )


def payment_succeeded(
    number: int, total_minor: int, paid_at: datetime, items: list[tuple[str, str, int]], url: str
) -> Content:
    """The confirmation of a payment."""
    total = format_amount(total_minor)
    return Content(
        subject=_("Paid: {sum}").format(sum=total),
        heading=_("Payment received"),
        preheader=_("Payment No. {number}, {moment}").format(number=number, moment=say_moment(paid_at)),
        paragraphs=[
            _("Payment No. {number} of {moment}, Moscow time.").format(
                number=number, moment=say_moment(paid_at)
            )
        ],
        amount=total,
        rows=_rows(items),
        total=total,
        tone="fine",
        sign="✓",
        button=_("Open the payment"),
        url=url,
        notes=[_("This is a confirmation of payment. The fiscal receipt comes from the provider.")],
        may_unsubscribe=True,
    )


def payment_failed(
    number: int, total_minor: int, url: str, reason: str = "", items: list[tuple[str, str, int]] | None = None
) -> Content:
    """The payment did not happen; `reason` is a whole sentence in the reader's language."""
    total = format_amount(total_minor)
    return Content(
        subject=_("Not paid: {sum}").format(sum=total),
        heading=_("The payment did not go through"),
        preheader=_("No money was taken."),
        paragraphs=[
            *([reason] if reason else []),
            _("No money was taken. Payment No. {number} is closed; you can pay again.").format(number=number),
        ],
        amount=total,
        rows=_rows(items or []),
        tone="failed",
        sign="!",
        button=_("Pay again"),
        url=url,
        may_unsubscribe=True,
    )


def ticket_received(number: int, subject: str, url: str = "") -> Content:
    """We have the request; its number is what to quote."""
    return Content(
        subject=_("Request No. {number} received").format(number=number),
        heading=_("Request No. {number}").format(number=number),
        preheader=_("We have it and will answer to this address."),
        paragraphs=[
            _("We have your request “{subject}” and will answer to this address.").format(subject=subject),
            _("Quote the number if you call or write again."),
        ],
        button=_("Open help") if url else "",
        url=url,
    )


def _rows(items: list[tuple[str, str, int]]) -> list[Row]:
    return [
        Row(provider, _("Account {number}").format(number=group_digits(number)), format_amount(amount))
        for provider, number, amount in items
    ]


CONTENTS: dict[str, Callable[..., Content]] = {
    "confirm_email": confirm_email,
    "already_registered": already_registered,
    "reset_password": reset_password,
    "password_changed": password_changed,
    "payment_succeeded": payment_succeeded,
    "payment_failed": payment_failed,
    "ticket_received": ticket_received,
}
