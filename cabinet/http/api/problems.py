"""What the API answers when it cannot do what was asked: RFC 9457, in the asker's language.

The one place where an error of any kind becomes an answer of the API.
"""

import logging
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from secrets import token_hex
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from cabinet.errors import BadFields, CabinetError
from cabinet.http.api.words import say_fault, title_of
from cabinet.http.replies import status_of
from cabinet.i18n import N_, _

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
_KIND = "urn:cabinet:problem:"
_WORDS = {
    400: N_("The request could not be read. It must be JSON in UTF-8."),
    404: N_("There is nothing here, or it belongs to another provider."),
    405: N_("This address does not take this method."),
    413: N_("The request is too large. Split it into several."),
}


class Fault(BaseModel):
    """One thing that is wrong with the request."""

    pointer: str = Field(default="", description=N_("JSON pointer into the body (RFC 6901)"))
    parameter: str = Field(default="", description=N_("Name of the parameter or header"))
    code: str = ""
    detail: str = Field(description=N_("What is wrong, for people"))


class Problem(BaseModel):
    """Why it could not be done (RFC 9457)."""

    type: str = Field(description=N_("Stable kind of the problem: a URN that ends with its code"))
    title: str
    status: int
    detail: str = Field(description=N_("What happened and what to do, for people"))
    instance: str = Field(description=N_("The path that was asked"))
    errors: list[Fault] = Field(default=[], description=N_("Each thing that is wrong with the request"))
    reference: str = Field(default="", description=N_("The number to tell to support when it is our fault"))


class ApiError(CabinetError):
    """An error that exists in the API only and knows its own status and headers."""

    status: int = 400
    headers: Mapping[str, str] = {}
    faults: Sequence[Fault] = ()
    """Each thing that is wrong with the request."""


def problem(
    path: str,
    status: int,
    code: str,
    detail: str,
    *,
    errors: Sequence[Fault] = (),
    reference: str = "",
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """The answer."""
    said = Problem(
        type=_KIND + code,
        title=title_of(status),
        status=status,
        detail=detail,
        instance=path,
        errors=list(errors),
        reference=reference,
    )
    shown = {"Cache-Control": "no-store", **(headers or {})}
    return JSONResponse(said.model_dump(exclude_defaults=True), status, shown, MEDIA_TYPE)


def problem_of(path: str, error: CabinetError) -> JSONResponse:
    """The answer to an error that names itself."""
    if isinstance(error, ApiError):
        return problem(
            path, error.status, error.code, error.message(), errors=error.faults, headers=error.headers
        )
    seconds = getattr(error, "seconds", None)
    headers = {"Retry-After": str(seconds)} if seconds is not None else None
    code = "bad_request" if type(error) is BadFields else error.code
    return problem(path, status_of(error), code, error.message(), errors=faults_of(error), headers=headers)


def faults_of(error: CabinetError, below: str = "#") -> list[Fault]:
    """What is wrong with which field of the object at the pointer `below`."""
    if isinstance(error, BadFields):
        return [Fault(pointer=f"{below}/{name}", detail=text) for name, text in error.problems.items()]
    if error.field:
        return [Fault(pointer=f"{below}/{error.field}", code=error.code, detail=error.message())]
    return []


def failed(path: str, error: Exception) -> JSONResponse:
    """Our own fault: a reference to find it by in the log, and nothing else of it."""
    reference = token_hex(4)
    logger.error("the API failed, reference %s", reference, exc_info=error)
    words = _("It is our fault. Try again; if it happens again, tell support the reference.")
    return problem(path, 500, "failed", words, reference=reference)


def install(api: FastAPI) -> None:
    """Let the application answer with problems only."""
    handlers: dict[Any, Any] = {
        CabinetError: _on_cabinet_error,
        RequestValidationError: _on_bad_request,
        HTTPException: _on_http_error,
    }
    for kind, handler in handlers.items():
        api.add_exception_handler(kind, handler)


async def _on_cabinet_error(request: Request, error: CabinetError) -> JSONResponse:
    return problem_of(request.url.path, error)


async def _on_bad_request(request: Request, error: RequestValidationError) -> JSONResponse:
    faults = [_fault(one) for one in error.errors()]
    if any(one.parameter == "Idempotency-Key" and one.code == "missing" for one in faults):
        words = _("Give the request a name of your own in the header Idempotency-Key, such as a UUID.")
        return problem(request.url.path, 400, "idempotency_key_missing", words, errors=faults)
    if any(one["type"] == "json_invalid" for one in error.errors()):
        return problem(request.url.path, 400, "not_json", _(_WORDS[400]), errors=faults)
    words = _("Some values are wrong. Nothing was changed.")
    return problem(request.url.path, 422, "bad_request", words, errors=faults)


async def _on_http_error(request: Request, error: HTTPException) -> JSONResponse:
    status = error.status_code
    words = _(_WORDS[status]) if status in _WORDS else title_of(status)
    code = HTTPStatus(status).name.lower()
    headers = {"Allow": _allowed(request)} if status == 405 else error.headers
    return problem(request.url.path, status, code, words, headers=headers)


def _allowed(request: Request) -> str:
    """All methods of the address: the router names those of the first endpoint only."""
    path = request.url.path.removeprefix(request.scope.get("root_path", ""))
    described: dict[str, Any] = request.app.openapi()["paths"]
    found = [methods for template, methods in described.items() if _matches(template, path)]
    return ", ".join(sorted(method.upper() for methods in found for method in methods))


def _matches(template: str, path: str) -> bool:
    return re.fullmatch(re.sub(r"\{[^}]+\}", "[0-9a-fA-F-]{36}", template), path) is not None


def _fault(one: Mapping[str, Any]) -> Fault:
    """Where a value is wrong and why; the value itself is not repeated."""
    place, *rest = one["loc"]
    detail = say_fault(one)
    if place == "body":
        pointer = "#" if one["type"] == "json_invalid" else "/".join(["#", *map(_escaped, rest)])
        return Fault(pointer=pointer, code=one["type"], detail=detail)
    return Fault(parameter=str(rest[0]) if rest else str(place), code=one["type"], detail=detail)


def _escaped(part: object) -> str:
    return str(part).replace("~", "~0").replace("/", "~1")
