"""Readings: what the provider read itself, and what becomes of those that residents sent."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.responses import Response

from cabinet.errors import BadFields, CabinetError, NotFound
from cabinet.http.api.batches import Many, Results, Step, each, one_at_a_time
from cabinet.http.api.bearer import needs
from cabinet.http.api.calls import AnyCall, NamedCall
from cabinet.http.api.numbers import with_accounts
from cabinet.http.api.values import AccountNumber, Day, Flag, Month, Number, Serial, Values, Words, Zones
from cabinet.i18n import N_, _
from cabinet.keys.models import Scope
from cabinet.keys.service import KeyCard
from cabinet.kit.dates import now, today_in
from cabinet.kit.outcome import Outcome, Registered
from cabinet.meters.decisions import accept_readings, decline_reading, take_provider_reading
from cabinet.meters.errors import AlreadyDecided
from cabinet.meters.finding import find_zone, reading_kept_at, states_of_readings
from cabinet.meters.models import MeterKind, ReadingSource, ReadingState
from cabinet.providers.service import get_provider

router = APIRouter(tags=["readings"])


class ReadingIn(Values):
    """A value that the provider read or calculated."""

    account_number: AccountNumber
    kind: MeterKind
    serial: Serial
    zone: Zones = 1
    value: Number
    taken_on: Day
    source: Literal["provider", "calculated"] = "provider"
    period: Month | None = Field(
        default=None, description=N_("The month it counts for; left out: that of the day")
    )
    zero_crossing: Flag = Field(default=False, description=N_("The dial passed its highest value"))


class ReadingsIn(Values):
    """Values to be kept."""

    readings: Many[ReadingIn]


class Verdict(StrEnum):
    """What becomes of a reading."""

    ACCEPT = "accept"
    DECLINE = "decline"


class DecisionIn(Values):
    """What becomes of one reading that a resident sent."""

    reading_id: UUID
    decision: Verdict
    reason: Words = Field(
        default="", description=N_("Required to decline: the resident reads it in a letter")
    )


class DecisionsIn(Values):
    """Decisions about readings."""

    decisions: Many[DecisionIn]


class MeterUnknown(CabinetError):
    """The account has no such meter, or the meter no such zone."""

    code = "meter_unknown"
    field = "serial"

    def message(self) -> str:
        """What to do first."""
        return _("The account has no such meter or zone. Hand the meter over first, by PUT /meters.")


class ReadingUnknown(CabinetError):
    """There is no such reading of this provider."""

    code = "reading_unknown"
    field = "reading_id"

    def message(self) -> str:
        """What to compare."""
        return _("There is no such reading. Take its id from GET /readings.")


@router.put(
    "/readings",
    summary=N_("Hand over readings of your own"),
    response_model=Results,
    description=N_(
        "They count as accepted; a resident's own reading of the month stays and waits for its decision."
    ),
)
async def put_readings(
    sent: ReadingsIn, key: Annotated[KeyCard, needs(Scope.READINGS_WRITE)], call: AnyCall
) -> Response:
    """They count as accepted; a resident's own reading of the month stays and waits for its decision."""

    async def work(session: AsyncSession) -> Results:
        await one_at_a_time(key.provider_id, session=session)
        today = today_in((await get_provider(key.provider_id, session=session)).timezone)
        steps, refused = await with_accounts(key.provider_id, sent.readings, session=session)

        async def put(step: tuple[UUID, ReadingIn]) -> Registered:
            return await _take(*step, today, session)

        return await each(steps, put, subject="reading", below="readings", session=session, refused=refused)

    return await call.once(key, work)


async def _take(account_id: UUID, item: ReadingIn, today: date, session: AsyncSession) -> Registered:
    if item.taken_on > today:
        raise BadFields({"taken_on": _("This day has not come yet.")})
    try:
        zone_id = await find_zone(account_id, item.kind, item.serial, item.zone, session=session)
    except NotFound:
        raise MeterUnknown from None
    began = now()
    reading_id = await take_provider_reading(
        zone_id,
        item.value,
        item.taken_on,
        session=session,
        source=ReadingSource(item.source),
        period=item.period,
        zero_crossing=item.zero_crossing,
    )
    if await reading_kept_at(reading_id, session=session) < began:
        return Registered(reading_id, Outcome.UNCHANGED)
    after = {"value": item.value, "taken_on": item.taken_on, "source": item.source}
    return Registered(reading_id, Outcome.NEW, {}, after)


@router.post(
    "/readings/decisions",
    summary=N_("Accept or decline readings"),
    response_model=Results,
    description=N_("What has been decided already is left as it is: the same decision again is `unchanged`."),
)
async def post_decisions(
    sent: DecisionsIn, key: Annotated[KeyCard, needs(Scope.READINGS_DECIDE)], call: NamedCall
) -> Response:
    """What has been decided already is left as it is: the same decision again is `unchanged`."""

    async def work(session: AsyncSession) -> Results:
        await one_at_a_time(key.provider_id, session=session)
        wanted = {item.reading_id for item in sent.decisions}
        states = await states_of_readings(key.provider_id, wanted, session=session)
        steps = [
            Step(index, item, str(item.reading_id))
            for index, item in enumerate(sent.decisions)
            if item.reading_id in states
        ]
        refused = [
            (index, ReadingUnknown())
            for index, item in enumerate(sent.decisions)
            if item.reading_id not in states
        ]

        async def decide(item: DecisionIn) -> Registered:
            return await _decide(key.provider_id, item, states, session)

        return await each(steps, decide, subject="", below="decisions", session=session, refused=refused)

    return await call.once(key, work)


async def _decide(
    provider_id: UUID, item: DecisionIn, states: dict[UUID, ReadingState], session: AsyncSession
) -> Registered:
    wanted = ReadingState.ACCEPTED if item.decision is Verdict.ACCEPT else ReadingState.DECLINED
    if states[item.reading_id] is wanted:
        return Registered(item.reading_id, Outcome.UNCHANGED)
    if item.decision is Verdict.DECLINE:
        await decline_reading(item.reading_id, item.reason, by=None, session=session, provider_id=provider_id)
    elif not await accept_readings([item.reading_id], by=None, session=session, provider_id=provider_id):
        raise AlreadyDecided
    states[item.reading_id] = wanted
    return Registered(item.reading_id, Outcome.CHANGED)
