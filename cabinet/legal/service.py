"""The legal texts with the operator's identity filled in."""

from functools import cache
from pathlib import Path

from cabinet.errors import NotFound
from cabinet.i18n import DEFAULT, LOCALES
from cabinet.legal.document import Document, Section
from cabinet.legal.parsing import parse
from cabinet.legal.facts import facts

__all__ = ["NAMES", "Document", "Section", "document"]

NAMES = ("privacy", "terms", "consent", "offer")
_TEXTS = Path(__file__).parent / "texts"


def document(name: str, locale: str) -> Document:
    """The text in force in this language (an unknown language counts as Russian).

    Raises NotFound for a name that is not one of NAMES.
    """
    if name not in NAMES:
        raise NotFound
    return _read(name, locale if locale in LOCALES else DEFAULT)


@cache
def _read(name: str, locale: str) -> Document:
    source = (_TEXTS / f"{name}.{locale}.md").read_text(encoding="utf-8")
    return parse(name, locale, source, facts())
