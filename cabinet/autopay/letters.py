"""The letters of a standing order. Without the first one, nothing is charged."""

from datetime import date
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts import service as accounts
from cabinet.autopay.cards import PAGE, card_name
from cabinet.autopay.models import Autopay, SavedCard
from cabinet.i18n import _, use_locale
from cabinet.kit.money import format_amount
from cabinet.mail import service as mail
from cabinet.payments.declines import say_decline
from cabinet.residents import service as residents


class LetterNotWritten(Exception):
    """The notice could not be written, so the charge may not be planned."""


async def announce(order: Autopay, total_minor: int, charge_on: date, *, session: AsyncSession) -> None:
    """Name sum, day, card and the way to stop. Raises LetterNotWritten."""
    card = await session.get_one(SavedCard, order.card_id)
    letter = await _write(
        "autopay_announced",
        order,
        session,
        total_minor=total_minor,
        day=charge_on,
        card=card_name(card.brand, card.last4),
        path=PAGE,
    )
    if letter is None or letter.failed_at is not None:
        raise LetterNotWritten


async def say_failed(order: Autopay, total_minor: int, reason: str, *, session: AsyncSession) -> None:
    """The charge was not made: why, and how to pay by hand."""
    with use_locale(await _locale(order, session)):
        words = _why_failed(order, reason)
    await _write(
        "autopay_failed", order, session, total_minor=total_minor, reason=words, path=_pay_path(order)
    )


async def ask_resident(order: Autopay, total_minor: int, *, session: AsyncSession) -> None:
    """The bank wants the resident to confirm: they finish on the site."""
    await _write("autopay_needs_you", order, session, total_minor=total_minor, path=_pay_path(order))


async def say_ended(order: Autopay, reason: str, *, session: AsyncSession) -> None:
    """The order is over, and why."""
    with use_locale(await _locale(order, session)):
        words = say_end(reason)
    await _write("autopay_ended", order, session, reason=words, path=PAGE)


def say_end(reason: str) -> str:
    """Why an order ended, in the current language."""
    match reason:
        case "unlinked":
            return _("The account is not linked to your cabinet any more.")
        case "card_removed":
            return _("The card that it used was removed.")
        case "blocked":
            return _("Access to the cabinet is closed.")
        case _:
            return _("You turned it off.")


def _why_failed(order: Autopay, reason: str) -> str:
    match reason:
        case "above_limit":
            return _("The debt is above your limit of {limit}. Nothing has been charged.").format(
                limit=format_amount(order.limit_minor)
            )
        case "above_largest":
            return _("The debt is above the largest payment to this provider. Nothing has been charged.")
        case "late" | "never_charged" | "never_opened" | "expired":
            return _("We could not make the charge in time. Nothing has been charged.")
        case _:
            return say_decline(reason)


def _pay_path(order: Autopay) -> str:
    return f"/pay?account={order.account_id}"


async def _locale(order: Autopay, session: AsyncSession) -> str:
    return (await residents.get_profile(order.resident_id, session=session)).locale


async def _write(kind: str, order: Autopay, session: AsyncSession, *, path: str, **facts: Any) -> Any:
    profile = await residents.get_profile(order.resident_id, session=session)
    account = (await accounts.get_accounts([order.account_id], session=session))[order.account_id]
    return await mail.write_letter(
        kind,
        profile.email,
        profile.locale,
        session=session,
        provider=account.provider_name_in(profile.locale),
        number=account.number,
        url=mail.link(path, profile.locale),
        **facts,
    )
