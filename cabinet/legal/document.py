"""A legal text as data: what a page shows and what is stored with a consent."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Section:
    """A numbered part of a text."""

    heading: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True)
class Document:
    """One version of one text in one language."""

    name: str
    locale: str
    title: str
    version: str
    effective_on: date
    version_line: str
    """«Редакция 2026-11-22, действует с 22 ноября 2026 г.» in the language of the text."""
    sections: tuple[Section, ...]

    @property
    def text(self) -> str:
        """The whole exact text, as it is stored with a consent."""
        parts = [self.title, self.version_line]
        for section in self.sections:
            parts += [section.heading, *section.paragraphs]
        return "\n\n".join(parts)
