"""The letters about access: an invitation, and its end."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.models import AccountLink, LinkRole
from cabinet.accounts.service import LinkedAccount, get_accounts
from cabinet.i18n import _, use_locale
from cabinet.mail import service as mail
from cabinet.residents import service as residents

PAGE = "/invitation"


async def send_invitation(
    email: str,
    account: LinkedAccount,
    role: LinkRole,
    until: datetime | None,
    token: str,
    inviter: str,
    locale: str,
    *,
    session: AsyncSession,
) -> None:
    """The letter with the link; the same whether or not the address has a cabinet."""
    await mail.write_letter(
        "invitation",
        email,
        locale,
        session=session,
        inviter=inviter,
        provider=account.provider_name_in(locale),
        may_pay=role is LinkRole.HELPER,
        until=last_day(until, account.timezone),
        url=mail.link(PAGE, locale, token=token),
    )


async def say_access_ended(link: AccountLink, reason: str, *, session: AsyncSession) -> None:
    """To who lost it, and did not end it themselves."""
    profile = await residents.get_profile(link.resident_id, session=session)
    account = (await get_accounts([link.account_id], session=session))[link.account_id]
    with use_locale(profile.locale):
        words = say_reason(reason)
    await mail.write_letter(
        "access_ended",
        profile.email,
        profile.locale,
        session=session,
        provider=account.provider_name_in(profile.locale),
        number=account.number,
        reason=words,
        url=mail.link("/cabinet", profile.locale),
    )


def say_reason(reason: str) -> str:
    """Why an access ended, in the current language."""
    match reason:
        case "taken_back":
            return _("The person who had given you access took it back.")
        case "expired":
            return _("You were given access until a certain day, and that day is over.")
        case "handed_over":
            return _(
                "The provider ended all access to this account, as it does when a flat changes hands. "
                "If the account is still yours, link it again by its number."
            )
        case "by_staff":
            return _("Support ended your access to this account. If that is a mistake, write to us.")
        case _:
            return _("The person who had given you access does not have it any more.")


def last_day(until: datetime | None, timezone: str) -> date | None:
    """The last whole day of an access that ends at that moment, in the provider's zone."""
    if until is None:
        return None
    return date.fromordinal(until.astimezone(ZoneInfo(timezone)).toordinal() - 1)
