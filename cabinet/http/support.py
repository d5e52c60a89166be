"""Sending a request to support: a form with files, read as a stream with a limit."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cabinet.database import unit_of_work
from cabinet.errors import CabinetError
from cabinet.http.replies import done, foreign, refused
from cabinet.http.requests import client_address, is_ours, locale_of, person_of, text_of
from cabinet.i18n import LOCALES, current_locale, path_in, use_locale
from cabinet.residents.person import Person
from cabinet.settings import settings
from cabinet.support import service
from cabinet.support.errors import FormBroken, RequestTooLarge
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
    """POST /api/support: where to go, or the errors at their fields."""
    with use_locale(locale_of(request)):
        try:
            return await _receive(request)
        except CabinetError as error:
            return _problem(request, error)


async def _receive(request: Request) -> Response:
    if not is_ours(request):
        return foreign(request)
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
                form.email,
                form.subject,
                form.message,
                kept,
                person.id if person else None,
                form.locale,
                session=session,
            )
    except BaseException:
        await discard_files(kept)
        raise


async def _read_form(request: Request) -> SupportForm:
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return _form_of(FormData(), locale_of(request))
    parser = MultiPartParser(
        request.headers, limited(request), max_files=MOST_FILES * 4, max_fields=20, max_part_size=_PART_BYTES
    )
    try:
        return _form_of(await parser.parse(), locale_of(request))
    except MultiPartException:
        raise FormBroken from None


def _form_of(form: FormData, locale: str) -> SupportForm:
    return SupportForm(
        email=text_of(form, "email"),
        subject=text_of(form, "subject"),
        message=text_of(form, "message"),
        files=[
            SentFile(part.filename, part.file, part.size or 0)
            for part in form.getlist("files")
            if isinstance(part, UploadFile) and part.filename
        ],
        locale=asked if (asked := text_of(form, "locale")) in LOCALES else locale,
        filled_by_program=bool(text_of(form, HONEYPOT)),
    )


def _most_bytes() -> int:
    return MOST_FILES * settings.upload_max_bytes + _TEXTS_BYTES


def _refuse_large(request: Request) -> None:
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > 2 * _most_bytes():
        raise RequestTooLarge(MOST_FILES * settings.upload_max_bytes)


async def limited(request: Request) -> AsyncGenerator[bytes]:
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
    page = path_in("/support", current_locale())
    return done(request, page + (f"?ticket={number}" if number else ""))


def _problem(request: Request, error: CabinetError) -> Response:
    response = refused(request, error)
    if isinstance(error, RequestTooLarge):
        response.status_code = 413
    return response


routes = [Route("/api/support", send_request, methods=["POST"])]
