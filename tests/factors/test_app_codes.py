"""Codes of an app: RFC 6238."""

from base64 import b32encode
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cabinet.factors.app import address_of, grouped, new_secret, picture_of, step_of

SECRET = b32encode(b"12345678901234567890").decode()
VECTORS = [
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
    (20000000000, "353130"),
]
"""RFC 6238, appendix B, SHA-1: the last six of the eight digits."""


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@pytest.mark.parametrize(("seconds", "code"), VECTORS)
def test_the_vectors_of_the_standard(seconds: int, code: str):
    assert step_of(code, SECRET, at(seconds)) == seconds // 30


@pytest.mark.parametrize(
    ("drift", "fits"), [(-61, False), (-30, True), (-1, True), (0, True), (30, True), (61, False)]
)
def test_a_clock_may_be_wrong_by_one_step(drift: int, fits: bool):
    seconds = 1111111110
    assert (step_of("050471", SECRET, at(seconds + drift)) is not None) is fits


@pytest.mark.parametrize("typed", ["050 471", " 050471 ", "05 04 71"])
def test_spaces_do_no_harm(typed: str):
    assert step_of(typed, SECRET, at(1111111111)) == 37037037


@pytest.mark.parametrize(
    "typed", ["", "50471", "0050471", "05047", "٠٥٠٤٧١", "０５０４７１", "abcdef", "-50471"]
)
def test_what_is_no_code_is_refused(typed: str):
    assert step_of(typed, SECRET, at(1111111111)) is None


@given(st.text(max_size=20))
def test_any_text_is_refused_without_a_crash(typed: str):
    assert step_of(typed, SECRET, at(1111111111)) in (None, 37037037, 37037036, 37037038)


def test_a_secret_has_160_bits_and_is_typed_in_fours():
    secret = new_secret()
    assert len(secret) == 32
    assert secret != new_secret()
    assert grouped(secret).replace(" ", "") == secret
    assert {len(part) for part in grouped(secret).split(" ")} == {4}


def test_the_picture_holds_the_address():
    address = address_of(SECRET, "anna+дом@mail.example")
    assert address.startswith("otpauth://totp/")
    assert f"secret={SECRET}" in address
    assert "issuer=" in address
    assert picture_of(address).startswith("data:image/svg+xml")
