"""The letters about personal tokens: one was made, one has ended, a value of a device waits for its owner."""

from collections.abc import Sequence

from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.i18n import _, use_locale
from cabinet.keys.personal_models import PersonalToken, TokenEnd
from cabinet.mail import service as mail
from cabinet.residents import service as residents

PAGE = "/settings/tokens"
READINGS = "/readings"


async def say_created(
    token: PersonalToken, accounts: list[tuple[str, str]], address: str, *, session: AsyncSession
) -> None:
    """So that nobody makes one in silence; `accounts` are names with numbers."""
    profile = await residents.get_profile(token.resident_id, session=session)
    await mail.write_letter(
        "token_created",
        profile.email,
        profile.locale,
        session=session,
        name=token.name,
        accounts=accounts,
        may_look=token.may_look,
        may_send=token.may_send,
        made_at=token.created_at,
        expires_at=token.expires_at,
        address=address,
        url=mail.link(PAGE, profile.locale),
    )


async def say_ended(token: PersonalToken, *, session: AsyncSession) -> None:
    """To the owner, when it was not they who ended it."""
    profile = await residents.get_profile(token.resident_id, session=session)
    with use_locale(profile.locale):
        reason = _say_why(token.ended_because)
    await mail.write_letter(
        "token_ended",
        profile.email,
        profile.locale,
        session=session,
        name=token.name,
        reason=reason,
        url=mail.link(PAGE, profile.locale),
    )


async def say_waits(
    token: PersonalToken, values: Sequence[tuple[str, str, str]], *, session: AsyncSession
) -> None:
    """A device sent what a person has to look at; `values` are the meter, the value, and why."""
    profile = await residents.get_profile(token.resident_id, session=session)
    await mail.write_letter(
        "device_needs_you",
        profile.email,
        profile.locale,
        session=session,
        name=token.name,
        values=list(values),
        url=mail.link(READINGS, profile.locale),
    )


def _say_why(reason: TokenEnd | None) -> str:
    if reason is TokenEnd.STAFF:
        return _(
            "Our staff have ended it. If you need it, make a new one; if you have questions, write to us."
        )
    return _("You have no access to the accounts any more that it was made for.")
