"""Secrets that we must be able to read again, unreadable in a stolen database.

AES-256-GCM with a key derived from `CABINET_SECRET_KEY`; the owner's id is bound in, so that a row copied to
another person opens nothing. After a change of the key, those of `CABINET_OLD_SECRET_KEYS` still open what they sealed.
"""

import os
from functools import lru_cache
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from cabinet.settings import settings

_PURPOSE = b"cabinet: secrets of second factors, 1"
_NONCE = 12


class Unreadable(Exception):
    """Neither key opens it: the secret key was changed, or the row was tampered with."""


def seal(secret: bytes, owner: UUID) -> bytes:
    """The secret as it may stand in the database."""
    nonce = os.urandom(_NONCE)
    return nonce + _box(settings.secret_key.get_secret_value()).encrypt(nonce, secret, owner.bytes)


def unseal(sealed: bytes, owner: UUID) -> bytes:
    """The secret again. Raises Unreadable."""
    for key in (settings.secret_key, *settings.old_secret_keys):
        try:
            return _box(key.get_secret_value()).decrypt(sealed[:_NONCE], sealed[_NONCE:], owner.bytes)
        except InvalidTag:
            continue
    raise Unreadable


@lru_cache(maxsize=4)
def _box(secret_key: str) -> AESGCM:
    derived = HKDF(SHA256(), 32, salt=None, info=_PURPOSE).derive(secret_key.encode())
    return AESGCM(derived)
