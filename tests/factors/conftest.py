"""Passwords and spare codes are hashed quickly here: ten of them at a time are no subject of these tests."""

import pytest
from argon2 import PasswordHasher

from cabinet.residents import passwords


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", hasher)
    monkeypatch.setattr(passwords, "_NOBODY", hasher.hash("nobody"))
