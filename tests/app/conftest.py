"""One running app for all tests of this folder, on a database of its own."""

import os
from collections.abc import Generator
from contextlib import nullcontext

import pytest
from argon2 import PasswordHasher
from starlette.testclient import TestClient

from cabinet.residents import passwords
from cabinet.settings import settings
from tests.app.city import City, build
from tests.app.house import House
from tests.conftest import copy_of


@pytest.fixture(scope="package")
def house(template_url: str) -> Generator[House]:
    """The app with its lifespan: guard, gate, routes, admin, sandbox; without jobs, the sandbox's own calls and a build."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "__REFLEX_SKIP_COMPILE", "true")
        patch.setitem(os.environ, "REFLEX_ENV_MODE", "prod")
        patch.setattr(settings, "database_url", copy_of(template_url))
        patch.setattr(settings, "jobs_in_process", False)
        patch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=64))
        from cabinet import cabinet

        patch.setattr(cabinet, "deliver_events", nullcontext)
        with TestClient(cabinet.app(), base_url=settings.public_url) as client:
            yield House(client)


@pytest.fixture(scope="package")
def city(house: House) -> City:
    """Alice's home and everybody around it, for tests that leave it as it was."""
    return build(house)
