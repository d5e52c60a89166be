"""What each kind of letter says."""

from collections.abc import Callable
from datetime import date, datetime

from cabinet.i18n import _, ngettext
from cabinet.kit.dates import say_date, say_day, say_moment, say_month
from cabinet.kit.money import format_amount
from cabinet.kit.text import group_digits
from cabinet.mail.content import Content, Row
from cabinet.mail.owner_kinds import OWNER_CONTENTS
from cabinet.settings import settings


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


def staff_invited(url: str) -> Content:
    """To a new colleague: the way to a password that nobody else knows."""
    return Content(
        subject=_("You were added to the staff"),
        heading=_("Welcome to the staff pages"),
        preheader=_("Choose a password, and you can sign in."),
        paragraphs=[
            _(
                "An administrator gave you access to the staff pages. Choose your password: nobody else knows it."
            )
        ],
        button=_("Set a password"),
        url=url,
        show_url=True,
        notes=[
            _("The link works for {time} and only once.").format(time=_hours(settings.confirm_link_hours)),
            _("If this is a mistake, do not open the link and tell the administrator."),
        ],
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


def refund_succeeded(number: int, amount_minor: int, url: str) -> Content:
    """The money is on its way to the card, and the processor says that it got there."""
    amount = format_amount(amount_minor)
    return Content(
        subject=_("Refunded: {sum}").format(sum=amount),
        heading=_("The money has been sent back"),
        preheader=_("Payment No. {number}").format(number=number),
        paragraphs=[
            _("From payment No. {number}, {sum} went back to the card that paid.").format(
                number=number, sum=amount
            ),
            _("Your bank may take a few days to show it."),
        ],
        amount=amount,
        tone="fine",
        sign="↩",
        button=_("Open the payment"),
        url=url,
        may_unsubscribe=True,
    )


def refund_failed(number: int, amount_minor: int, url: str) -> Content:
    """The bank did not take the refund; the money is with us."""
    amount = format_amount(amount_minor)
    return Content(
        subject=_("Not refunded: {sum}").format(sum=amount),
        heading=_("The bank did not accept the refund"),
        preheader=_("Payment No. {number}").format(number=number),
        paragraphs=[
            _("The refund of {sum} from payment No. {number} did not reach the card.").format(
                number=number, sum=amount
            ),
            _("The money is not lost: it is with us. Write to us how to return it."),
        ],
        amount=amount,
        tone="failed",
        sign="!",
        button=_("Open the payment"),
        url=url,
        may_unsubscribe=True,
    )


def autopay_announced(
    provider: str, number: str, total_minor: int, day: date, card: str, url: str
) -> Content:
    """Two days before a charge: sum, day, card, and how to stop it."""
    total = format_amount(total_minor)
    return Content(
        subject=_("Autopay on {day}: {sum}").format(day=say_day(day), sum=total),
        heading=_("Autopay on {day}").format(day=say_day(day)),
        preheader=_("{provider}, card {card}").format(provider=provider, card=card),
        paragraphs=[
            _(
                "On {day} we will charge {sum} to your card {card}. If the debt is smaller by then, less."
            ).format(day=say_day(day), sum=total, card=card),
            _(
                "There is nothing you need to do. To stop the charge, pause autopay or turn it off before that day."
            ),
        ],
        amount=total,
        rows=_rows([(provider, number, total_minor)]),
        button=_("Pause or turn off"),
        url=url,
    )


def autopay_failed(provider: str, number: str, total_minor: int, reason: str, url: str) -> Content:
    """The charge of a standing order was not made; `reason` is a whole sentence in the reader's language."""
    total = format_amount(total_minor)
    return Content(
        subject=_("Autopay did not go through: {sum}").format(sum=total),
        heading=_("Autopay did not go through"),
        preheader=_("Nothing has been charged."),
        paragraphs=[
            reason,
            _("Autopay will not try again this time. Please pay on the site."),
        ],
        amount=total,
        rows=_rows([(provider, number, total_minor)]),
        tone="failed",
        sign="!",
        button=_("Pay on the site"),
        url=url,
    )


def autopay_needs_you(provider: str, number: str, total_minor: int, url: str) -> Content:
    """The bank wants the holder of the card to confirm: the resident finishes on the site."""
    total = format_amount(total_minor)
    return Content(
        subject=_("Your bank asks you to confirm: {sum}").format(sum=total),
        heading=_("Your bank asks you to confirm the payment"),
        preheader=_("Nothing has been charged yet."),
        paragraphs=[
            _(
                "Autopay asked for {sum}, and your bank wants to hear it from you. Nothing has been charged yet."
            ).format(sum=total),
            _("Open the site and pay: the bank will ask for its code."),
        ],
        amount=total,
        rows=_rows([(provider, number, total_minor)]),
        button=_("Pay on the site"),
        url=url,
    )


def autopay_ended(provider: str, number: str, reason: str, url: str) -> Content:
    """A standing order is over; `reason` is a whole sentence in the reader's language."""
    return Content(
        subject=_("Autopay is off: {provider}").format(provider=provider),
        heading=_("Autopay is off"),
        preheader=_("Nothing more will be charged by itself."),
        paragraphs=[
            _("{provider}, account {number}.").format(provider=provider, number=group_digits(number)),
            reason,
            _("Nothing more will be charged by itself. You can turn autopay on again at any time."),
        ],
        button=_("Cards and autopay"),
        url=url,
    )


def new_bill(
    account: str,
    number: str,
    period: date,
    due_on: date,
    total_minor: int,
    to_pay_minor: int,
    url: str,
    why: str = "",
) -> Content:
    """A bill has come; `why` is a whole sentence in the reader's language, or empty."""
    to_pay, month = format_amount(abs(to_pay_minor)), say_month(period)
    paid = to_pay_minor <= 0
    ask = (
        _("Nothing to pay: the account is in advance.")
        if paid
        else _("Pay by {day}.").format(day=say_day(due_on))
    )
    subject = _("Bill for {month}") if paid else _("Bill for {month}: {sum}")
    return Content(
        subject=subject.format(month=month, sum=to_pay),
        heading=_("Bill for {month}").format(month=month),
        preheader=ask,
        paragraphs=[ask, *([why] if why else [])],
        amount="" if paid else to_pay,
        rows=[
            Row(account, _("Account {number}").format(number=group_digits(number)), ""),
            Row(_("Charged for the month"), "", format_amount(total_minor)),
        ],
        total="" if paid else to_pay,
        button=_("Open the bill"),
        url=url,
        may_unsubscribe=True,
    )


def invitation(inviter: str, provider: str, may_pay: bool, until: date | None, url: str) -> Content:
    """Somebody is let into an account by its owner; names neither the number nor the address."""
    if may_pay:
        what = _("You could see the bills and the meters, pay, and send readings.")
    else:
        what = _("You could see the bills and the meters. Paying and sending readings stays with the owner.")
    ends = [_("The access ends after {day}.").format(day=say_date(until))] if until else []
    return Content(
        subject=_("You are invited to an account: {provider}").format(provider=provider),
        heading=_("You are invited to an account"),
        preheader=_("{inviter} lets you in.").format(inviter=inviter),
        paragraphs=[
            _("{inviter} invites you to an account of {provider}.").format(
                inviter=inviter, provider=provider
            ),
            what,
            *ends,
        ],
        button=_("See the invitation"),
        url=url,
        show_url=True,
        notes=[
            _("The link works for 7 days and only once, and only for this address."),
            _("If you do not know the person, do nothing: nothing will happen."),
        ],
    )


def access_ended(provider: str, number: str, reason: str, url: str) -> Content:
    """Somebody does not see an account any more; `reason` is a whole sentence in the reader's language."""
    return Content(
        subject=_("Your access has ended: {provider}").format(provider=provider),
        heading=_("Your access to an account has ended"),
        preheader=_("The account is not in your cabinet any more."),
        paragraphs=[
            _("{provider}, account {number}.").format(provider=provider, number=group_digits(number)),
            reason,
            _("Your own payments stay in your history. Autopay for this account is off."),
        ],
        button=_("Open my cabinet"),
        url=url,
    )


def token_created(
    name: str,
    accounts: list[tuple[str, str]],
    may_look: bool,
    may_send: bool,
    made_at: datetime,
    expires_at: datetime | None,
    address: str,
    url: str,
) -> Content:
    """A key for a program was made: the owner has to know, in case it was not they."""
    may = [_("see what is owed, the bills and the readings")] * may_look + [_("send readings")] * may_send
    until = (
        _("until {day}").format(day=say_date(expires_at.date())) if expires_at else _("until you delete it")
    )
    where = _("It was made on {moment}, Moscow time.").format(moment=say_moment(made_at))
    if address:
        said = _("It was made on {moment}, Moscow time, from the address {address}.")
        where = said.format(moment=say_moment(made_at), address=address)
    return Content(
        subject=_("A key for a program was made: {name}").format(name=name),
        heading=_("A key for a program was made"),
        preheader=_("If it was not you, delete it at once."),
        paragraphs=[
            _("The key “{name}” lets a program do this for you, {until}: {rights}.").format(
                name=name, until=until, rights=", ".join(may)
            ),
            where,
            _("If it was not you, delete the key at once and change your password: somebody knows it."),
        ],
        rows=_named(accounts),
        button=_("Look at my keys"),
        url=url,
    )


def token_ended(name: str, reason: str, url: str) -> Content:
    """A program cannot come in any more; `reason` is a whole sentence in the reader's language."""
    return Content(
        subject=_("A key does not work any more: {name}").format(name=name),
        heading=_("A key for a program has ended"),
        preheader=_("The program that used it cannot come in any more."),
        paragraphs=[
            _("The key “{name}” does not work any more.").format(name=name),
            reason,
            _("The program that used it will not send readings and not show sums any more."),
        ],
        button=_("Look at my keys"),
        url=url,
    )


def device_needs_you(name: str, values: list[tuple[str, str, str]], url: str) -> Content:
    """What a device sent was not taken; `values` are the meter, the value, and why."""
    return Content(
        subject=_("Please look at the readings: {name}").format(name=name),
        heading=_("A reading waits for you"),
        preheader=_("The device has sent it, and nothing was handed on yet."),
        paragraphs=[
            _("“{name}” has sent readings, and some of them were not taken:").format(name=name),
            _(
                "Look at the meter and send the right reading yourself. We write once a month, however often "
                "the device sends."
            ),
        ],
        rows=[Row(meter, why, value) for meter, value, why in values],
        button=_("Send readings"),
        url=url,
    )


def reading_declined(
    provider: str,
    number: str,
    serial: str,
    value: str,
    day: date,
    reason: str,
    url: str,
) -> Content:
    """The provider did not take a reading; `reason` is in the provider's words."""
    return Content(
        subject=_("Reading not accepted: {provider}").format(provider=provider),
        heading=_("The reading was not accepted"),
        preheader=_("Meter No. {serial}: {value}").format(serial=serial, value=value),
        paragraphs=[
            _("{provider}, account {number}.").format(provider=provider, number=group_digits(number)),
            _("The reading {value} of {day}, meter No. {serial}, was not accepted.").format(
                value=value, day=say_day(day), serial=serial
            ),
            _("Reason: {reason}").format(reason=reason),
            _("Until a new one comes, the previous reading counts. Look at the meter and send it again."),
        ],
        tone="failed",
        sign="!",
        button=_("Send the reading"),
        url=url,
    )


def notice(is_outage: bool, title: str, text: str, url: str, provider: str = "", when: str = "") -> Content:
    """News or an outage, in the words of the provider, or of the operator; `when` is empty for news."""
    kind = _("Outage") if is_outage else _("News")
    when = when[:1].upper() + when[1:]
    return Content(
        subject=f"{kind}: {title}",
        heading=title,
        preheader=when or provider or kind,
        paragraphs=[
            *([when] if when else []),
            *[part for line in text.split("\n") if (part := line.strip())],
            *([provider] if provider else []),
        ],
        button=_("Open my cabinet"),
        url=url,
        may_unsubscribe=True,
    )


def window_opens(
    provider: str,
    accounts: list[tuple[str, str]],
    period: date,
    opens: date,
    closes: date,
    strict: bool,
    url: str,
) -> Content:
    """The days for readings have begun, and nothing was sent for the month yet."""
    day = say_day(closes)
    taken = _("{provider} takes readings for {month} until {day}.")
    return Content(
        subject=_("Time to send readings: until {day}").format(day=day),
        heading=_("Time to send readings"),
        preheader=taken.format(provider=provider, month=say_month(period), day=day),
        paragraphs=[
            taken.format(provider=provider, month=say_month(period), day=day),
            _("Look at the meters and enter the digits in your cabinet: it takes a minute."),
        ],
        rows=_named(accounts),
        button=_("Send readings"),
        url=url,
        notes=[_("If the readings are sent in another way already, there is nothing you need to do.")],
        may_unsubscribe=True,
    )


def window_closes_tomorrow(
    provider: str,
    accounts: list[tuple[str, str]],
    period: date,
    opens: date,
    closes: date,
    strict: bool,
    url: str,
) -> Content:
    """Tomorrow is the last day, and nothing was sent."""
    day, month = say_day(closes), say_month(period)
    after = _("After that a reading counts for the next month.")
    if strict:
        after = _("After that no readings are taken for the month, and the provider bills by the average.")
    return Content(
        subject=_("Tomorrow is the last day for readings: {provider}").format(provider=provider),
        heading=_("Tomorrow is the last day for readings"),
        preheader=_("We have no readings for {month} yet.").format(month=month),
        paragraphs=[
            _("{provider} takes readings for {month} until {day}. We have none from you yet.").format(
                provider=provider, month=month, day=day
            ),
            after,
        ],
        rows=_named(accounts),
        button=_("Send readings"),
        url=url,
        notes=[_("If the readings are sent in another way already, there is nothing you need to do.")],
        may_unsubscribe=True,
    )


def verification_due(
    provider: str,
    meters: list[tuple[str, str, str, date]],
    must: bool,
    phone: str,
    url: str,
) -> Content:
    """The verification of meters ends soon; `must`: afterwards their readings are not taken at all."""
    first = min(due for _service, _serial, _number, due in meters)
    after = _("Without a verification the provider may bill you by the norm, which is mostly more.")
    if must:
        after = _(
            "Without a verification the readings are not taken, and the provider bills you by the norm."
        )
    order = _("Order the verification in time: it takes a few days, and mostly need not take the meter off.")
    return Content(
        subject=_("Meter verification ends on {day}").format(day=say_day(first)),
        heading=_("The verification of a meter ends soon"),
        preheader=_("{provider}: until {day}").format(provider=provider, day=say_date(first)),
        paragraphs=[
            order,
            after,
            *(
                [_("Questions? {provider}, phone {phone}.").format(provider=provider, phone=phone)]
                if phone
                else []
            ),
        ],
        rows=[
            Row(
                _("{service}, meter No. {serial}").format(service=service, serial=serial),
                _("Account {number}").format(number=group_digits(number)),
                _("until {day}").format(day=say_date(due)),
            )
            for service, serial, number, due in meters
        ],
        button=_("Open the meters"),
        url=url,
        may_unsubscribe=True,
    )


def ticket_received(number: int, subject: str, url: str = "", is_own: bool = False) -> Content:
    """We have the request; its number is what to quote. `is_own`: the link leads to the request itself."""
    return Content(
        subject=_("Request No. {number} received").format(number=number),
        heading=_("Request No. {number}").format(number=number),
        preheader=_("We have it and will answer to this address."),
        paragraphs=[
            _("We have your request “{subject}” and will answer to this address.").format(subject=subject),
            _("Quote the number if you call or write again."),
        ],
        button=(_("Open the request") if is_own else _("Open help")) if url else "",
        url=url,
    )


def ticket_answered(
    number: int, subject: str, text: str, files: int, url: str, closed_days: int = 0
) -> Content:
    """What support answered, and where to answer back; `closed_days`: it is closed, and opens again so long."""
    attached = ngettext(
        "{n} file is attached. You see it when you open the request.",
        "{n} files are attached. You see them when you open the request.",
        files,
    ).format(n=files)
    return Content(
        subject=_("Answer to request No. {number}").format(number=number),
        heading=_("Answer to your request “{subject}”").format(subject=subject),
        preheader=_("Request No. {number}").format(number=number),
        paragraphs=[*_paragraphs(text), *([attached] if files else [])],
        button=_("Open and answer"),
        url=url,
        notes=[
            *([_("With this answer the request is closed."), _reopens(closed_days)] if closed_days else []),
            _("Answers to this letter are not read. Write in the request."),
        ],
    )


def ticket_closing(number: int, subject: str, closes_on: date, url: str) -> Content:
    """Nobody wrote for days: the request will be closed."""
    return Content(
        subject=_("Request No. {number}: is it settled?").format(number=number),
        heading=_("Is your question settled?"),
        preheader=_("We close the request on {day} if you do not write.").format(day=say_day(closes_on)),
        paragraphs=[
            _("We have answered your request “{subject}” and heard nothing since.").format(subject=subject),
            _(
                "If it is settled, there is nothing you need to do: we close it on {day}. If it is not, write to us."
            ).format(day=say_day(closes_on)),
        ],
        button=_("Open the request"),
        url=url,
    )


def ticket_closed(number: int, subject: str, days: int, url: str) -> Content:
    """The request is closed, and we ask how the help was."""
    return Content(
        subject=_("Request No. {number} is closed").format(number=number),
        heading=_("How did we help?"),
        preheader=_("One press tells us how we did."),
        paragraphs=[
            _("Your request “{subject}” is closed. Please tell us how we did: a mark from 1 to 5.").format(
                subject=subject
            ),
            _reopens(days),
        ],
        button=_("Rate the help"),
        url=url,
    )


def _reopens(days: int) -> str:
    return ngettext(
        "If something is still open, answer in the request within {n} day, and we go on with it.",
        "If something is still open, answer in the request within {n} days, and we go on with it.",
        days,
    ).format(n=days)


def _paragraphs(text: str) -> list[str]:
    """Each line that says something."""
    return [line for line in text.split("\n") if line.strip()]


def webhook_switched_off(provider: str, host: str, url: str) -> Content:
    """To a provider: its server took nothing for days, so it is told nothing more."""
    return Content(
        subject=_("We no longer tell {host} of events").format(host=host),
        heading=_("Your server does not answer"),
        preheader=_("No event is lost: payments and readings can be pulled by the API."),
        paragraphs=[
            _(
                "{provider}: the server {host} has taken no event for days, so we have stopped sending."
            ).format(provider=provider, host=host),
            _("Mend the server, then switch its address on again on the page of keys."),
        ],
        button=_("Open the page of keys"),
        url=url,
        notes=[_("What happened meanwhile can be pulled by the API: nothing is lost.")],
    )


def key_expires(provider: str, name: str, prefix: str, day: date, url: str) -> Content:
    """To a provider: a key of its program will end soon."""
    return Content(
        subject=_("The key “{name}” ends on {day}").format(name=name, day=say_day(day)),
        heading=_("A key of your program ends soon"),
        preheader=_("Make a new one in time, or the exchange of data stops."),
        paragraphs=[
            _("{provider}: the key “{name}” ({prefix}…) works until {day}.").format(
                provider=provider, name=name, prefix=prefix, day=say_date(day)
            ),
            _("Make a new key, enter it in your program, then revoke the old one."),
        ],
        button=_("Open the page of keys"),
        url=url,
    )


def _named(accounts: list[tuple[str, str]]) -> list[Row]:
    return [
        Row(name, _("Account {number}").format(number=group_digits(number)), "") for name, number in accounts
    ]


def _rows(items: list[tuple[str, str, int]]) -> list[Row]:
    return [
        Row(provider, _("Account {number}").format(number=group_digits(number)), format_amount(amount))
        for provider, number, amount in items
    ]


CONTENTS: dict[str, Callable[..., Content]] = {
    "confirm_email": confirm_email,
    "already_registered": already_registered,
    "reset_password": reset_password,
    "staff_invited": staff_invited,
    "payment_succeeded": payment_succeeded,
    "payment_failed": payment_failed,
    "refund_succeeded": refund_succeeded,
    "refund_failed": refund_failed,
    "autopay_announced": autopay_announced,
    "autopay_failed": autopay_failed,
    "autopay_needs_you": autopay_needs_you,
    "autopay_ended": autopay_ended,
    "new_bill": new_bill,
    "invitation": invitation,
    "access_ended": access_ended,
    "token_created": token_created,
    "token_ended": token_ended,
    "device_needs_you": device_needs_you,
    "reading_declined": reading_declined,
    "window_opens": window_opens,
    "window_closes_tomorrow": window_closes_tomorrow,
    "verification_due": verification_due,
    "notice": notice,
    "ticket_received": ticket_received,
    "ticket_answered": ticket_answered,
    "ticket_closing": ticket_closing,
    "ticket_closed": ticket_closed,
    "webhook_switched_off": webhook_switched_off,
    "key_expires": key_expires,
    **OWNER_CONTENTS,
}
