"""Meters: handing them over and taking them out."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.responses import Response

from cabinet.http.api.batches import Many, Results, each, one_at_a_time
from cabinet.http.api.bearer import needs
from cabinet.http.api.calls import AnyCall
from cabinet.http.api.numbers import with_accounts
from cabinet.http.api.values import AccountNumber, Day, Decimals, Digits, Ratio, Serial, Unit, Values, Zones
from cabinet.i18n import N_
from cabinet.keys.models import Scope
from cabinet.keys.service import KeyCard
from cabinet.kit.outcome import Outcome, Registered
from cabinet.meters.models import MeterKind
from cabinet.meters.registering import register_meter, remove_meter

router = APIRouter(tags=["meters"])


class MeterIn(Values):
    """A meter, known by account, kind and serial number. A field that is left out keeps its value."""

    account_number: AccountNumber
    kind: MeterKind
    serial: Serial
    zones: Zones | None = Field(default=None, description=N_("Tariff zones, 1 to 3"))
    digits: Digits | None = Field(default=None, description=N_("Whole digits on the dial, 3 to 9"))
    decimals: Decimals | None = Field(default=None, description=N_("Decimals on the dial, 0 to 3"))
    ratio: Ratio | None = Field(default=None, description=N_("Transformation ratio"))
    unit: Unit | None = None
    verification_due: Day | None = Field(default=None, description=N_("The verification is valid until then"))
    installed_on: Day | None = None
    removed_on: Day | None = Field(
        default=None, description=N_("The day from which it does not count any more")
    )
    replaces: Serial | None = Field(
        default=None, description=N_("Serial number of the meter that stood in its place before")
    )


class MetersIn(Values):
    """Meters to be put in place or brought up to date."""

    meters: Many[MeterIn]


@router.put(
    "/meters",
    summary=N_("Hand over meters"),
    response_model=Results,
    description=N_("Zones are added and never taken away: readings hang on them."),
)
async def put_meters(
    sent: MetersIn, key: Annotated[KeyCard, needs(Scope.METERS_WRITE)], call: AnyCall
) -> Response:
    """Zones are added and never taken away: readings hang on them."""

    async def work(session: AsyncSession) -> Results:
        await one_at_a_time(key.provider_id, session=session)
        steps, refused = await with_accounts(key.provider_id, sent.meters, session=session)

        async def put(step: tuple[UUID, MeterIn]) -> Registered:
            return await _put(key.provider_id, *step, session)

        return await each(steps, put, subject="meter", below="meters", session=session, refused=refused)

    return await call.once(key, work)


async def _put(provider_id: UUID, account_id: UUID, item: MeterIn, session: AsyncSession) -> Registered:
    done = await register_meter(
        provider_id,
        account_id,
        item.kind,
        item.serial,
        session=session,
        zones=item.zones,
        digits=item.digits,
        decimals=item.decimals,
        ratio=item.ratio,
        unit=item.unit,
        verification_due=item.verification_due,
        installed_on=item.installed_on,
        replaces=item.replaces,
    )
    if item.removed_on is None:
        return done
    taken = await remove_meter(
        provider_id, account_id, item.kind, item.serial, item.removed_on, session=session
    )
    return taken if done.outcome is Outcome.UNCHANGED else done
