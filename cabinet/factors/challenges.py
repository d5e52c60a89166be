"""What keys are asked to sign: random, kept here, good once, for minutes, in the browser that asked."""

import logging
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlmodel import col, update
from sqlmodel.ext.asyncio.session import AsyncSession
from webauthn.helpers import base64url_to_bytes, parse_client_data_json

from cabinet.database import unit_of_work
from cabinet.factors.errors import KeyRefused
from cabinet.factors.models import KeyChallenge, KeyPurpose
from cabinet.kit.dates import now
from cabinet.kit.tokens import hash_token
from cabinet.settings import settings

PATIENCE = timedelta(minutes=5)

logger = logging.getLogger(__name__)


async def ask(purpose: KeyPurpose, holder: str, *, session: AsyncSession) -> bytes:
    """A new challenge for the browser with this cookie."""
    challenge = secrets.token_bytes(32)
    session.add(
        KeyChallenge(
            challenge=challenge,
            purpose=purpose,
            holder_hash=hash_token(holder),
            expires_at=now() + PATIENCE,
        )
    )
    await session.flush()
    return challenge


async def spend(answer: dict[str, Any], purpose: KeyPurpose, holder: str) -> bytes:
    """The challenge that this answer says to have signed; used up from now on, whatever the signature is.

    Raises KeyRefused: it is unknown, used, too old, for something else, or another browser's.
    """
    with refusing():
        said = base64url_to_bytes(answer["response"]["clientDataJSON"])
        challenge = parse_client_data_json(said).challenge
    alive = (
        col(KeyChallenge.challenge) == challenge,
        col(KeyChallenge.purpose) == purpose,
        col(KeyChallenge.holder_hash) == hash_token(holder),
        col(KeyChallenge.used_at).is_(None),
        col(KeyChallenge.expires_at) > now(),
    )
    async with unit_of_work() as session:
        spent = await session.exec(update(KeyChallenge).where(*alive).values(used_at=now()))
    if spent.rowcount != 1:
        raise KeyRefused
    return challenge


@contextmanager
def refusing() -> Generator[None]:
    """Whatever the library finds wrong in what a browser sent is one error; the log names its kind only."""
    try:
        yield
    except Exception as problem:
        logger.info("A key was refused: %s", type(problem).__name__)
        raise KeyRefused from None


def site() -> str:
    """The name that keys are bound to: the host of our own address, whatever a client says."""
    return urlsplit(settings.public_url).hostname or ""
