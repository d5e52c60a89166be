"""The letters about second factors: one was added or taken off, a spare code was used."""

from enum import StrEnum

from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.kit.dates import now
from cabinet.mail import service as mail
from cabinet.residents.models import Resident

PAGE = "/settings/security"


class Change(StrEnum):
    """What happened to the factors of a person."""

    APP_ON = "app_on"
    APP_OFF = "app_off"
    KEY_ADDED = "key_added"
    KEY_REMOVED = "key_removed"
    CODES_MADE = "codes_made"
    RESET = "reset"
    """By staff."""


async def say_changed(
    resident: Resident, change: Change, address: str, *, session: AsyncSession, name: str = ""
) -> None:
    """So that nobody does it in silence; `name` is that of a key."""
    await mail.write_letter(
        "factor_changed",
        resident.email,
        resident.locale,
        session=session,
        change=change.value,
        name=name,
        changed_at=now(),
        address=address,
        url=mail.link(PAGE, resident.locale),
    )


async def say_spare_used(resident: Resident, left: int, address: str, *, session: AsyncSession) -> None:
    """Somebody came in by a spare code; `left` are the codes that remain."""
    await mail.write_letter(
        "recovery_code_used",
        resident.email,
        resident.locale,
        session=session,
        left=left,
        used_at=now(),
        address=address,
        url=mail.link(PAGE, resident.locale),
    )
