"""A legal text as data: what a page shows and what is stored with a consent."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

Name = Literal["privacy", "terms", "consent", "offer"]

Block = str | tuple[str, ...]
"""A paragraph, or the entries of a list."""

ENTRY = "— "
"""How an entry of a list begins in plain text."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a text under its heading."""

    heading: str
    blocks: tuple[Block, ...]

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The blocks as plain text; an entry of a list is a paragraph of its own."""
        return tuple(_plain(self.blocks))


@dataclass(frozen=True, slots=True)
class Document:
    """One version of one text in one language."""

    name: Name
    locale: str
    title: str
    version: str
    effective_on: date
    version_line: str
    """«Редакция 2026-11-22. Действует с 22 ноября 2026 г.» in the language of the text."""
    sections: tuple[Section, ...]

    @property
    def text(self) -> str:
        """The whole exact text, as it is stored with a consent."""
        parts = [self.title, self.version_line]
        for section in self.sections:
            parts += [section.heading, *section.paragraphs]
        return "\n\n".join(parts)


def _plain(blocks: tuple[Block, ...]) -> Iterator[str]:
    for block in blocks:
        if isinstance(block, str):
            yield block
        else:
            yield from (ENTRY + entry for entry in block)
