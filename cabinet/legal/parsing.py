"""The little markup of the texts.

    # Title
    version: 2026-11-22

    ## 1. Heading of a section
    A paragraph: its lines are joined.

    Blank lines part paragraphs; `{operator_name}` and the like are filled in;
    a line that begins with `— ` is a paragraph of its own: an entry of a list.
"""

import re
from collections.abc import Iterator
from datetime import date

from cabinet.i18n import use_locale
from cabinet.kit.dates import say_date
from cabinet.legal.document import Document, Section

_HEAD = re.compile(r"# (?P<title>.+)\nversion: (?P<version>\d{4}-\d\d-\d\d)\n")
_VERSION_LINE = {"ru": "Редакция {version}. Действует с {day}", "en": "Version {version}. In force from {day}"}


class BadText(ValueError):
    """A source does not follow the markup."""


def parse(name: str, locale: str, source: str, facts: dict[str, str]) -> Document:
    """Read one source; KeyError for a placeholder that has no fact."""
    head = _HEAD.match(source)
    if not head:
        raise BadText(f"{name}.{locale}: begins with '# title' and 'version: date'")
    version = head["version"]
    effective_on = date.fromisoformat(version)
    with use_locale(locale):
        line = _VERSION_LINE[locale].format(version=version, day=say_date(effective_on))
    return Document(
        name=name,
        locale=locale,
        title=head["title"].format_map(facts),
        version=version,
        effective_on=effective_on,
        version_line=line,
        sections=tuple(_sections(source[head.end() :].format_map(facts))),
    )


def _sections(body: str) -> Iterator[Section]:
    before, *parts = re.split(r"^## ", body, flags=re.MULTILINE)
    if before.strip():
        raise BadText("there is text before the first section")
    for part in parts:
        heading, _, rest = part.partition("\n")
        yield Section(heading.strip(), tuple(_paragraphs(rest)))


def _paragraphs(text: str) -> Iterator[str]:
    for block in re.split(r"\n\s*\n|\n(?=— )", text):
        if paragraph := " ".join(block.split()):
            yield paragraph
