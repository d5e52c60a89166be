"""Answers to forms: JSON for our script, a redirect or a plain page for a browser without it.

The one place where an error becomes a message.
"""

from html import escape
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from cabinet.errors import CabinetError, Forbidden, NotFound
from cabinet.i18n import _, current_locale
from cabinet.limits.errors import TooManyTries
from cabinet.residents.errors import AccessClosed, EmailNotConfirmed, SeveralProblems, WrongLogin

R = TypeVar("R", bound=Response)

_STATUS: dict[type[CabinetError], int] = {
    TooManyTries: 429,
    Forbidden: 403,
    AccessClosed: 403,
    EmailNotConfirmed: 403,
    NotFound: 404,
    WrongLogin: 401,
}


def wants_json(request: Request) -> bool:
    """Whether our script asks, rather than a browser sending a plain form."""
    return "application/json" in request.headers.get("accept", "")


def done(request: Request, go: str, **more: Any) -> Response:
    """It worked: go on to a path of ours."""
    if wants_json(request):
        return _json({"go": go, **more})
    return _quiet(RedirectResponse(go, status_code=303))


def said(request: Request, message: str, *, status: int = 200, **more: Any) -> Response:
    """It worked, and the page stays: a message for the form."""
    if wants_json(request):
        return _json({"message": message, **more}, status)
    return plain_page(request, message, status)


def refused(request: Request, error: CabinetError) -> Response:
    """It did not work: field messages and a form message in the current language."""
    status = _status(error)
    errors = error.errors if isinstance(error, SeveralProblems) else [error]
    fields = {e.field: e.message() for e in errors if e.field}
    message = error.message() if not error.field else ""
    headers = {"Retry-After": str(error.seconds)} if isinstance(error, TooManyTries) else {}
    if wants_json(request):
        answer = {"code": error.code, "errors": fields, "message": message}
        return _json(answer, status, headers)
    response = plain_page(request, message if not fields else " ".join(fields.values()), status)
    response.headers.update(headers)
    return response


def foreign(request: Request) -> Response:
    """The form was not sent from a page of ours."""
    message = _("This form was sent from another site. Open the page again and repeat.")
    if wants_json(request):
        return _json({"code": "foreign_origin", "errors": {}, "message": message}, 403)
    return plain_page(request, message, 403)


def plain_page(request: Request, message: str, status: int) -> HTMLResponse:
    """A page that needs no script: the message and the way back."""
    back = escape(_back(request), quote=True)
    body = f'<p role="alert">{escape(message)}</p><p><a href="{back}">{escape(_("Back"))}</a></p>'
    return _quiet(HTMLResponse(page(_("The resident's cabinet"), body), status_code=status))


def page(title: str, body: str) -> str:
    """A whole plain page around `body`, which is HTML already."""
    return (
        f'<!doctype html><html lang="{current_locale()}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="color-scheme" content="light dark"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body><main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )


_STYLE = (
    "body{font:18px/1.5 'Golos Text',system-ui,sans-serif;margin:0;background:#FAF8F4;color:#1B2326}"
    "main{max-width:40rem;margin:0 auto;padding:2rem 1rem}h1{font-size:28px}a{color:#086060}"
    "@media(prefers-color-scheme:dark){body{background:#14181A;color:#EEF1F0}a{color:#4FC3BD}}"
)


def _status(error: CabinetError) -> int:
    return next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 422)


def _json(answer: dict[str, Any], status: int = 200, headers: dict[str, str] | None = None) -> JSONResponse:
    return _quiet(JSONResponse(answer, status_code=status, headers=headers))


def _quiet(response: R) -> R:
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _back(request: Request) -> str:
    referer = request.headers.get("referer", "")
    start = f"{request.url.scheme}://{request.url.netloc}/"
    path = "/" + referer.removeprefix(start) if referer.startswith(start) else ""
    return (
        path
        if path.startswith("/") and not path.startswith("//")
        else ("/en" if current_locale() == "en" else "/")
    )
