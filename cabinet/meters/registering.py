"""Meters as their provider delivers them, by a registry or a program: the same again changes nothing.

Callers answer for the permission and write the audit: `Registered` says what differs.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.service import lock_account
from cabinet.errors import NotFound
from cabinet.i18n import _
from cabinet.kit.outcome import Outcome, Registered
from cabinet.meters.errors import BadMeter
from cabinet.meters.models import Meter, MeterKind, TariffZone

MOST_ZONES = 3
LONGEST_SERIAL = 40
UNITS = {
    MeterKind.GAS: "м³",
    MeterKind.ELECTRICITY: "кВт·ч",
    MeterKind.COLD_WATER: "м³",
    MeterKind.HOT_WATER: "м³",
    MeterKind.HEAT: "Гкал",
}
"""What a meter counts in unless its provider says otherwise."""
DIALS = {
    MeterKind.GAS: (5, 3),
    MeterKind.ELECTRICITY: (6, 2),
    MeterKind.COLD_WATER: (5, 3),
    MeterKind.HOT_WATER: (5, 3),
    MeterKind.HEAT: (5, 3),
}
"""Whole digits and decimals of a usual dial, for providers that do not say."""


async def register_meter(
    provider_id: UUID,
    account_id: UUID,
    kind: MeterKind,
    serial: str,
    *,
    session: AsyncSession,
    zones: int | None = None,
    digits: int | None = None,
    decimals: int | None = None,
    ratio: int | None = None,
    unit: str | None = None,
    verification_due: date | None = None,
    installed_on: date | None = None,
    replaces: str | None = None,
) -> Registered:
    """Put the meter in place, or bring it up to date: it is known by account, kind and serial number.

    None leaves a value as it is; a new meter then gets what is usual for its kind. Zones are added, never
    taken away: readings hang on them. `replaces` is the serial of the meter that stood in its place: it is taken
    out on `installed_on`, and its history goes on in this one. Raises NotFound (not this provider's account, no
    such meter to replace), BadMeter.
    """
    given: dict[str, Any] = {
        key: value
        for key, value in {
            "digits": digits,
            "decimals": decimals,
            "ratio": ratio,
            "unit": unit,
            "verification_due": verification_due,
            "installed_on": installed_on,
        }.items()
        if value is not None
    }
    _check(serial, zones, given)
    await _own(provider_id, account_id, session)
    meter = await _find(account_id, kind, serial, session)
    made = meter is None
    before = {} if meter is None else _facts(meter)
    if meter is None:
        meter = Meter(account_id=account_id, kind=kind, serial=serial.strip(), **(_usual(kind) | given))
        session.add(meter)
    else:
        meter.sqlmodel_update(given)
    if replaces is not None:
        await _replace(meter, replaces, session)
    await session.flush()
    added = await _add_zones(meter.id, zones or 1, session)
    return _registered(meter, before, made, added)


async def remove_meter(
    provider_id: UUID,
    account_id: UUID,
    kind: MeterKind,
    serial: str,
    removed_on: date,
    *,
    session: AsyncSession,
) -> Registered:
    """Take the meter out of service on that day; its history stays. Raises NotFound."""
    await _own(provider_id, account_id, session)
    meter = await _find(account_id, kind, serial, session)
    if meter is None:
        raise NotFound
    before = _facts(meter)
    meter.removed_on = removed_on
    await session.flush()
    return _registered(meter, before, False, 0)


def _check(serial: str, zones: int | None, given: Mapping[str, Any]) -> None:
    problems: dict[str, str] = {}
    if not 0 < len(serial.strip()) <= LONGEST_SERIAL:
        problems["serial"] = _("Enter the serial number, up to {count} characters.").format(
            count=LONGEST_SERIAL
        )
    if zones is not None and not 1 <= zones <= MOST_ZONES:
        problems["zones"] = _("A meter has one to three zones.")
    if not 3 <= given.get("digits", 5) <= 9 or not 0 <= given.get("decimals", 0) <= 3:
        problems["digits"] = _("A dial has 3 to 9 digits and up to 3 decimals.")
    if not 1 <= given.get("ratio", 1) <= 100_000:
        problems["ratio"] = _("Enter a number above zero.")
    if not 0 < len(given.get("unit", "-")) <= 16:
        problems["unit"] = _("Up to {count} characters fit here.").format(count=16)
    if problems:
        raise BadMeter(problems)


def _usual(kind: MeterKind) -> dict[str, Any]:
    digits, decimals = DIALS[kind]
    return {"unit": UNITS[kind], "digits": digits, "decimals": decimals}


async def _own(provider_id: UUID, account_id: UUID, session: AsyncSession) -> None:
    """The account is the provider's; locked, so that two deliveries do not both make a meter."""
    account = await lock_account(account_id, session=session)
    if account is None or account.provider_id != provider_id:
        raise NotFound


async def _find(account_id: UUID, kind: MeterKind, serial: str, session: AsyncSession) -> Meter | None:
    """The meter with that number; of several the one that is in place."""
    rows = await session.exec(
        select(Meter)
        .where(Meter.account_id == account_id, Meter.kind == kind, Meter.serial == serial.strip())
        .order_by(col(Meter.removed_on).is_not(None), col(Meter.id))
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return rows.first()


async def _replace(meter: Meter, serial: str, session: AsyncSession) -> None:
    old = await _find(meter.account_id, meter.kind, serial, session)
    if old is None or old.id == meter.id:
        raise NotFound
    meter.replaces_id = old.id
    if old.removed_on is None:
        old.removed_on = meter.installed_on
    if old.removed_on is None:
        raise BadMeter({"installed_on": _("Say from which day on the new meter counts.")})


async def _add_zones(meter_id: UUID, zones: int, session: AsyncSession) -> int:
    known = set(await session.exec(select(TariffZone.number).where(TariffZone.meter_id == meter_id)))
    missing = [number for number in range(1, zones + 1) if number not in known]
    session.add_all(TariffZone(meter_id=meter_id, number=number) for number in missing)
    await session.flush()
    return len(missing)


def _facts(meter: Meter) -> dict[str, Any]:
    return meter.model_dump(exclude={"id", "account_id"})


def _registered(meter: Meter, before: Mapping[str, Any], made: bool, zones_added: int) -> Registered:
    after = _facts(meter)
    if made:
        return Registered(meter.id, Outcome.NEW, {}, after)
    changed = [key for key in after if before[key] != after[key]]
    if not changed and not zones_added:
        return Registered(meter.id, Outcome.UNCHANGED)
    return Registered(
        meter.id,
        Outcome.CHANGED,
        {key: before[key] for key in changed},
        {key: after[key] for key in changed} | ({"zones_added": zones_added} if zones_added else {}),
    )
