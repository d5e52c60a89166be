"""Telling the provider's servers that readings came, in the transaction that keeps them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.meters.models import Reading
from cabinet.webhooks.service import WebhookEvent, announce


@dataclass(frozen=True, slots=True)
class Kept:
    """A reading that was kept, and whether it takes the place of an earlier one."""

    reading: Reading
    is_corrected: bool


async def tell_sent(
    provider_id: UUID, number: str, kept: Iterable[Kept | None], *, session: AsyncSession
) -> None:
    """Tell what was sent for the first time, and what corrects something."""
    new = [one for one in kept if one is not None]
    for event, is_corrected in (
        (WebhookEvent.READING_SUBMITTED, False),
        (WebhookEvent.READING_CORRECTED, True),
    ):
        said = [_said(one.reading) for one in new if one.is_corrected is is_corrected]
        if said:
            told = {"account_number": number, "readings": said}
            await announce(event, {provider_id: told}, session=session)


def _said(reading: Reading) -> dict[str, Any]:
    return {
        "reading_id": str(reading.id),
        "value": f"{reading.value:f}",
        "taken_on": reading.taken_on.isoformat(),
        "period": f"{reading.period:%Y-%m}",
    }
