"""Codes of an app: RFC 6238, six digits every 30 seconds. Pure functions."""

import hashlib
import re
from datetime import datetime

import pyotp
import segno
from pyotp.exceptions import OTPVerificationError
from pyotp.totp import TOTP

from cabinet.settings import settings

_WINDOW = 1
"""Steps that a clock may be wrong, either way."""
_DIGITS = re.compile(r"\d{6}", re.ASCII)


def new_secret() -> str:
    """160 random bits, in base32."""
    return pyotp.random_base32()


def step_of(code: str, secret: str, at: datetime) -> int | None:
    """The 30 seconds that this code is for, if they are those of `at` or beside them."""
    typed = "".join(code.split())
    if not _DIGITS.fullmatch(typed):
        return None
    counter = TOTP(secret, digest=hashlib.sha1)
    try:
        return counter.verify_and_get_timecode(typed, for_time=at, valid_window=_WINDOW)
    except OTPVerificationError:
        return None


def address_of(secret: str, email: str) -> str:
    """What the app reads from the picture: `otpauth://…`."""
    return TOTP(secret).provisioning_uri(name=email, issuer_name=issuer())


def issuer() -> str:
    """The name under which the app lists us."""
    return settings.operator_name.replace(":", " ")


def picture_of(address: str) -> str:
    """The code to scan, as a `data:` address; dark on white in either theme, with a quiet zone."""
    return segno.make_qr(address, error="m").svg_data_uri(scale=4, border=4, dark="#000", light="#fff")


def grouped(secret: str) -> str:
    """The secret as people type it: in fours."""
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
