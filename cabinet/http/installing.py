"""What an installed Cabinet needs: its manifest in each language, and the service worker behind its offline page."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cabinet.http.guard import STATIC
from cabinet.i18n import LOCALES, _, locale_of_path, path_in, use_locale
from cabinet.settings import settings
from cabinet.ui import routes as paths

OFFLINE = STATIC.parent / "offline.json"
"""What the worker keeps: written by the build."""
_WORKER = Path(__file__).parent / "worker.js"
_NO_WORKER = Path(__file__).parent / "no_worker.js"
_PAPER = "#faf8f4"
_ICONS = [("icon-192", 192, "any"), ("icon-512", 512, "any"), ("maskable-512", 512, "maskable")]


async def manifest(request: Request) -> JSONResponse:
    """How the cabinet appears among the programs of a phone."""
    locale = locale_of_path(request.url.path)
    with use_locale(locale):
        about = _about(locale)
    return JSONResponse(
        about, media_type="application/manifest+json", headers={"Cache-Control": "public, max-age=3600"}
    )


async def worker(_request: Request) -> Response:
    """The service worker; browsers ask anew for it each time, so that it can be changed or taken away."""
    headers = {
        "Cache-Control": "no-cache",
        "Content-Security-Policy": "default-src 'none'; connect-src 'self'",
    }
    return Response(_script(), media_type="text/javascript", headers=headers)


def _about(locale: str) -> dict[str, Any]:
    places = [(_("Payment"), paths.PAY), (_("Readings"), paths.READINGS)]
    return {
        "id": paths.CABINET,
        "name": _("Utility Cabinet"),
        "short_name": _("Cabinet"),
        "description": _(
            "Gas, water, electricity, heating and housing: see what is owed, pay by card, send meter readings."
        ),
        "lang": locale,
        "dir": "ltr",
        "start_url": path_in(paths.CABINET, locale),
        "scope": "/",
        "display": "standalone",
        "theme_color": _PAPER,
        "background_color": _PAPER,
        "categories": ["utilities", "finance"],
        "icons": [_icon(*one) for one in _ICONS],
        "shortcuts": [{"name": name, "url": path_in(path, locale)} for name, path in places],
    }


def _icon(name: str, size: int, purpose: str) -> dict[str, str]:
    return {
        "src": f"/icons/{name}.png",
        "sizes": f"{size}x{size}",
        "type": "image/png",
        "purpose": purpose,
    }


def _script() -> str:
    """The worker, or with `CABINET_OFFLINE_PAGE=false` one that removes itself and all that was kept."""
    if not settings.offline_page or not OFFLINE.exists():
        return _NO_WORKER.read_text("utf-8")
    return f"const OFFLINE = {json.dumps(_kept())};\n{_WORKER.read_text('utf-8')}"


@cache
def _kept() -> dict[str, Any]:
    return json.loads(OFFLINE.read_text("utf-8"))


routes = [
    *(Route(path_in(paths.MANIFEST, locale), manifest) for locale in LOCALES),
    Route(paths.SERVICE_WORKER, worker),
]
