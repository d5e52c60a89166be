"""Entering tariffs: a new one from a day on. What has begun is never changed: residents were told costs by it."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.audit.service import record
from cabinet.errors import BadFields, CabinetError, Forbidden, NotFound
from cabinet.i18n import _
from cabinet.kit.dates import today_in
from cabinet.meters.models import MeterKind, Tariff
from cabinet.providers.service import get_provider
from cabinet.residents.person import Permission, Person

_ZONES = (1, 2, 3)
_DEAREST = Decimal(1_000_000)
_PLACES = 4


class BadTariff(BadFields):
    """Staff entered a tariff that cannot be."""

    code = "bad_tariff"


class TariffBegun(CabinetError):
    """It is valid already, or was: it stays."""

    code = "tariff_begun"

    def message(self) -> str:
        """What to do instead."""
        return _("This tariff has begun and stays. Add a new one with a later day.")


async def add_tariff(
    provider_id: UUID,
    kind: MeterKind,
    prices: Mapping[int, str],
    valid_from: date,
    *,
    by: Person,
    session: AsyncSession,
    address: str = "",
) -> None:
    """Add the price of each zone, by its number, for meters of so many zones; one tariff a day and zone.

    A day in the past is taken for the very first tariff only. Raises Forbidden, NotFound, BadTariff.
    """
    by.require(Permission.EDIT_TARIFFS)
    _require_provider(by, provider_id)
    provider = await get_provider(provider_id, session=session)
    known = await _known(provider_id, kind, len(prices), session)
    problems, parsed = _parse(prices)
    if valid_from in known:
        problems["valid_from"] = _("There is a tariff from this day already.")
    elif known and valid_from <= today_in(provider.timezone):
        problems["valid_from"] = _("Choose a later day: a new tariff begins in the future.")
    if problems:
        raise BadTariff(problems)
    for zone, price in parsed.items():
        row = Tariff(
            provider_id=provider_id,
            kind=kind,
            zones=len(prices),
            zone=zone,
            price=price,
            valid_from=valid_from,
        )
        session.add(row)
        await session.flush()
        await record(by.id, "create", "tariff", row.id, None, row.model_dump(), address, session=session)


async def drop_tariff(tariff_id: UUID, *, by: Person, session: AsyncSession, address: str = "") -> None:
    """Remove a tariff that has not begun, with its other zones. Raises Forbidden, NotFound, TariffBegun."""
    by.require(Permission.EDIT_TARIFFS)
    row = await session.get(Tariff, tariff_id)
    if row is None or not by.serves(row.provider_id):
        raise NotFound
    provider = await get_provider(row.provider_id, session=session)
    if row.valid_from <= today_in(provider.timezone):
        raise TariffBegun
    together = await session.exec(
        select(Tariff).where(
            Tariff.provider_id == row.provider_id,
            Tariff.kind == row.kind,
            Tariff.zones == row.zones,
            Tariff.valid_from == row.valid_from,
        )
    )
    for one in together.all():
        await session.delete(one)
        await record(by.id, "delete", "tariff", one.id, one.model_dump(), None, address, session=session)
    await session.flush()


def _parse(prices: Mapping[int, str]) -> tuple[dict[str, str], dict[int, Decimal]]:
    problems: dict[str, str] = {}
    parsed: dict[int, Decimal] = {}
    if tuple(sorted(prices)) != _ZONES[: len(prices)] or not prices:
        return {"zones": _("Choose one, two or three zones.")}, {}
    for zone, typed in prices.items():
        price = _price_in(typed)
        if price is None:
            problems[f"price_{zone}"] = _("Enter a price above zero, such as 5.38, with up to four decimals.")
        else:
            parsed[zone] = price
    return problems, parsed


def _price_in(typed: str) -> Decimal | None:
    plain = "".join(typed.split()).replace(",", ".")
    if not plain.replace(".", "", 1).isdecimal() or not plain.isascii():
        return None
    try:
        price = Decimal(plain)
    except InvalidOperation:
        return None
    return price if 0 < price < _DEAREST and price == round(price, _PLACES) else None


async def _known(provider_id: UUID, kind: MeterKind, zones: int, session: AsyncSession) -> set[date]:
    """The days from which there are tariffs."""
    rows = await session.exec(
        select(col(Tariff.valid_from)).where(
            Tariff.provider_id == provider_id, Tariff.kind == kind, Tariff.zones == zones
        )
    )
    return set(rows)


def _require_provider(by: Person, provider_id: UUID) -> None:
    if not by.serves(provider_id):
        raise Forbidden
