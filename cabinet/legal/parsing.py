"""The little markup of the texts.

    # Title
    version: 2026-11-22

    ## 1. Heading of a section
    A line is a paragraph.
    — An entry of a list.

Blank lines mean nothing; `{operator_name}` and the like are filled in.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import groupby

from cabinet.i18n import use_locale
from cabinet.kit.dates import say_date
from cabinet.legal.document import ENTRY, Block, Document, Name, Section

_HEAD = re.compile(r"# (?P<title>.+)\nversion: (?P<version>\d{4}-\d\d-\d\d)\n")
_VERSION_LINES = {
    "ru": "Редакция {version}. Действует с {day}",
    "en": "Version {version}. In force from {day}.",
}


class BadText(ValueError):
    """A source does not follow the markup."""


def parse(name: Name, locale: str, source: str, facts: dict[str, str]) -> Document:
    """Read one source. Raises BadText, and KeyError for a placeholder that has no fact."""
    head = _HEAD.match(source)
    if not head:
        raise BadText(f"{name}.{locale} must begin with '# title' and 'version: date'")
    effective_on = date.fromisoformat(head["version"])
    return Document(
        name=name,
        locale=locale,
        title=head["title"],
        version=head["version"],
        effective_on=effective_on,
        version_line=_version_line(effective_on, locale),
        sections=tuple(_sections(source[head.end() :], facts)),
    )


def _version_line(effective_on: date, locale: str) -> str:
    with use_locale(locale):
        return _VERSION_LINES[locale].format(version=effective_on.isoformat(), day=say_date(effective_on))


def _sections(body: str, facts: dict[str, str]) -> Iterator[Section]:
    before, *parts = re.split(r"^## ", body, flags=re.MULTILINE)
    if before.strip():
        raise BadText(f"text before the first section: {before.strip()[:40]}")
    for part in parts:
        heading, *lines = (line.strip().format_map(facts) for line in part.splitlines() if line.strip())
        yield Section(heading, tuple(_blocks(lines)))


def _blocks(lines: Iterable[str]) -> Iterator[Block]:
    for is_list, run in groupby(lines, key=lambda line: line.startswith(ENTRY)):
        if is_list:
            yield tuple(line.removeprefix(ENTRY) for line in run)
        else:
            yield from run
