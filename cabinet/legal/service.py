"""The legal texts, with the operator's identity and terms from the settings.

The exact text is stored with a consent: change a source only together with its version.
"""

from functools import cache
from pathlib import Path
from typing import get_args

from cabinet.errors import NotFound
from cabinet.i18n import DEFAULT, LOCALES
from cabinet.legal.document import Block, Document, Name, Section
from cabinet.legal.facts import facts_in
from cabinet.legal.parsing import parse

__all__ = ["NAMES", "Block", "Document", "Name", "Section", "document"]

NAMES: tuple[Name, ...] = get_args(Name)
_TEXTS = Path(__file__).parent / "texts"


def document(name: Name, locale: str) -> Document:
    """The text in force in this language; an unknown language counts as Russian.

    Raises NotFound for a name that is not one of NAMES.
    """
    if name not in NAMES:
        raise NotFound
    known = locale if locale in LOCALES else DEFAULT
    return parse(name, known, _source(name, known), facts_in(known))


@cache
def _source(name: Name, locale: str) -> str:
    return (_TEXTS / f"{name}.{locale}.md").read_text(encoding="utf-8")
