"""Two languages: gettext catalogs with English msgids, and the language of the current context."""

import re
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

LOCALES = ("ru", "en")
DEFAULT = "ru"

_current: ContextVar[str] = ContextVar("locale", default=DEFAULT)


def current_locale() -> str:
    """`ru` or `en`: the language in which `_` answers here."""
    return _current.get()


def set_locale(locale: str) -> None:
    """Answer in `locale` from here on in this task."""
    _current.set(locale if locale in LOCALES else DEFAULT)


@contextmanager
def use_locale(locale: str) -> Generator[None]:
    """Answer in `locale` (an unknown one counts as Russian) inside the block."""
    token = _current.set(locale if locale in LOCALES else DEFAULT)
    try:
        yield
    finally:
        _current.reset(token)


def locale_of_path(path: str) -> str:
    """The language of a page: `/en` and all below it is English."""
    return "en" if re.match(r"/en(?:[/?#]|$)", path) else "ru"


def path_in(path: str, locale: str) -> str:
    """The path of a page in that language; `locale_of_path` reads it back."""
    return f"/en{path}" if locale == "en" else path


def gettext(message: str) -> str:
    """The text in the current language; imported everywhere as `_`."""
    return _catalog(current_locale()).gettext(message)


def ngettext(singular: str, plural: str, n: int) -> str:
    """The text in the form that the number asks for."""
    return _catalog(current_locale()).ngettext(singular, plural, n)


def pgettext(context: str, message: str) -> str:
    """The text where one English wording has two Russian ones; `context` tells them apart."""
    return _catalog(current_locale()).pgettext(context, message)


_ = gettext


def _noop(message: str) -> str:
    """Mark a text for the catalogs that is translated later, with `_`."""
    return message


N_ = _noop


@cache
def _catalog(locale: str) -> NullTranslations:
    if locale == "en":
        return NullTranslations()
    path = Path(__file__).parent / "locales" / locale / "LC_MESSAGES" / "cabinet.po"
    return _read(path)


def _read(path: Path) -> NullTranslations:
    """Read a catalog from its source, so that no compiled copy can be out of date."""
    from io import BytesIO

    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with path.open("rb") as source:
        catalog = read_po(source)
    compiled = BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return GNUTranslations(compiled)
