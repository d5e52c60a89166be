"""The translation catalog: complete and true to the sources, or `make check` fails.

`python -m cabinet.launcher.catalog update [more.po …]` brings it up to date with what the files translate.
"""

import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from cabinet.settings import ROOT

_CATALOG = ROOT / "cabinet" / "locales" / "ru" / "LC_MESSAGES" / "cabinet.po"
_METHODS = [("**.py", "python"), ("**/templates/**", "jinja2")]
_KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2)}
_PLACEHOLDER = re.compile(r"\{[^{}]*\}")


def check() -> list[str]:
    """What is wrong with the catalog: one line for each text."""
    wanted, have = _from_sources(), _read(_CATALOG)
    missing = [m for m in wanted if m.id and not _is_translated(have, m)]
    unused = [m for m in have if m.id and wanted.get(m.id, m.context) is None]
    unlike = [m for m in have if m.id and m.string and not _same_placeholders(m)]
    return [
        *(f"not translated: {m.id!r}  ({_place(m)})" for m in missing),
        *(f"no longer used: {m.id!r}" for m in unused),
        *(f"placeholders differ: {m.id!r}" for m in unlike),
    ]


def update(fragments: Iterable[Path]) -> None:
    """Write the catalog anew from the sources, keeping its translations and adding those of the fragments."""
    known = [_read(path) for path in (_CATALOG, *fragments) if path.exists()]
    fresh = Catalog(locale="ru", project="Cabinet", charset="utf-8", fuzzy=False)
    for message in _from_sources():
        if message.id:
            translation = _translation(message, known)
            fresh.add(message.id, translation, locations=_files_only(message), context=message.context)
    _CATALOG.parent.mkdir(parents=True, exist_ok=True)
    with _CATALOG.open("wb") as target:
        write_po(target, fresh, sort_output=True, omit_header=False, width=0, include_lineno=False)


def _from_sources() -> Catalog:
    catalog = Catalog(locale="ru")
    found = extract_from_dir(ROOT / "cabinet", _METHODS, keywords=_KEYWORDS, strip_comment_tags=True)
    for name, line, text, _comments, context in found:
        catalog.add(text, None, locations=[(f"cabinet/{name}", line)], context=context)
    return catalog


def _read(path: Path) -> Catalog:
    if not path.exists():
        return Catalog(locale="ru")
    with path.open("rb") as source:
        return read_po(source, locale="ru")


def _is_translated(catalog: Catalog, wanted: Message) -> bool:
    found = catalog.get(wanted.id, wanted.context)
    if found is None or found.fuzzy or bool(found.pluralizable) != bool(wanted.pluralizable):
        return False
    strings = _forms(found.string)
    return all(strings) and (not found.pluralizable or len(strings) == catalog.num_plurals)


def _translation(message: Message, known: list[Catalog]) -> str | tuple[str, ...] | None:
    """The last translation given, so that a fragment mends the catalog."""
    found = [catalog.get(message.id, message.context) for catalog in known]
    given = [_forms(one.string) for one in found if one and all(_forms(one.string))]
    if not given:
        return None
    return given[-1] if message.pluralizable else given[-1][0]


def _same_placeholders(message: Message) -> bool:
    """Plural forms may leave the number out; nothing may name what the source does not have."""
    offered = set(_PLACEHOLDER.findall(" ".join(_forms(message.id))))
    used = [set(_PLACEHOLDER.findall(string)) for string in _forms(message.string)]
    return all(names <= offered for names in used) and (message.pluralizable or used[0] == offered)


def _forms(text: str | Sequence[str] | None) -> tuple[str, ...]:
    """The text, or its plural forms, as a tuple."""
    return (text or "",) if isinstance(text, str | None) else tuple(text)


def _files_only(message: Message) -> list[tuple[str, int]]:
    return sorted({(name, 0) for name, _line in message.locations})


def _place(message: Message) -> str:
    name, line = message.locations[0]
    return f"{name}:{line}"


def main(arguments: list[str]) -> None:
    """`check` (the default) or `update [fragment.po …]`."""
    if arguments[:1] == ["update"]:
        update(map(Path, arguments[1:]))
    problems = check()
    sys.exit("\n".join(problems) if problems else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
