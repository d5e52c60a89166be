"""Keys (passkeys, WebAuthn): added, removed, and asked to sign instead of the password or after it.

A key verifies its owner itself (finger, face, PIN): that is asked for always, so a key counts as both factors.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from cabinet.database import read_only
from cabinet.errors import NotFound
from cabinet.factors import app, challenges, entering, owner
from cabinet.factors.challenges import refusing, site
from cabinet.factors.errors import KeyRefused, KnownKey, NameKey, TooManyKeys
from cabinet.factors.letters import Change
from cabinet.factors.models import LONGEST_NAME, KeyPurpose, Passkey
from cabinet.kit.dates import now
from cabinet.limits.service import BY_ADDRESS, count_guess, count_try, forgive_guess
from cabinet.residents import service as residents
from cabinet.residents.models import Resident
from cabinet.residents.rows import lock_resident
from cabinet.residents.sessions import check_may_enter
from cabinet.settings import settings

MOST_KEYS = 10
_MOST_ASKED, _WITHIN = 120, timedelta(minutes=10)
"""So often may an address ask for something to sign: each question is a row."""
_MILLISECONDS = 1000
_VERIFIED = UserVerificationRequirement.REQUIRED


@dataclass(frozen=True, slots=True)
class KeyView:
    """A key in its owner's list."""

    id: UUID
    name: str
    created_at: datetime
    last_used_at: datetime | None


async def begin(
    resident_id: UUID, name: str, password: str, holder: str, *, session: AsyncSession
) -> dict[str, Any]:
    """What the browser needs to make a key; `holder` is its session token.

    Raises NameKey, WrongCurrentPassword, TooManyTries, TooManyKeys.
    """
    clean_name(name)
    resident = await residents.check_current_password(resident_id, password)
    known = await _keys_of(resident_id, session)
    if len(known) >= MOST_KEYS:
        raise TooManyKeys(MOST_KEYS)
    challenge = await challenges.ask(KeyPurpose.ADD, holder, session=session)
    options = generate_registration_options(
        rp_id=site(),
        rp_name=app.issuer(),
        user_id=resident_id.bytes,
        user_name=resident.email,
        user_display_name=resident.full_name or resident.email,
        challenge=challenge,
        timeout=_patience(),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=_VERIFIED
        ),
        exclude_credentials=_descriptors(known),
    )
    return json.loads(options_to_json(options))


async def add(
    resident_id: UUID,
    name: str,
    answer: str,
    holder: str,
    *,
    session: AsyncSession,
    address: str = "",
) -> list[str]:
    """Keep the key that the browser made; the spare codes if this is the first factor.

    Raises NameKey, KeyRefused, KnownKey, TooManyKeys.
    """
    named, given = clean_name(name), _read(answer)
    challenge = await challenges.spend(given, KeyPurpose.ADD, holder)
    with refusing():
        made = verify_registration_response(
            credential=given,
            expected_challenge=challenge,
            expected_rp_id=site(),
            expected_origin=settings.public_url,
            require_user_verification=True,
        )
    resident = await lock_resident(resident_id, session=session)
    if len(await _keys_of(resident_id, session)) >= MOST_KEYS:
        raise TooManyKeys(MOST_KEYS)
    key = Passkey(
        resident_id=resident_id,
        credential_id=made.credential_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        name=named,
    )
    try:
        async with session.begin_nested():
            session.add(key)
    except IntegrityError:
        raise KnownKey from None
    codes = await owner.added(resident, session=session)
    await owner.tell(resident, Change.KEY_ADDED, address, session=session, name=named)
    return codes


async def remove(
    resident_id: UUID, key_id: UUID, password: str, *, session: AsyncSession, address: str = ""
) -> None:
    """Forget a key of the person's own. Raises WrongCurrentPassword, TooManyTries, NotFound, LastFactor."""
    await residents.check_current_password(resident_id, password)
    resident = await lock_resident(resident_id, session=session)
    key = await session.get(Passkey, key_id)
    if key is None or key.resident_id != resident_id:
        raise NotFound
    await session.delete(key)
    await owner.removed(resident, session=session)
    await owner.tell(resident, Change.KEY_REMOVED, address, session=session, name=key.name)


async def keys_of(resident_id: UUID, *, session: AsyncSession) -> list[KeyView]:
    """The person's keys, the oldest first."""
    return [
        KeyView(key.id, key.name, key.created_at, key.last_used_at)
        for key in await _keys_of(resident_id, session)
    ]


async def ask(holder: str, address: str = "", *, session: AsyncSession) -> dict[str, Any]:
    """What the browser needs to sign in by a key alone: the same for everybody, so it tells nothing.

    Raises TooManyTries.
    """
    await count_try("ask_key", address, limit=_MOST_ASKED, within=_WITHIN)
    challenge = await challenges.ask(KeyPurpose.ENTER, holder, session=session)
    return _request(challenge, [])


async def ask_after_password(half: str, device: str, *, session: AsyncSession) -> dict[str, Any]:
    """What the browser needs to finish a sign-in by a key of that person. Raises BeginAgain."""
    waiting = await entering.waiting_for(half, device)
    challenge = await challenges.ask(KeyPurpose.SECOND, half, session=session)
    return _request(challenge, await _keys_of(waiting.resident_id, session))


async def enter(
    holder: str,
    answer: str,
    device: str = "",
    address: str = "",
    *,
    session: AsyncSession,
    previous: str | None = None,
    browser: str = "",
) -> str:
    """Sign in by a key alone; the session's token. Raises KeyRefused, AccessClosed, EmailNotConfirmed, TooManyTries."""
    guess = await count_guess("key_from", address, BY_ADDRESS)
    given = _read(answer)
    challenge = await challenges.spend(given, KeyPurpose.ENTER, holder)
    resident = await _owner_of(given, session)
    await _check(given, challenge, resident, session)
    check_may_enter(resident)
    await forgive_guess(guess)
    return await residents.begin_session(
        resident, device, address, session=session, previous=previous, browser=browser
    )


async def enter_after_password(
    half: str,
    answer: str,
    device: str = "",
    address: str = "",
    *,
    session: AsyncSession,
    previous: str | None = None,
    browser: str = "",
) -> str:
    """Finish a sign-in with a key of the same person. Raises BeginAgain, KeyRefused, AccessClosed."""
    waiting = await entering.waiting_for(half, device)
    given = _read(answer)
    challenge = await challenges.spend(given, KeyPurpose.SECOND, half)
    resident = await entering.hold(waiting, session=session)
    await _check(given, challenge, resident, session)
    return await entering.finish(
        waiting, resident, device, address, session=session, previous=previous, browser=browser
    )


def clean_name(name: str) -> str:
    """A name in one line. Raises NameKey."""
    clean = " ".join(name.split())
    if not clean or len(clean) > LONGEST_NAME:
        raise NameKey(LONGEST_NAME)
    return clean


async def _check(given: dict[str, Any], challenge: bytes, resident: Resident, session: AsyncSession) -> None:
    """Whether a key of the locked person signed the challenge here, its owner verified, and not in a copy."""
    key = await _key_in(given, session)
    if key is None or key.resident_id != resident.id:
        raise KeyRefused
    with refusing():
        done = verify_authentication_response(
            credential=given,
            expected_challenge=challenge,
            expected_rp_id=site(),
            expected_origin=settings.public_url,
            credential_public_key=key.public_key,
            credential_current_sign_count=key.sign_count,
            require_user_verification=True,
        )
        _check_owner(given, resident.id)
    key.sign_count, key.last_used_at = done.new_sign_count, now()
    await session.flush()


def _check_owner(given: dict[str, Any], resident_id: UUID) -> None:
    """A key that says whom it is for says the same as we."""
    said = given["response"].get("userHandle")
    if said and base64url_to_bytes(said) != resident_id.bytes:
        raise ValueError("another owner")


async def _owner_of(given: dict[str, Any], session: AsyncSession) -> Resident:
    async with read_only() as other:
        key = await _key_in(given, other)
    if key is None:
        raise KeyRefused
    return await lock_resident(key.resident_id, session=session)


async def _key_in(given: dict[str, Any], session: AsyncSession) -> Passkey | None:
    with refusing():
        credential_id = base64url_to_bytes(given["rawId"])
    wanted = select(Passkey).where(Passkey.credential_id == credential_id)
    return (await session.exec(wanted)).first()


async def _keys_of(resident_id: UUID, session: AsyncSession) -> list[Passkey]:
    wanted = select(Passkey).where(Passkey.resident_id == resident_id)
    return list(await session.exec(wanted.order_by(col(Passkey.created_at), col(Passkey.id))))


def _read(answer: str) -> dict[str, Any]:
    with refusing():
        given = json.loads(answer)
        if not isinstance(given, dict):
            raise TypeError
    return given


def _request(challenge: bytes, keys: list[Passkey]) -> dict[str, Any]:
    options = generate_authentication_options(
        rp_id=site(),
        challenge=challenge,
        timeout=_patience(),
        allow_credentials=_descriptors(keys),
        user_verification=_VERIFIED,
    )
    return json.loads(options_to_json(options))


def _descriptors(keys: list[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=key.credential_id) for key in keys]


def _patience() -> int:
    return int(challenges.PATIENCE.total_seconds() * _MILLISECONDS)
