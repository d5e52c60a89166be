"""Writing the reminders that are due: each once, however often this runs and in however many workers."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import col, delete
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.database import read_only, unit_of_work
from cabinet.i18n import use_locale
from cabinet.kit.dates import now
from cabinet.kit.text import mask_serial
from cabinet.mail.service import link, write_letter
from cabinet.meters.windows import Window
from cabinet.meters.words import say_service
from cabinet.providers.service import ProviderView, list_providers
from cabinet.reminders.models import Reminder, ReminderKind
from cabinet.reminders.readers import (
    Candidates,
    Claimed,
    accounts_claimed,
    claim,
    meters_claimed,
    next_readers,
    with_verification,
    without_readings,
)
from cabinet.reminders.rules import STAGES, WindowLetter, is_time_for_letters, window_letter

BATCH = 200
"""Residents in one transaction."""
_PAGE = "/readings"

logger = logging.getLogger(__name__)

Write = Callable[[Sequence[UUID], AsyncSession], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class _Round:
    """One kind of letter of one provider: to whom, and how to write those that were claimed."""

    kind: ReminderKind
    candidates: Candidates
    write: Write


async def send_reminders(moment: datetime | None = None) -> int:
    """Write every letter that is due, provider by provider; one that fails does not hold up the others."""
    at = moment or now()
    async with read_only() as session:
        providers = await list_providers(session=session)
    written = 0
    for provider in providers:
        if is_time_for_letters(at, provider.timezone):
            try:
                written += await _remind_of(provider, at)
            except Exception:
                logger.exception("Reminders of provider %s were not written", provider.id)
    return written


async def delete_reminders_before(moment: datetime, *, session: AsyncSession) -> None:
    """Forget letters that nobody would write again."""
    await session.exec(delete(Reminder).where(col(Reminder.created_at) < moment))


async def _remind_of(provider: ProviderView, at: datetime) -> int:
    return sum([await _write_all(one) for one in _rounds(provider, at)])


def _rounds(provider: ProviderView, at: datetime) -> list[_Round]:
    """What is due at the provider on its present day."""
    today = at.astimezone(ZoneInfo(provider.timezone)).date()
    window = Window(provider.window_from, provider.window_to, provider.window_strict)
    rounds: list[_Round] = []
    if letter := window_letter(window, today):
        rounds.append(
            _Round(letter.kind, without_readings(provider.id, letter), _window_writer(provider, letter))
        )
    rounds += [
        _Round(
            ReminderKind.VERIFICATION,
            with_verification(provider.id, stage, today),
            _verification_writer(provider),
        )
        for stage in STAGES
    ]
    return rounds


async def _write_all(one: _Round) -> int:
    """Batch by batch, each in a transaction of its own: what was written stays, whatever comes after."""
    written, after = 0, None
    while readers := await _look_up(one.candidates, after):
        for first in range(0, len(readers), BATCH):
            written += await _write_batch(one, readers[first : first + BATCH])
        after = readers[-1]
    return written


async def _look_up(candidates: Candidates, after: UUID | None) -> list[UUID]:
    async with read_only() as session:
        return await next_readers(candidates, after, session=session)


async def _write_batch(one: _Round, readers: Sequence[UUID]) -> int:
    async with unit_of_work() as session:
        claimed = await claim(one.kind, one.candidates, readers, session=session)
        return await one.write(claimed, session) if claimed else 0


def _window_writer(provider: ProviderView, letter: WindowLetter) -> Write:
    kind = "window_opens" if letter.kind is ReminderKind.WINDOW_OPENS else "window_closes_tomorrow"

    async def write(ids: Sequence[UUID], session: AsyncSession) -> int:
        found = await accounts_claimed(ids, session=session)
        for accounts in found:
            await _write_about_window(kind, provider, letter, accounts, session)
        return len(found)

    return write


async def _write_about_window(
    kind: str,
    provider: ProviderView,
    letter: WindowLetter,
    accounts: Sequence[Claimed],
    session: AsyncSession,
) -> None:
    reader = accounts[0].reader
    await write_letter(
        kind,
        reader.email,
        reader.locale,
        session=session,
        provider=provider.name_in(reader.locale),
        accounts=[(one.own_name or provider.name_in(reader.locale), one.number) for one in accounts],
        period=letter.period,
        opens=letter.opens,
        closes=letter.closes,
        strict=provider.window_strict,
        url=link(_PAGE, reader.locale),
    )


def _verification_writer(provider: ProviderView) -> Write:
    async def write(ids: Sequence[UUID], session: AsyncSession) -> int:
        found = await meters_claimed(ids, session=session)
        for meters in found:
            await _write_about_verification(provider, meters, session)
        return len(found)

    return write


async def _write_about_verification(
    provider: ProviderView, meters: Sequence[Claimed], session: AsyncSession
) -> None:
    reader = meters[0].reader
    with use_locale(reader.locale):
        named = [_meter_named(one) for one in meters]
    await write_letter(
        "verification_due",
        reader.email,
        reader.locale,
        session=session,
        provider=provider.name_in(reader.locale),
        meters=named,
        must=not provider.expired_verification_allowed,
        phone=provider.support_phone,
        url=link(f"{_PAGE}/{meters[0].account_id}", reader.locale),
    )


def _meter_named(one: Claimed) -> tuple[str, str, str, object]:
    """The service, the serial as far as the link shows it, the account's number, and the day."""
    service = say_service(one.meter_kind) if one.meter_kind else ""
    return service, one.serial if one.is_full else mask_serial(one.serial), one.number, one.due
