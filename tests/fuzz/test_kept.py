"""Every seed and everything that a fuzzer ever found: run again, each in a moment."""

from pathlib import Path

import pytest

from tests.fuzz.targets import TARGETS

KEPT = Path(__file__).parent / "kept"
FILES = sorted(path.relative_to(KEPT) for path in KEPT.glob("*/*"))


@pytest.mark.parametrize("name", TARGETS)
def test_every_seed_is_read_or_refused_by_name(name: str):
    seeds = TARGETS[name].seeds()
    assert seeds
    for data in seeds.values():
        TARGETS[name](data)


@pytest.mark.parametrize("file", FILES, ids=str)
def test_what_was_found_once_stays_mended(file: Path):
    TARGETS[file.parts[0]]((KEPT / file).read_bytes())


def test_findings_belong_to_a_target():
    assert {file.parts[0] for file in FILES} <= TARGETS.keys()
