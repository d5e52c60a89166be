"""The page for no connection, as the build leaves it: without the program's scripts, with a list of what it needs."""

import json
import re
from hashlib import sha256
from pathlib import Path

_PAGES = {"ru": "offline/index.html", "en": "en/offline/index.html"}
_ALIVE = re.compile(r'<link rel="modulepreload"[^>]*>')
_SCRIPT = re.compile(r"<script\b[^>]*>.*?</script>", re.DOTALL)
_NEEDED = re.compile(r'(?:href|src)="(/[^"]+\.(?:css|js))"')
_FONT = re.compile(r"url\((/assets/[\w-]+?-(?:cyrillic|latin)-wght-[\w-]+\.woff2)\)")


def keep_offline_pages(static: Path) -> None:
    """Write still copies of the offline page to `kept/`, and what belongs to them to `offline.json` beside the build."""
    (static / "kept").mkdir(exist_ok=True)
    pages = {locale: f"/kept/offline.{locale}.html" for locale in _PAGES}
    for locale, source in _PAGES.items():
        still = _without_program((static / source).read_text("utf-8"))
        (static / pages[locale][1:]).write_text(still, "utf-8")
    files = _files(static, list(pages.values()))
    every = [*pages.values(), *files]
    facts = {"version": _digest(static, every), "pages": pages, "files": files}
    (static.parent / "offline.json").write_text(json.dumps(facts))


def _without_program(html: str) -> str:
    """React would find itself at another address than the page's; theme, language and `offline.js` stay."""
    head, opening, body = html.partition("<body>")
    return _ALIVE.sub("", head) + opening + _SCRIPT.sub("", body)


def _files(static: Path, pages: list[str]) -> list[str]:
    """Styles and scripts that the pages name, and the letters that the styles name."""
    needed = [name for page in pages for name in _NEEDED.findall((static / page[1:]).read_text("utf-8"))]
    styles = [(static / name[1:]).read_text("utf-8") for name in needed if name.endswith(".css")]
    found = list(dict.fromkeys([*needed, *(font for style in styles for font in _FONT.findall(style))]))
    if not any(name.endswith(".woff2") for name in found) or "/offline.js" not in found:
        raise SystemExit(
            f"The offline page lacks its letters or its script: the build has changed ({found})."
        )
    return found


def _digest(static: Path, names: list[str]) -> str:
    digest = sha256()
    for name in names:
        digest.update((static / name[1:]).read_bytes())
    return digest.hexdigest()[:16]
