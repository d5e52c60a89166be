"""Sign-up and the confirmation of the mailbox.

Whoever can read the mailbox wins. Until a mailbox is confirmed anybody may sign up with its address, so
each sign-up's password travels with its own confirmation link (`EmailToken.password_hash`): the link that
is opened first decides the password, and all other links die with it. Nobody can change the password
behind a link that is already on its way. `Resident.password_hash` holds the newest sign-up's password
and opens nothing before the confirmation; a letter sent again carries that one.
"""

from datetime import datetime, timedelta

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.errors import CabinetError
from cabinet.kit.dates import now
from cabinet.kit.tokens import hash_token
from cabinet.legal.service import document
from cabinet.limits.service import count_try
from cabinet.mail.models import Letter
from cabinet.mail.service import link, write_letter
from cabinet.residents.emails import Mailbox, check_mail_server, read_mailbox
from cabinet.residents.errors import BadEmail, ConsentMissing, SeveralProblems
from cabinet.residents.models import Consent, EmailToken, Resident, Role, TokenPurpose
from cabinet.residents.passwords import check_password, hash_password
from cabinet.residents.rows import find_by_key, search_key
from cabinet.residents.tokens import issue_token, spend_token, use_up_tokens

_HOUR = timedelta(hours=1)
_BY_EMAIL = 5
_BY_ADDRESS = 200


async def sign_up(
    email: str, password: str, consent: bool, locale: str, address: str, *, session: AsyncSession
) -> None:
    """Sign up, or write to the owner of a mailbox that is known: the two look alike from outside.

    Raises SeveralProblems, BadEmail, WrongPasswordForm, CommonPassword, ConsentMissing, TooManyTries.
    """
    mailbox = _check_form(email, password, consent)
    await check_mail_server(mailbox)
    await count_try("sign_up_from", address, limit=_BY_ADDRESS, within=_HOUR, session=session)
    await count_try("sign_up", mailbox.key, limit=_BY_EMAIL, within=_HOUR, session=session)
    password_hash = await hash_password(password)
    resident = await _find_or_add(mailbox, password_hash, locale, session=session)
    if resident.confirmed_at or resident.role is not Role.RESIDENT:
        await write_letter(
            "already_registered",
            resident.email,
            resident.locale,
            session=session,
            url=link("/login", resident.locale),
            forgot_url=link("/password/forgot", resident.locale),
        )
        return
    resident.password_hash, resident.locale, resident.email = password_hash, locale, mailbox.address
    await _keep_consent(resident, locale, address, session=session)
    await send_confirmation(resident, session=session)


async def confirm_email(token: str, *, session: AsyncSession) -> None:
    """Confirm the mailbox. Raises LinkUsed, LinkExpired, LinkUnknown."""
    spent, resident = await spend_token(token, TokenPurpose.CONFIRM_EMAIL, session=session)
    if resident.confirmed_at is None:
        resident.confirmed_at = now()
        resident.password_hash = spent.password_hash or resident.password_hash
    await session.flush()
    await use_up_tokens(resident.id, TokenPurpose.CONFIRM_EMAIL, session=session)


async def resend_confirmation(email: str, address: str = "", *, session: AsyncSession) -> None:
    """Write the confirmation letter again, if the address waits for one; says nothing of whether it does.

    Raises BadEmail, TooManyTries.
    """
    mailbox = read_mailbox(email)
    await count_try("resend_from", address, limit=_BY_ADDRESS, within=_HOUR, session=session)
    await count_try("resend", mailbox.key, limit=_BY_EMAIL, within=_HOUR, session=session)
    resident = await find_by_key(mailbox.key, session=session, lock=True)
    if resident and resident.confirmed_at is None and resident.role is Role.RESIDENT:
        await send_confirmation(resident, session=session)


async def email_behind_link(token: str, *, session: AsyncSession) -> str | None:
    """Whose confirmation link this was, used and expired ones too: where a new letter should go."""
    query = (
        select(Resident.email)
        .join(EmailToken, col(EmailToken.resident_id) == Resident.id)
        .where(EmailToken.token_hash == hash_token(token))
    )
    return (await session.exec(query)).first()


async def send_confirmation(resident: Resident, *, session: AsyncSession) -> Letter | None:
    """Write a letter with a new link, which carries the newest password; None when there were too many."""
    token = await issue_token(
        resident.id, TokenPurpose.CONFIRM_EMAIL, session=session, password_hash=resident.password_hash
    )
    url = link("/confirm", resident.locale, token=token)
    return await write_letter("confirm_email", resident.email, resident.locale, session=session, url=url)


def _check_form(email: str, password: str, consent: bool) -> Mailbox:
    problems: list[CabinetError] = []
    mailbox = None
    try:
        mailbox = read_mailbox(email)
    except BadEmail as error:
        problems.append(error)
    try:
        check_password(password, email_key=mailbox.key if mailbox else "")
    except CabinetError as error:
        problems.append(error)
    if not consent:
        problems.append(ConsentMissing())
    if mailbox is None or len(problems) > 1:
        raise problems[0] if len(problems) == 1 else SeveralProblems(problems)
    if problems:
        raise problems[0]
    return mailbox


async def _find_or_add(
    mailbox: Mailbox, password_hash: str, locale: str, *, session: AsyncSession
) -> Resident:
    """The row of this mailbox, locked; two sign-ups at once end in one row."""
    fresh = Resident(
        email=mailbox.address,
        email_key=mailbox.key,
        password_hash=password_hash,
        locale=locale,
        search_key=search_key(mailbox.address, "", ""),
    )
    values = {name: getattr(fresh, name) for name in Resident.model_fields}
    await session.exec(insert(Resident).values(values).on_conflict_do_nothing(index_elements=["email_key"]))
    found = await find_by_key(mailbox.key, session=session, lock=True)
    if found is None:
        raise RuntimeError("the resident vanished between two statements")
    return found


async def _keep_consent(resident: Resident, locale: str, address: str, *, session: AsyncSession) -> None:
    """Keep what was agreed to; the newest sign-up of an unconfirmed address replaces what stood there."""
    await session.exec(delete(Consent).where(col(Consent.resident_id) == resident.id))
    agreed = document("consent", locale)
    session.add(
        Consent(
            resident_id=resident.id,
            document=agreed.name,
            version=agreed.version,
            locale=locale,
            text=agreed.text,
            address=address,
        )
    )
    await session.flush()


async def delete_unconfirmed_before(moment: datetime, *, session: AsyncSession) -> None:
    """Delete sign-ups that nobody confirmed and whose last letter went out before `moment`."""
    lately = select(EmailToken.resident_id).where(col(EmailToken.created_at) >= moment)
    forgotten = delete(Resident).where(
        col(Resident.role) == Role.RESIDENT,
        col(Resident.confirmed_at).is_(None),
        col(Resident.created_at) < moment,
        col(Resident.id).not_in(lately),
    )
    await session.exec(forgotten)
