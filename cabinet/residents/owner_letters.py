"""Letters to the owner of a cabinet about what happened to it, each with when, from where, and what to do."""

from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.i18n import use_locale
from cabinet.kit.dates import now
from cabinet.mail.service import link, write_letter
from cabinet.residents.models import EmailChange, Resident
from cabinet.residents.shell import Former
from cabinet.residents.whereabouts import say_whereabouts

SESSIONS_PAGE = "/settings/sessions"
NEW_MAILBOX = "/email/confirm"
OLD_MAILBOX = "/email/allow"


def where_from(device: str, address: str, locale: str) -> str:
    """Device and place in the words of a letter; empty if neither is known."""
    with use_locale(locale):
        return say_whereabouts(device, address) if device or address else ""


async def ask_new_mailbox(change: EmailChange, locale: str, token: str, *, session: AsyncSession) -> None:
    """The link that shows that the new mailbox is theirs."""
    await write_letter(
        "email_confirm_new",
        change.email,
        locale,
        session=session,
        url=link(NEW_MAILBOX, locale, token=token),
        old_email=change.old_email,
    )


async def ask_old_mailbox(
    change: EmailChange, locale: str, token: str, device: str, address: str, *, session: AsyncSession
) -> None:
    """The link by which the old mailbox allows the change, or stops it."""
    await write_letter(
        "email_allow_old",
        change.old_email,
        locale,
        session=session,
        url=link(OLD_MAILBOX, locale, token=token),
        new_email=change.email,
        asked_at=now(),
        where=where_from(device, address, locale),
    )


async def tell_owner_of_taken(owner: Resident, *, session: AsyncSession) -> None:
    """Somebody wanted their address; they have a cabinet with it."""
    url = link("/login", owner.locale)
    await write_letter("email_taken", owner.email, owner.locale, session=session, url=url)


async def tell_both_mailboxes(
    resident: Resident, old_email: str, device: str, address: str, *, session: AsyncSession
) -> None:
    """It has happened."""
    locale = resident.locale
    for recipient, is_new in ((resident.email, True), (old_email, False)):
        await write_letter(
            "email_changed",
            recipient,
            locale,
            session=session,
            new_email=resident.email,
            changed_at=now(),
            where=where_from(device, address, locale),
            url=link(SESSIONS_PAGE if is_new else "/support", locale),
            is_new=is_new,
        )


async def tell_data_taken(resident: Resident, device: str, address: str, *, session: AsyncSession) -> None:
    """A copy of everything was asked for, with the password."""
    await write_letter(
        "data_taken",
        resident.email,
        resident.locale,
        session=session,
        taken_at=now(),
        where=where_from(device, address, resident.locale),
        url=link(SESSIONS_PAGE, resident.locale),
        forgot_url=link("/password/forgot", resident.locale),
    )


async def tell_new_device(resident: Resident, device: str, address: str, *, session: AsyncSession) -> None:
    """Somebody signed in from a browser that was not seen before."""
    await write_letter(
        "new_device",
        resident.email,
        resident.locale,
        session=session,
        signed_in_at=now(),
        where=where_from(device, address, resident.locale),
        url=link(SESSIONS_PAGE, resident.locale),
        forgot_url=link("/password/forgot", resident.locale),
    )


async def tell_password_changed(
    resident: Resident, device: str, address: str, *, session: AsyncSession
) -> None:
    """The password is another one, and all devices were signed out."""
    await write_letter(
        "password_changed",
        resident.email,
        resident.locale,
        session=session,
        url=link("/password/forgot", resident.locale),
        changed_at=now(),
        where=where_from(device, address, resident.locale),
        sessions_url=link(SESSIONS_PAGE, resident.locale),
    )


async def tell_deleted(former: Former, device: str, address: str, *, session: AsyncSession) -> None:
    """The last letter; it is forgotten as soon as it has left."""
    await write_letter(
        "cabinet_deleted",
        former.email,
        former.locale,
        session=session,
        deleted_at=now(),
        where=where_from(device, address, former.locale),
        url=link("/support", former.locale),
    )
