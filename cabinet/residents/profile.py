"""What residents tell about themselves, and how they like things."""

import re
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.i18n import DEFAULT, LOCALES
from cabinet.kit.dates import now
from cabinet.residents.errors import BadPhone, TooLong
from cabinet.residents.models import Resident
from cabinet.residents.rows import lock_resident, read_resident, search_key

THEMES = ("system", "light", "dark")
_LONGEST_NAME = 200
_PHONE = re.compile(r"\+?[\d\s()\-\u2013\u00a0]{5,31}")


@dataclass(frozen=True, slots=True)
class Profile:
    """The part of a resident that belongs on their own settings page."""

    id: UUID
    email: str
    full_name: str
    phone: str
    locale: str
    theme: str
    letters_about_payments: bool
    letters_about_bills: bool
    letters_about_readings: bool
    letters_about_notices: bool
    welcomed: bool
    may_enter: bool
    """Confirmed, and staff have not closed the access."""


MAILBOXES = (
    select(Resident.id, Resident.email)
    .where(col(Resident.letters_about_payments).is_(True))
    .subquery("mailbox")
)
"""Where letters about payments go, for those who want them; for use inside a query."""


async def get_profile(resident_id: UUID, *, session: AsyncSession) -> Profile:
    """The profile of this resident. Raises NotFound."""
    found = await read_resident(resident_id, session=session)
    return Profile(
        found.id,
        found.email,
        found.full_name,
        found.phone,
        found.locale,
        found.theme,
        found.letters_about_payments,
        found.letters_about_bills,
        found.letters_about_readings,
        found.letters_about_notices,
        found.welcomed_at is not None,
        found.confirmed_at is not None and found.blocked_at is None,
    )


async def save_profile(
    resident_id: UUID,
    full_name: str,
    phone: str,
    locale: str,
    theme: str,
    letters_about_payments: bool,
    *,
    session: AsyncSession,
    letters_about_bills: bool | None = None,
    letters_about_readings: bool | None = None,
    letters_about_notices: bool | None = None,
) -> Profile:
    """Save the profile; an unknown language or theme falls back. Raises BadPhone, TooLong.

    None leaves a choice of letters as it is.
    """
    resident = await lock_resident(resident_id, session=session)
    resident.full_name = clean_name(full_name)
    resident.phone = _phone(phone)
    resident.locale = locale if locale in LOCALES else DEFAULT
    resident.theme = theme if theme in THEMES else "system"
    resident.letters_about_payments = letters_about_payments
    _choose_letters(resident, letters_about_bills, letters_about_readings, letters_about_notices)
    resident.search_key = search_key(resident.email, resident.full_name, resident.phone)
    await session.flush()
    return await get_profile(resident_id, session=session)


async def put_welcome_aside(resident_id: UUID, *, session: AsyncSession) -> None:
    """Remember that the first steps were seen."""
    resident = await lock_resident(resident_id, session=session)
    resident.welcomed_at = resident.welcomed_at or now()
    await session.flush()


def _choose_letters(
    resident: Resident, bills: bool | None, readings: bool | None, notices: bool | None
) -> None:
    if bills is not None:
        resident.letters_about_bills = bills
    if readings is not None:
        resident.letters_about_readings = readings
    if notices is not None:
        resident.letters_about_notices = notices


def clean_name(text: str) -> str:
    """The name in one line. Raises TooLong."""
    name = " ".join(text.split())
    if len(name) > _LONGEST_NAME:
        raise TooLong("full_name", _LONGEST_NAME)
    return name


def _phone(text: str) -> str:
    phone = " ".join(text.split())
    if phone and not (_PHONE.fullmatch(phone) and 5 <= sum(c.isdigit() for c in phone) <= 15):
        raise BadPhone
    return phone
