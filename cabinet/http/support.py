"""Sending a request to support: a form with files, read as a stream with a limit."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from cabinet.database import unit_of_work
from cabinet.errors import CabinetError, Forbidden
from cabinet.http.requests import client_address, is_ours, locale_of, person_of
from cabinet.i18n import LOCALES, _, current_locale, use_locale
from cabinet.limits.errors import TooManyTries
from cabinet.residents.person import Person
from cabinet.settings import settings
from cabinet.support import service
from cabinet.support.errors import BadTicket, RequestTooLarge
from cabinet.support.files import MOST_FILES, SentFile, discard_files, keep_files
from cabinet.support.models import Ticket

HONEYPOT = "website"
"""A field that people do not see; programs that fill every field fill this one too."""

_TEXTS_BYTES = 256 * 1024
_PART_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class SupportForm:
    """What stood in the form."""

    email: str
    subject: str
    message: str
    files: Sequence[SentFile]
    locale: str
    filled_by_program: bool


async def send_request(request: Request) -> Response:
    """POST /api/support: `{"go": …}`, or the errors at their fields; a redirect or a plain page without script."""
    with use_locale(locale_of(request)):
        try:
            return await _receive(request)
        except CabinetError as error:
            return _problem(request, error)


async def _receive(request: Request) -> Response:
    if not is_ours(request):
        raise Forbidden
    _refuse_large(request)
    await service.count_sender(client_address(request))
    form = await _read_form(request)
    try:
        with use_locale(form.locale):
            return _go(request, await _number_of(form, await person_of(request)))
    except CabinetError as error:
        with use_locale(form.locale):
            return _problem(request, error)
    finally:
        for file in form.files:
            file.content.close()


async def _number_of(form: SupportForm, person: Person | None) -> int | None:
    """Save the request and return its number; a program gets none, and nothing is saved."""
    if form.filled_by_program:
        return None
    email, _subject, _message = service.check_ticket(form.email, form.subject, form.message)
    await service.count_mailbox(email)
    return (await _save(form, person)).number


async def _save(form: SupportForm, person: Person | None) -> Ticket:
    kept = await keep_files(form.files)
    try:
        async with unit_of_work() as session:
            return await service.open_ticket(
                form.email, form.subject, form.message, kept, person.id if person else None, form.locale, session=session
            )
    except BaseException:
        await discard_files(kept)
        raise


async def _read_form(request: Request) -> SupportForm:
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return _form_of(FormData(), locale_of(request))
    parser = MultiPartParser(
        request.headers, _limited(request), max_files=MOST_FILES * 4, max_fields=20, max_part_size=_PART_BYTES
    )
    try:
        return _form_of(await parser.parse(), locale_of(request))
    except MultiPartException:
        raise BadTicket({"message": _("The form did not arrive whole. Send it again, with a shorter text.")}) from None


def _form_of(form: FormData, fallback_locale: str) -> SupportForm:
    said = _text(form, "locale")
    return SupportForm(
        email=_text(form, "email"),
        subject=_text(form, "subject"),
        message=_text(form, "message"),
        files=[
            SentFile(part.filename, part.file, part.size or 0)
            for part in form.getlist("files")
            if isinstance(part, UploadFile) and part.filename
        ],
        locale=said if said in LOCALES else fallback_locale,
        filled_by_program=bool(_text(form, HONEYPOT)),
    )


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    return value if isinstance(value, str) else ""


def _most_bytes() -> int:
    return MOST_FILES * settings.upload_max_bytes + _TEXTS_BYTES


def _refuse_large(request: Request) -> None:
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > 2 * _most_bytes():
        raise RequestTooLarge(MOST_FILES * settings.upload_max_bytes)


async def _limited(request: Request) -> AsyncGenerator[bytes]:
    """The body, until it is larger than allowed.

    As much again is then read and thrown away: a browser that is still sending does not see an answer.
    """
    received = 0
    async for chunk in request.stream():
        received += len(chunk)
        if received <= _most_bytes():
            yield chunk
        elif received > 2 * _most_bytes():
            break
    if received > _most_bytes():
        raise RequestTooLarge(MOST_FILES * settings.upload_max_bytes)


def _go(request: Request, number: int | None) -> Response:
    prefix = "/en" if current_locale() == "en" else ""
    path = f"{prefix}/support" + (f"?ticket={number}" if number else "")
    return JSONResponse({"go": path}) if _wants_json(request) else RedirectResponse(path, status_code=303)


def _problem(request: Request, error: CabinetError) -> Response:
    status = _status(error)
    headers = {"Retry-After": str(error.seconds)} if isinstance(error, TooManyTries) else None
    if not _wants_json(request):
        return HTMLResponse(_plain_page(error.message()), status, headers)
    return JSONResponse(_said(error), status, headers)


def _said(error: CabinetError) -> dict[str, Any]:
    if isinstance(error, BadTicket):
        return {"errors": error.problems, "message": _("Check the fields marked below.")}
    if error.field:
        return {"errors": {error.field: error.message()}, "message": ""}
    return {"errors": {}, "message": error.message()}


def _status(error: CabinetError) -> int:
    if isinstance(error, RequestTooLarge):
        return 413
    if isinstance(error, TooManyTries):
        return 429
    return 403 if isinstance(error, Forbidden) else 422


def _wants_json(request: Request) -> bool:
    return "application/json" in request.headers.get("accept", "")


def _plain_page(message: str) -> str:
    """What a browser without script shows; its back button brings back what was typed."""
    from html import escape

    prefix = "/en" if current_locale() == "en" else ""
    link = f'<a href="{prefix}/support">{escape(_("Back to the form"))}</a>'
    return f'<!doctype html><html lang="{current_locale()}"><meta charset="utf-8"><p>{escape(message)}</p><p>{link}</p>'


routes = [Route("/api/support", send_request, methods=["POST"])]
