"""E-mail addresses: one key for one mailbox, whatever the case or Unicode form."""

import asyncio
from dataclasses import dataclass

from email_validator import EmailNotValidError, EmailUndeliverableError, caching_resolver, validate_email

from cabinet.residents.errors import BadEmail, NoSuchMailServer
from cabinet.settings import settings

_DNS_SECONDS = 3
_LONGEST = 254


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An address as the person writes it, and the key that is the same for all its spellings."""

    address: str
    key: str
    domain: str


def read_mailbox(text: str) -> Mailbox:
    """The mailbox meant by what a person typed; raises BadEmail."""
    try:
        found = validate_email(
            text.strip(), check_deliverability=False, test_environment=not settings.is_production
        )
    except EmailNotValidError:
        raise BadEmail from None
    key = f"{found.local_part}@{found.ascii_domain}".casefold()
    if max(len(found.normalized), len(key)) > _LONGEST:
        raise BadEmail
    return Mailbox(found.normalized, key, found.ascii_domain)


async def check_mail_server(mailbox: Mailbox) -> None:
    """Raise NoSuchMailServer if the setting asks for the DNS check and the domain takes no mail.

    A name server that does not answer in 3 s proves nothing: the address is let through.
    """
    if not settings.email_dns_check:
        return
    try:
        async with asyncio.timeout(_DNS_SECONDS):
            await asyncio.to_thread(_ask_dns, mailbox.address)
    except TimeoutError:
        return
    except EmailUndeliverableError:
        raise NoSuchMailServer(mailbox.domain) from None


def _ask_dns(address: str) -> None:
    resolver = caching_resolver(timeout=_DNS_SECONDS)
    validate_email(address, check_deliverability=True, dns_resolver=resolver)
