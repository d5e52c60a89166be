"""Answers to forms: JSON for our script, a redirect or a plain page for a browser without it.

The one place where an error becomes a message.
"""

from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from cabinet.accounts.errors import NeedsProof, OnlyLooks
from cabinet.errors import CabinetError, Forbidden, NotFound
from cabinet.factors.errors import BeginAgain, KeyRefused, WrongCode, WrongSpareCode
from cabinet.http import plain
from cabinet.i18n import _, current_locale
from cabinet.keys.errors import StillWorking
from cabinet.limits.errors import TooManyTries
from cabinet.residents.errors import AccessClosed, EmailNotConfirmed, SeveralProblems, WrongLogin

R = TypeVar("R", bound=Response)

_STATUS: dict[type[CabinetError], int] = {
    TooManyTries: 429,
    Forbidden: 403,
    AccessClosed: 403,
    EmailNotConfirmed: 403,
    NeedsProof: 403,
    OnlyLooks: 403,
    NotFound: 404,
    WrongLogin: 401,
    WrongCode: 401,
    WrongSpareCode: 401,
    KeyRefused: 401,
    BeginAgain: 401,
    StillWorking: 409,
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
    status = status_of(error)
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
    html = plain.plain_page(_("The resident's cabinet"), message, _back(request))
    return _quiet(HTMLResponse(html, status_code=status))


def status_of(error: CabinetError) -> int:
    """The status of an answer that says this."""
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
