"""docs/security.md names every requirement of OWASP ASVS 5.0, level 2, and shows what exists."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from cabinet.settings import ROOT

DOC = ROOT / "docs" / "security.md"
SECTIONS = (
    "1.1:22 1.2:1111122223 1.3:112222222223 1.4:222 1.5:123 2.1:122 2.2:112 2.3:12223 2.4:23 3.2:113 "
    "3.3:12223 3.4:11222233 3.5:11122333 3.7:22333 4.1:12233 4.2:23333 4.3:22 4.4:1222 5.1:2 "
    "5.2:112333 5.3:113 5.4:222 6.1:122 6.2:111111112222 6.3:11223333 6.4:112233 6.5:22222333 "
    "6.6:2223 6.8:2222 7.1:222 7.2:1111 7.3:22 7.4:11222 7.5:223 7.6:22 8.1:1233 8.2:1123 8.3:133 "
    "8.4:23 9.1:111 9.2:1222 10.1:22 10.2:223 10.3:22223 10.4:1111122222233333 10.5:22222 10.6:22 "
    "10.7:222 11.1:2233 11.2:22233 11.3:11233 11.4:1222 11.5:23 11.6:23 12.1:12233 12.2:11 "
    "12.3:22223 13.1:2333 13.2:222223 13.3:2233 13.4:1222233 14.1:22 14.2:12223333 14.3:122 "
    "15.1:12233 15.2:12233 15.3:1222222 16.1:2 16.2:22222 16.3:2222 16.4:222 16.5:2223 17.1:23 "
    "17.2:22223333 17.3:22 "
)
"""The levels of the requirements of each section, in order; those of level 3 are not ours."""
_ROW = re.compile(r"^\| ([\d.]+) \| ([12]) \| ([^|]+) \| (met|n/a|open) \| ([^|]+) \|$", re.MULTILINE)
_SHOWN = re.compile(r"`([\w./-]+?\.(?:py|md|js|json|txt|html|conf)|[\w/]+/Caddyfile)(?:::(\w+))?`")
_ABOVE = re.compile(r"«([^»]+)» above")


@dataclass(frozen=True)
class Row:
    """What the document says of one requirement."""

    number: str
    level: str
    status: str
    shown: str


def rows() -> list[Row]:
    return [
        Row(number, level, status, shown)
        for number, level, _what, status, shown in _ROW.findall(DOC.read_text("utf-8"))
    ]


def wanted() -> Iterator[tuple[str, str]]:
    for section in SECTIONS.split():
        name, levels = section.split(":")
        yield from ((f"{name}.{count}", level) for count, level in enumerate(levels, 1) if level != "3")


def test_every_requirement_has_one_row_in_order() -> None:
    assert [(row.number, row.level) for row in rows()] == list(wanted())
    assert len(rows()) == 253


def test_every_row_of_the_tables_is_read() -> None:
    lines = [line for line in DOC.read_text("utf-8").splitlines() if re.match(r"\| \d", line)]
    assert len(lines) == len(rows()), "a row has a wrong level, status or number of columns"


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.number)
def test_what_a_row_names_exists(row: Row) -> None:
    named, above = _SHOWN.findall(row.shown), _ABOVE.findall(row.shown)
    assert row.status != "met" or named or above, "what is met is shown by something"
    for heading in above:
        assert f"**{heading}.**" in DOC.read_text("utf-8"), heading
    for path, name in named:
        assert (ROOT / path).is_file(), path
        assert not name or defines(ROOT / path, name), f"{path}::{name}"


def defines(path: Path, name: str) -> bool:
    """Whether the file has a function, class or constant of this name."""
    return bool(
        re.search(
            rf"^ *(?:(?:async )?def |class ){name}\b|^{name}(?::[^=]+)? = ",
            path.read_text("utf-8"),
            re.MULTILINE,
        )
    )


@pytest.mark.parametrize("name", ["test_nobody_wrote", "test_what_a_row"])
def test_a_name_that_is_not_there_is_noticed(name: str) -> None:
    assert not defines(Path(__file__), name)
    assert defines(Path(__file__), "test_a_name_that_is_not_there_is_noticed")
    assert defines(Path(__file__), "SECTIONS")
