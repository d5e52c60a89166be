"""docs/hazards.md names tests that exist."""

import re

from cabinet.settings import ROOT

TABLE = (ROOT / "docs" / "hazards.md").read_text("utf-8")
OVER_THE_NETWORK = (ROOT / "tests" / "attack" / "test_hazards.py").read_text("utf-8")


def test_every_named_test_exists():
    named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", TABLE)
    assert len(named) > 15
    for path, name in named:
        assert re.search(rf"^(async )?def {name}\(", (ROOT / path).read_text("utf-8"), re.MULTILINE), (
            path,
            name,
        )


def test_every_test_over_the_network_is_named():
    written = set(re.findall(r"^def (test_\w+)\(", OVER_THE_NETWORK, re.MULTILINE))
    named = set(re.findall(r"`(test_\w+)`", TABLE))
    assert named == written - {"test_there_is_more_than_one_process"}
