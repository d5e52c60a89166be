"""From a row of the outbox to the message that travels."""

from collections.abc import Sequence
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from cabinet.i18n import path_in
from cabinet.mail.attachments import AttachedFile
from cabinet.mail.models import Letter
from cabinet.settings import settings

_UNSUBSCRIBABLE = {"payment_succeeded", "payment_failed"}


def message_of(letter: Letter, files: Sequence[AttachedFile] = ()) -> EmailMessage:
    """The whole message, text first and HTML beside it; the same Message-ID however often it is made."""
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(settings.operator_name, addr_spec=to_ascii(settings.mail_from))
    message["To"] = Address(addr_spec=to_ascii(letter.recipient))
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(letter.created_at)
    message["Message-ID"] = f"<{letter.id}@{_own_domain()}>"
    message["Reply-To"] = Address(addr_spec=to_ascii(settings.operator_email))
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message["Content-Language"] = letter.locale
    message["List-Id"] = f"<{letter.kind.replace('_', '-')}.{_own_domain()}>"
    if letter.kind in _UNSUBSCRIBABLE:
        message["List-Unsubscribe"] = f"<{settings.public_url}{path_in('/settings', letter.locale)}>"
    message.set_content(letter.text, cte="quoted-printable")
    message.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    for file in files:
        kind, _slash, subtype = file.content_type.partition("/")
        message.add_attachment(file.body, maintype=kind, subtype=subtype, filename=file.name)
    return message


def to_ascii(address: str) -> str:
    """The address with its domain in the form that every mail server takes (IDNA)."""
    local, _at, domain = address.rpartition("@")
    try:
        return f"{local}@{domain.encode('idna').decode()}"
    except UnicodeError:
        return address


def _own_domain() -> str:
    return to_ascii(settings.mail_from).rpartition("@")[2]
