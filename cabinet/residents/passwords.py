"""Passwords: the policy, and argon2id off the event loop."""

import asyncio
import re
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from cabinet.residents.errors import LENGTHS, CommonPassword, WrongPasswordForm, password_rule
from cabinet.settings import PasswordPolicy, settings

__all__ = ["check_password", "hash_password", "is_outdated", "password_rule", "verify_password"]

_hasher = PasswordHasher()
_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")
"""Two at a time, 64 MiB each: a flood of sign-ins waits here and not on the event loop."""

_DIGITS = "0123456789"
_WORDS = frozenset(
    [
        "admin",
        "administrator",
        "cabinet",
        "dolg",
        "energo",
        "gaz",
        "gkh",
        "jkh",
        "kabinet",
        "kommunalka",
        "kvartira",
        "kvartplata",
        "kvitanciya",
        "kvitantsiya",
        "lichnyj",
        "lichny",
        "licniy",
        "oplata",
        "parol",
        "pokazaniya",
        "schet",
        "schetchik",
        "support",
        "svet",
        "teplo",
        "uslugi",
        "voda",
        "zhkh",
        "zhku",
        "жкх",
        "кабинет",
        "квартира",
        "квартплата",
        "квитанция",
        "оплата",
        "пароль",
        "счёт",
        "счётчик",
    ]
)

_NOBODY = _hasher.hash("nobody")
"""What an unknown login is checked against, so that it takes as long as a known one."""


def check_password(password: str, *, email_key: str = "") -> None:
    """Raise WrongPasswordForm or CommonPassword unless the password may be chosen."""
    policy = settings.password_policy
    least, most = LENGTHS[policy]
    letters_fit = policy is PasswordPolicy.LONG or (password.isascii() and password.isalnum()) or not password
    if not letters_fit or not least <= len(password) <= most:
        raise WrongPasswordForm(policy, len(password), letters_fit=letters_fit)
    plain = password.casefold()
    if plain in common_passwords() or plain == email_key.partition("@")[0] or len(set(plain)) == 1:
        raise CommonPassword
    if plain.strip(_DIGITS) in words_of_this_site():
        raise CommonPassword


async def hash_password(password: str) -> str:
    """The argon2id hash of the password."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _hasher.hash, _normal(password))


async def verify_password(password_hash: str | None, password: str) -> bool:
    """Whether the password fits; as slow for a login that does not exist (no hash)."""
    loop = asyncio.get_running_loop()
    fits = await loop.run_in_executor(_threads, _verify, password_hash or _NOBODY, _normal(password))
    return fits and password_hash is not None


def is_outdated(password_hash: str) -> bool:
    """Whether today's parameters are stronger than those of the hash."""
    return _hasher.check_needs_rehash(password_hash)


@cache
def common_passwords() -> frozenset[str]:
    """The commonest passwords, in lower case: 30 000 that were found in breaches, and those of people here."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    text = (Path(__file__).parent / "common_passwords.txt").read_text(encoding="utf-8")
    ours = (line for line in text.casefold().splitlines() if line and not line.startswith("#"))
    return frozenset([*FREQUENCY_LISTS["passwords"], *ours])


def words_of_this_site() -> frozenset[str]:
    """What anybody would try here first, with or without digits around it; in lower case."""
    named = re.findall(
        r"\w{4,}", f"{settings.operator_name} {urlsplit(settings.public_url).hostname}".casefold()
    )
    return _WORDS.union(named)


def _verify(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except VerificationError:
        return False


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)[:1024]
