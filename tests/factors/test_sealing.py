"""Secrets that are encrypted in the database."""

from uuid import uuid4

import pytest
from pydantic import SecretStr

from cabinet.factors.sealing import Unreadable, seal, unseal
from cabinet.settings import settings

ALICE, BOB = uuid4(), uuid4()


def test_what_is_sealed_is_read_again_and_stands_nowhere_in_clear():
    sealed = seal(b"JBSWY3DPEHPK3PXP", ALICE)
    assert b"JBSWY3DP" not in sealed
    assert sealed != seal(b"JBSWY3DPEHPK3PXP", ALICE)
    assert unseal(sealed, ALICE) == b"JBSWY3DPEHPK3PXP"


def test_a_row_copied_to_somebody_else_opens_nothing():
    with pytest.raises(Unreadable):
        unseal(seal(b"secret", ALICE), BOB)


def test_a_row_that_was_touched_opens_nothing():
    sealed = bytearray(seal(b"secret", ALICE))
    sealed[-1] ^= 1
    with pytest.raises(Unreadable):
        unseal(bytes(sealed), ALICE)


def test_after_a_change_of_the_key_the_former_one_still_opens(monkeypatch: pytest.MonkeyPatch):
    former = settings.secret_key
    sealed = seal(b"secret", ALICE)
    monkeypatch.setattr(settings, "secret_key", SecretStr("n" * 40))
    with pytest.raises(Unreadable):
        unseal(sealed, ALICE)
    monkeypatch.setattr(settings, "old_secret_keys", (former,))
    assert unseal(sealed, ALICE) == b"secret"
