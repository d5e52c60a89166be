"""What is attacked: a running `make cluster`, named by its data folder, or one that is started for this."""

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from tests.attack.wire import Town, town_in
from tests.journeys import app as journeys

program: Any = journeys


@pytest.fixture(scope="package")
def town(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Generator[Town]:
    if named := request.config.getoption("--target"):
        yield town_in(Path(named))
        return
    cluster = program.Cluster(tmp_path_factory.mktemp("attacked") / "var", "")
    try:
        cluster.start()
        yield town_in(cluster.home)
    finally:
        cluster.stop()
