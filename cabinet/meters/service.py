"""Meters of an account, and the readings that residents send."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.models import LinkLevel
from cabinet.accounts.rights import Right
from cabinet.accounts.service import linked_account
from cabinet.database import after_commit
from cabinet.errors import NotFound
from cabinet.kit.dates import today_in
from cabinet.meters.announcing import Kept, tell_sent
from cabinet.meters.concerns import Concern, Doubt
from cabinet.meters.decisions import accept_readings, decline_reading, take_provider_reading
from cabinet.meters.doubts import asked, find_doubts
from cabinet.meters.errors import (
    BadReadings,
    ReadingProblem,
    VerificationExpired,
    WindowClosed,
    WrongDay,
)
from cabinet.meters.models import Reading, ReadingSource, ReadingState, TariffZone
from cabinet.meters.places import places_of
from cabinet.meters.rules import Checked, Place, check_reading, is_empty
from cabinet.meters.sent import SentReading, sent_readings
from cabinet.meters.views import MeterView, ZoneView, meters_of, window_of
from cabinet.meters.windows import Window, say_window
from cabinet.providers.service import ProviderView, get_provider
from cabinet.watching.metrics import READINGS

__all__ = [
    "MeterView",
    "ReadingWish",
    "SentReading",
    "ZoneView",
    "accept_readings",
    "decline_reading",
    "meters_of",
    "sent_readings",
    "submit_readings",
    "take_provider_reading",
    "window_of",
    "window_sentence",
]


@dataclass(frozen=True, slots=True)
class ReadingWish:
    """What a resident typed for a zone, and which doubts they have confirmed; empty text means: not sent."""

    text: str
    confirmed: frozenset[Doubt] = frozenset()


@dataclass(frozen=True, slots=True)
class _Sending:
    """Who sends for which window, and on which day the values were read."""

    resident_id: UUID
    payment_id: UUID | None
    window: Window
    today: date
    taken_on: date
    dated: bool
    """The resident named the day."""


def window_sentence(provider: ProviderView, today: date) -> str:
    """Until when readings are taken, or what happens to one that is sent now; `today` is the provider's."""
    return say_window(window_of(provider), today)


async def submit_readings(
    resident_id: UUID,
    account_id: UUID,
    values: Mapping[UUID, ReadingWish],
    *,
    session: AsyncSession,
    taken_on: date | None = None,
    payment_id: UUID | None = None,
) -> dict[UUID, Decimal]:
    """Keep the readings by zone, all or none; returns what was kept.

    What is odd must have been confirmed doubt by doubt. One sent earlier for the same period is
    superseded; the same value again changes nothing. Raises NotFound for a stranger's account or zone,
    OnlyLooks, WrongDay, and BadReadings with a problem or the unconfirmed doubts of each zone.
    """
    linked = await linked_account(resident_id, account_id, session=session, right=Right.SEND_READINGS)
    provider = await get_provider(linked.provider_id, session=session)
    wishes = {zone_id: wish for zone_id, wish in values.items() if not is_empty(wish.text)}
    await _lock_zones(wishes, session)
    meters = (await meters_of([account_id], session=session))[account_id]
    if not wishes.keys() <= {zone.id for meter in meters for zone in meter.zones}:
        raise NotFound
    today = today_in(provider.timezone)
    day = _day_of(
        taken_on, [zone for meter in meters for zone in meter.zones if zone.id in wishes], provider, today
    )
    masked = linked.level is LinkLevel.LITE
    places = await places_of(meters, provider, today, session=session, masked=masked)
    checked, concerns = _check_all(wishes, places, provider, today)
    sending = _Sending(resident_id, payment_id, window_of(provider), today, day, taken_on is not None)
    kept = [
        await _keep(zone_id, reading, concerns[zone_id], sending, session)
        for zone_id, reading in checked.items()
    ]
    await session.flush()
    await tell_sent(provider.id, linked.number, kept, session=session)
    return {zone_id: reading.value for zone_id, reading in checked.items()}


def _day_of(taken_on: date | None, zones: list[ZoneView], provider: ProviderView, today: date) -> date:
    """The day of the readings: today, or an earlier one where the provider allows it. Raises WrongDay."""
    if taken_on is None or taken_on == today:
        return today
    first = today
    if provider.earlier_date_allowed:
        known = [zone.previous_on for zone in zones if zone.previous_on]
        first = min(today, max([window_of(provider).earliest_on(today), *known]))
    if not first <= taken_on <= today:
        raise WrongDay(first, today)
    return taken_on


def _check_all(
    wishes: Mapping[UUID, ReadingWish], places: Mapping[UUID, Place], provider: ProviderView, today: date
) -> tuple[dict[UUID, Checked], dict[UUID, tuple[Concern, ...]]]:
    """What may be kept, with what is odd about it. Raises BadReadings."""
    checked: dict[UUID, Checked] = {}
    problems: dict[UUID, ReadingProblem] = {}
    for zone_id, wish in wishes.items():
        try:
            checked[zone_id] = _check(wish, places[zone_id], provider, today)
        except ReadingProblem as problem:
            problems[zone_id] = problem
    concerns = find_doubts(places, checked)
    unconfirmed = {
        zone_id: found
        for zone_id, found in concerns.items()
        if asked(found) and asked(found) != wishes[zone_id].confirmed
    }
    if problems or unconfirmed:
        raise BadReadings(problems, unconfirmed)
    return checked, concerns


def _check(wish: ReadingWish, place: Place, provider: ProviderView, today: date) -> Checked:
    window = window_of(provider)
    if window.strict and not window.is_open(today):
        raise WindowClosed(window, today)
    if place.expired_on and not provider.expired_verification_allowed:
        raise VerificationExpired(place.expired_on)
    return check_reading(wish.text, place)


async def _keep(
    zone_id: UUID,
    checked: Checked,
    concerns: tuple[Concern, ...],
    sending: _Sending,
    session: AsyncSession,
) -> Kept | None:
    """Store the value instead of those of this period; the same one again changes nothing."""
    period = sending.window.period_of(sending.today)
    earlier = await _sent_for(zone_id, period, session)
    if any(_is_the_same(reading, checked, sending) for reading in earlier):
        return None
    for reading in earlier:
        reading.state = ReadingState.SUPERSEDED
    kept = Reading(
        zone_id=zone_id,
        value=checked.value,
        taken_on=sending.taken_on,
        period=period,
        source=ReadingSource.RESIDENT,
        zero_crossing=checked.zero_crossing,
        doubts=" ".join(concern.doubt for concern in concerns),
        resident_id=sending.resident_id,
        payment_id=sending.payment_id,
    )
    session.add(kept)
    after_commit(READINGS.labels("corrected" if earlier else "new").inc, session=session)
    return Kept(kept, is_corrected=bool(earlier))


def _is_the_same(reading: Reading, checked: Checked, sending: _Sending) -> bool:
    same_day = not sending.dated or reading.taken_on == sending.taken_on
    return reading.value == checked.value and same_day


async def _sent_for(zone_id: UUID, period: date, session: AsyncSession) -> list[Reading]:
    """What a resident has sent for the period and nobody has decided; locked, so that nobody does meanwhile."""
    rows = await session.exec(
        select(Reading)
        .where(
            Reading.zone_id == zone_id,
            Reading.period >= period,
            Reading.source == ReadingSource.RESIDENT,
            Reading.state == ReadingState.SUBMITTED,
        )
        .with_for_update()
    )
    return list(rows)


async def _lock_zones(zone_ids: Iterable[UUID], session: AsyncSession) -> None:
    """Let two tabs send one after the other."""
    statement = select(TariffZone.id).where(col(TariffZone.id).in_(list(zone_ids)))
    await session.exec(statement.order_by(col(TariffZone.id)).with_for_update())
