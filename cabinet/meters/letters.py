"""Letters about readings."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.errors import OnlyLooks
from cabinet.accounts.rights import Right
from cabinet.accounts.service import LinkedAccount, linked_account
from cabinet.errors import NotFound
from cabinet.i18n import use_locale
from cabinet.mail.service import link, write_letter
from cabinet.meters.models import Meter, Reading, TariffZone
from cabinet.meters.words import say_quantity
from cabinet.residents.service import get_profile

PAGE = "/readings"


async def tell_declined(reading: Reading, *, session: AsyncSession) -> None:
    """Tell who sent the reading that it was declined, why, and how to send another.

    Who may not send readings for the account any more, or wants no letters about them, is not written to.
    """
    if reading.resident_id is None:
        return
    zone = await session.get_one(TariffZone, reading.zone_id)
    meter = await session.get_one(Meter, zone.meter_id)
    try:
        account = await linked_account(
            reading.resident_id, meter.account_id, session=session, right=Right.SEND_READINGS
        )
    except (NotFound, OnlyLooks):
        return
    await _write(reading.resident_id, reading, meter, account, session)


async def _write(
    resident_id: UUID, reading: Reading, meter: Meter, account: LinkedAccount, session: AsyncSession
) -> None:
    profile = await get_profile(resident_id, session=session)
    if not profile.letters_about_readings:
        return
    with use_locale(profile.locale):
        value = say_quantity(reading.value, meter.unit)
    await write_letter(
        "reading_declined",
        profile.email,
        profile.locale,
        session=session,
        provider=account.provider_name_in(profile.locale),
        number=account.number,
        serial=meter.serial,
        value=value,
        day=reading.taken_on,
        reason=reading.declined_because,
        url=link(PAGE, profile.locale),
    )
