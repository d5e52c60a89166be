"""Readings that a resident's program sends: the rules of the form, and nobody there to ask.

What is odd is refused until the program names the doubts that its user has confirmed. The same value again
changes nothing, so a program may repeat itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.models import LinkLevel
from cabinet.accounts.rights import Right
from cabinet.accounts.service import LinkedAccount
from cabinet.keys.personal_errors import NothingSent, UnknownMeter, UnknownZone
from cabinet.keys.personal_use import Bearer, account_of
from cabinet.kit.text import mask_serial
from cabinet.limits.service import count_try
from cabinet.meters import service as meters
from cabinet.meters.concerns import Doubt
from cabinet.meters.doubts import asked
from cabinet.meters.errors import BadReadings
from cabinet.meters.models import ReadingSource
from cabinet.meters.rules import is_empty
from cabinet.meters.service import MeterView, ReadingWish, ZoneView

READINGS_IN_AN_HOUR = 20
_TRY_KIND = "personal_readings"


@dataclass(frozen=True, slots=True)
class Value:
    """What a program says of one zone: the meter by its id, or by its number as the account shows it."""

    meter: str
    text: str
    zone: int = 1


@dataclass(frozen=True, slots=True)
class Kept:
    """A value that stands now; `is_new` unless it stood there before."""

    meter: MeterView
    zone: ZoneView
    value: Decimal
    is_new: bool


async def count_sending(bearer: Bearer) -> None:
    """Count one request that sends readings. Raises TooManyTries. Call it before the first query."""
    await count_try(_TRY_KIND, bearer.subject, limit=READINGS_IN_AN_HOUR, within=timedelta(hours=1))


async def send_readings(
    bearer: Bearer,
    account_id: UUID,
    values: Sequence[Value],
    *,
    session: AsyncSession,
    confirm: frozenset[Doubt] = frozenset(),
    taken_on: date | None = None,
) -> list[Kept]:
    """Keep the values, all or none; `confirm` are the doubts that the user has answered for.

    Raises TokenMayNot, NotFound, OnlyLooks, NothingSent, UnknownMeter, UnknownZone, WrongDay, and BadReadings
    with what is wrong or not confirmed, by zone.
    """
    account = await account_of(bearer, account_id, Right.SEND_READINGS, session=session)
    placed = place_values(await shown_meters(account, session=session), values)
    if not placed:
        raise NothingSent
    return await keep(bearer, account, placed, confirm, session=session, taken_on=taken_on)


async def shown_meters(account: LinkedAccount, *, session: AsyncSession) -> list[MeterView]:
    """The meters in place, with their numbers as this resident may see them."""
    found = (await meters.meters_of([account.account_id], session=session))[account.account_id]
    return [_shown(meter) for meter in found] if account.level is LinkLevel.LITE else found


def place_values(
    devices: Sequence[MeterView], values: Sequence[Value]
) -> dict[UUID, tuple[MeterView, ZoneView, str]]:
    """Each value by the zone that it is for. Raises UnknownMeter, UnknownZone."""
    placed: dict[UUID, tuple[MeterView, ZoneView, str]] = {}
    for value in values:
        if is_empty(value.text):
            continue
        meter = _meter(devices, value.meter)
        zone = next((one for one in meter.zones if one.number == value.zone), None)
        if zone is None:
            raise UnknownZone
        placed[zone.id] = (meter, zone, value.text)
    return placed


async def keep(
    bearer: Bearer,
    account: LinkedAccount,
    placed: Mapping[UUID, tuple[MeterView, ZoneView, str]],
    confirm: frozenset[Doubt],
    *,
    session: AsyncSession,
    taken_on: date | None = None,
) -> list[Kept]:
    """Hand on what does not stand there yet. Raises BadReadings."""
    new = {
        zone_id: text
        for zone_id, (_meter, zone, text) in placed.items()
        if taken_on is not None or not stands_already(text, zone)
    }
    sent = await _submit(bearer, account, new, confirm, taken_on, session) if new else {}
    return [
        Kept(meter, zone, sent.get(zone_id, number_in(text) or Decimal(0)), zone_id in sent)
        for zone_id, (meter, zone, text) in placed.items()
        if zone_id in sent or zone_id not in new
    ]


def stands_already(text: str, zone: ZoneView) -> bool:
    """Whether this very value was sent for the present period, or has been taken over already."""
    accepted = zone.accepted_on is not None and zone.previous_source is ReadingSource.RESIDENT
    value = number_in(text)
    return value is not None and (value == zone.sent or (accepted and value == zone.previous))


def number_in(text: str) -> Decimal | None:
    """The number, if it is one; whether it fits the meter is another question."""
    try:
        found = Decimal("".join(text.split()).replace(",", "."))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


async def _submit(
    bearer: Bearer,
    account: LinkedAccount,
    texts: Mapping[UUID, str],
    confirm: frozenset[Doubt],
    taken_on: date | None,
    session: AsyncSession,
) -> dict[UUID, Decimal]:
    """First without any confirmation: that tells which doubts there are, zone by zone."""

    async def submit(confirmed: Mapping[UUID, frozenset[Doubt]]) -> dict[UUID, Decimal]:
        wishes = {
            zone_id: ReadingWish(text, confirmed.get(zone_id, frozenset())) for zone_id, text in texts.items()
        }
        return await meters.submit_readings(
            bearer.resident_id, account.account_id, wishes, session=session, taken_on=taken_on
        )

    try:
        return await submit({})
    except BadReadings as bad:
        doubts = {zone_id: asked(found) for zone_id, found in bad.concerns.items()}
        if bad.errors or not all(found <= confirm for found in doubts.values()):
            raise
    return await submit(doubts)


def _meter(devices: Sequence[MeterView], name: str) -> MeterView:
    wanted = name.strip()
    found = [one for one in devices if wanted and wanted.lower() in (str(one.id), one.serial.strip().lower())]
    if len(found) != 1:
        raise UnknownMeter
    return found[0]


def _shown(meter: MeterView) -> MeterView:
    return replace(meter, serial=mask_serial(meter.serial))
