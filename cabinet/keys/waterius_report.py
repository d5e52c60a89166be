"""Taking the report of a Waterius: each input into its meter, and a letter where a person is needed."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import or_
from sqlmodel import col, update
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.models import LinkLevel
from cabinet.accounts.rights import Right
from cabinet.accounts.service import LinkedAccount
from cabinet.i18n import _, use_locale
from cabinet.keys.personal_letters import say_waits
from cabinet.keys.personal_models import PersonalToken
from cabinet.keys.personal_readings import keep, shown_meters, stands_already
from cabinet.keys.personal_use import Bearer, accounts_of
from cabinet.keys.waterius import (
    Became,
    Input,
    Matched,
    Result,
    Seat,
    inputs_in,
    match,
    on_dial,
    worth_telling,
    zone_of,
)
from cabinet.kit.dates import month_of, now, today_in
from cabinet.meters.concerns import say_concern
from cabinet.meters.doubts import asked
from cabinet.meters.errors import BadReadings
from cabinet.meters.service import window_of
from cabinet.meters.words import say_service
from cabinet.providers.service import get_provider


async def take_report(bearer: Bearer, payload: Any, *, session: AsyncSession) -> list[Result]:
    """Hand on what can be handed on; what cannot is said in the result, and to the resident by letter.

    Raises TokenMayNot, NotAReport. Nothing else fails: a device can do nothing about it.
    """
    bearer.require(Right.SEND_READINGS)
    inputs = inputs_in(payload)
    with use_locale(bearer.locale):
        return await _take_all(bearer, inputs, session)


async def _take_all(bearer: Bearer, inputs: list[Input], session: AsyncSession) -> list[Result]:
    accounts = {one.account_id: one for one in await accounts_of(bearer, session=session)}
    matched = match(inputs, [seat for one in accounts.values() for seat in await _seats(one, session)])
    results: dict[int, Result] = {}
    for account in accounts.values():
        own = {one: matched[one.number] for one in inputs if _is_of(account, matched.get(one.number))}
        results |= await _take(bearer, account, own, session)
    results = {one.number: results.get(one.number, _lost(one)) for one in inputs}
    await _tell(bearer, list(results.values()), matched, session)
    return list(results.values())


async def _seats(account: LinkedAccount, session: AsyncSession) -> list[Seat]:
    masked = account.level is LinkLevel.LITE
    found = await shown_meters(account, session=session)
    return [Seat(account.account_id, meter, masked) for meter in found]


def _is_of(account: LinkedAccount, seat: Seat | None) -> bool:
    return seat is not None and seat.account_id == account.account_id


def _lost(one: Input) -> Result:
    return Result(one, Became.UNKNOWN_METER, why=_("We do not know which meter this is."))


async def _take(
    bearer: Bearer, account: LinkedAccount, inputs: Mapping[Input, Seat], session: AsyncSession
) -> dict[int, Result]:
    """The inputs of one account: together, because a value may only be odd beside another."""
    if not inputs:
        return {}
    if not account.may(Right.SEND_READINGS):
        return {one.number: Result(one, Became.MAY_NOT, seat=seat) for one, seat in inputs.items()}
    provider = await get_provider(account.provider_id, session=session)
    is_open = window_of(provider).is_open(today_in(provider.timezone))
    results: dict[int, Result] = {}
    waiting: dict[UUID, tuple[Input, Seat, str]] = {}
    for one, seat in inputs.items():
        if one.value is None:
            results[one.number] = Result(one, Became.BAD_VALUE, seat=seat, why=_("This is not a number."))
            continue
        text = on_dial(one.value, seat.meter)
        if stands_already(text, zone_of(seat.meter)):
            results[one.number] = Result(one, Became.UNCHANGED, seat=seat)
        elif not is_open:
            results[one.number] = Result(one, Became.NOT_NOW, seat=seat)
        else:
            waiting[zone_of(seat.meter).id] = (one, seat, text)
    return results | await _hand_on(bearer, account, waiting, session)


async def _hand_on(
    bearer: Bearer,
    account: LinkedAccount,
    waiting: dict[UUID, tuple[Input, Seat, str]],
    session: AsyncSession,
) -> dict[int, Result]:
    """What is wrong or odd stays behind, the rest is taken."""
    if not waiting:
        return {}
    placed = {zone: (seat.meter, zone_of(seat.meter), text) for zone, (_one, seat, text) in waiting.items()}
    try:
        await keep(bearer, account, placed, frozenset(), session=session)
    except BadReadings as bad:
        behind = {zone: _behind(bad, zone, *waiting[zone][:2]) for zone in {*bad.errors, *bad.concerns}}
        rest = {zone: one for zone, one in waiting.items() if zone not in behind}
        found = {one.input.number: one for one in behind.values()}
        return found | await _hand_on(bearer, account, rest, session)
    return {one.number: Result(one, Became.TAKEN, seat=seat) for one, seat, _text in waiting.values()}


def _behind(bad: BadReadings, zone: UUID, one: Input, seat: Seat) -> Result:
    if zone in bad.errors:
        error = bad.errors[zone]
        return Result(one, Became.REFUSED, (error.code,), seat, error.message())
    concerns = bad.concerns[zone]
    codes = tuple(sorted(asked(concerns)))
    return Result(one, Became.ASK, codes, seat, " ".join(say_concern(concern) for concern in concerns))


async def _tell(bearer: Bearer, results: list[Result], matched: Matched, session: AsyncSession) -> None:
    """One letter a month for each device."""
    telling = worth_telling(results, matched)
    if not telling:
        return
    month, told = month_of(now().date()), col(PersonalToken.told_of)
    first = await session.exec(
        update(PersonalToken)
        .where(col(PersonalToken.id) == bearer.token_id, or_(told.is_(None), told != month))
        .values(told_of=month)
        .returning(col(PersonalToken.id))
    )
    if first.first() is None:
        return
    token = await session.get_one(PersonalToken, bearer.token_id, populate_existing=True)
    values = [(_say_meter(one), one.input.text, one.why) for one in telling]
    await say_waits(token, values, session=session)


def _say_meter(result: Result) -> str:
    if result.seat:
        return _("{service}, meter No. {serial}").format(
            service=say_service(result.seat.meter.kind), serial=result.seat.meter.serial
        )
    if result.input.serial:
        return _("Input {number} of the device, No. {serial}").format(
            number=result.input.number, serial=result.input.serial
        )
    return _("Input {number} of the device").format(number=result.input.number)
