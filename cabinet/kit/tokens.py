"""Secrets that people carry: random, kept by us as hashes only."""

import hashlib
import secrets


def new_token() -> str:
    """A URL-safe secret of 256 random bits."""
    return secrets.token_urlsafe(32)


def new_short_token() -> str:
    """A URL-safe secret of 128 random bits, 22 characters: for devices that hold no longer one."""
    return secrets.token_urlsafe(16)


def hash_token(token: str) -> bytes:
    """What the database keeps of a token: SHA-256, 32 bytes."""
    return hashlib.sha256(token.encode()).digest()
