"""Our part of the production build: any address, two languages, and the scripts that pages may run."""

import json
import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Unpack

from reflex_base.plugins import Plugin
from reflex_base.plugins.base import PostBuildContext

from cabinet.launcher.offline import keep_offline_pages

_BACKEND = re.compile(r"""(["'`])(ws|http)s?://localhost:\d+(/[a-z_-]*)\1""")
_HTML_LANG = re.compile(r'(<html[^>]*\blang=")[a-z]+(")')
_PRELOAD = '<link rel="modulepreload"'
_INLINE_SCRIPT = re.compile(r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)


class OneBuildForAll(Plugin):
    """Makes the build independent of the address it is served at, and lists what a page may run."""

    def post_build(self, **context: Unpack[PostBuildContext]) -> None:
        """Rewrite the files that Vite wrote, before they are compressed."""
        static = context["static_dir"]
        _follow_the_page(static)
        _mark_english(static)
        _styles_first(static)
        keep_offline_pages(static)
        _list_inline_scripts(static)


def _follow_the_page(static: Path) -> None:
    """Replace the address of the backend, fixed at build time, by that of the page."""
    files = [path for path in (static / "assets").glob("*.js") if _BACKEND.search(path.read_text("utf-8"))]
    if not files:
        raise SystemExit("The build holds no backend address to replace: Reflex has changed its env file.")
    for path in files:
        path.write_text(_BACKEND.sub(_from_location, path.read_text("utf-8")), "utf-8")


def _from_location(match: re.Match[str]) -> str:
    origin = 'location.origin.replace("http","ws")' if match[2] == "ws" else "location.origin"
    return f'{origin}+"{match[3]}"'


def _mark_english(static: Path) -> None:
    for path in [static / "en.html", *(static / "en").rglob("*.html")]:
        if path.exists():
            path.write_text(_HTML_LANG.sub(r"\1en\2", path.read_text("utf-8"), count=1), "utf-8")


def _styles_first(static: Path) -> None:
    """Let styles and words come before the scripts that only make them live: half the time to the first picture."""
    for path in static.rglob("*.html"):
        path.write_text(path.read_text("utf-8").replace(_PRELOAD, f'{_PRELOAD} fetchpriority="low"'), "utf-8")


def _list_inline_scripts(static: Path) -> None:
    """Write the hashes of each page's inline scripts, which the guard puts into its policy."""
    files = {path.relative_to(static).as_posix(): path for path in static.rglob("*.html")}
    pages = {name: _hashes(path.read_text("utf-8")) for name, path in files.items()}
    pages["404.html"] = pages.get("__spa-fallback.html") or pages["index.html"]
    (static.parent / "inline_scripts.json").write_text(json.dumps(pages))


def _hashes(html: str) -> list[str]:
    found = dict.fromkeys(_INLINE_SCRIPT.findall(html))
    return [f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" for script in found]
