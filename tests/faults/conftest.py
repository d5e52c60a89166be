"""Each test of this folder ends with everything at rest and all books checked."""

from collections.abc import AsyncGenerator

import pytest

from cabinet.simulation.bank import open_bank
from tests.faults.scene import Scene, settle_scene


@pytest.fixture
async def scene(committed: str) -> AsyncGenerator[Scene]:
    """The town; after the test its books are checked, at once and at rest."""
    async with open_bank() as bank:
        scene = await settle_scene(bank)
        yield scene
        assert not await scene.broken_now()
        await scene.come_to_rest()
        assert not await scene.broken_at_rest()
