"""Imports commit as they go: each test has a database of its own."""

import pytest

from cabinet.database import unit_of_work
from tests.exchange.imports.town import Town, settle


@pytest.fixture
async def town(committed: str) -> Town:
    async with unit_of_work() as session:
        return await settle(session)
