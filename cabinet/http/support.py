"""Writing to support: a new request, and an answer in one's own thread; forms with files."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from urllib.parse import urlencode
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cabinet.database import unit_of_work
from cabinet.errors import CabinetError, NotFound
from cabinet.http.replies import done, foreign, refused
from cabinet.http.requests import client_address, is_ours, locale_of, person_of, text_of
from cabinet.http.uploads import files_in, read_upload, refuse_large
from cabinet.i18n import LOCALES, current_locale, path_in, use_locale
from cabinet.residents.person import Person
from cabinet.support import service
from cabinet.support.errors import AccountNotYours, RequestTooLarge
from cabinet.support.files import KeptFile, SentFile, with_kept_files
from cabinet.support.models import Ticket
from cabinet.support.service import Asker, ByLink, ByResident, Draft
from cabinet.ui import routes as pages

HONEYPOT = "website"
"""A field that people do not see; programs that fill every field fill this one too."""

Receiver = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class SupportForm:
    """What stood in the form of a new request."""

    email: str
    subject: str
    message: str
    account: str
    form_key: UUID | None
    files: Sequence[SentFile]
    locale: str
    filled_by_program: bool


def _receives(handler: Receiver) -> Receiver:
    """A route for our pages only, whose errors are said in words."""

    @wraps(handler)
    async def route(request: Request) -> Response:
        with use_locale(locale_of(request)):
            try:
                if not is_ours(request):
                    return foreign(request)
                refuse_large(request)
                return await handler(request)
            except CabinetError as error:
                return _problem(request, error)

    return route


@_receives
async def send_request(request: Request) -> Response:
    """POST /api/support: where to go, or the errors at their fields."""
    await service.count_sender(client_address(request))
    sent = await read_upload(request)
    form = _form_of(sent, locale_of(request))
    try:
        with use_locale(form.locale):
            return await _open(request, form, await person_of(request))
    except CabinetError as error:
        with use_locale(form.locale):
            return _problem(request, error)
    finally:
        await sent.close()


@_receives
async def send_reply(request: Request) -> Response:
    """POST /api/requests/{id}/reply: a message of the resident in their own request."""
    person = await person_of(request)
    if person is None:
        raise NotFound
    asker = ByResident(person.id, UUID(str(request.path_params["ticket_id"])))
    await service.count_reply(asker)
    sent = await read_upload(request)
    with use_locale(locale_of(request, sent)):
        ticket = await _reply(asker, sent)
        return done(request, f"{path_in(pages.request(ticket.id), current_locale())}?sent={ticket.number}")


@_receives
async def send_reply_of_guest(request: Request) -> Response:
    """POST /api/requests/guest/reply: a message of somebody who came by the link of a letter."""
    await service.count_sender(client_address(request))
    sent = await read_upload(request)
    token = text_of(sent, "token")
    with use_locale(locale_of(request, sent)):
        try:
            ticket = await _reply(ByLink(token), sent)
        except CabinetError as error:
            return _problem(request, error)
        way = urlencode({"token": token, "sent": str(ticket.number)})
        return done(request, f"{path_in(pages.GUEST_REQUEST, current_locale())}?{way}")


async def _open(request: Request, form: SupportForm, person: Person | None) -> Response:
    """Save the request and lead to it; a program is thanked, and nothing is saved."""
    page = path_in(pages.SUPPORT, current_locale())
    if form.filled_by_program:
        return done(request, page)
    email, _subject, _message = service.check_ticket(form.email, form.subject, form.message)
    account_id = _as_account(form.account)
    ticket = await _sent_twice(form, person)
    if ticket is None:
        await service.count_mailbox(email)
        ticket = await with_kept_files(
            form.files, lambda kept, session: _save(form, person, account_id, kept, session)
        )
    if person is None:
        return done(request, f"{page}?ticket={ticket.number}")
    return done(request, f"{path_in(pages.request(ticket.id), current_locale())}?sent={ticket.number}")


async def _sent_twice(form: SupportForm, person: Person | None) -> Ticket | None:
    draft = Draft(form.message, form_key=form.form_key)
    async with unit_of_work() as session:
        return await service.opened_by_form(draft, person.id if person else None, session=session)


async def _save(
    form: SupportForm,
    person: Person | None,
    account_id: UUID | None,
    kept: list[KeptFile],
    session: AsyncSession,
) -> Ticket:
    return await service.open_ticket(
        form.email,
        form.subject,
        form.message,
        kept,
        person.id if person else None,
        form.locale,
        session=session,
        account_id=account_id,
        form_key=form.form_key,
    )


async def _reply(asker: Asker, sent: FormData) -> Ticket:
    try:
        message, form_key = text_of(sent, "message"), _as_key(text_of(sent, "key"))
        return await with_kept_files(
            files_in(sent),
            lambda kept, session: service.reply(asker, Draft(message, kept, form_key), session=session),
        )
    finally:
        await sent.close()


def _form_of(form: FormData, locale: str) -> SupportForm:
    return SupportForm(
        email=text_of(form, "email"),
        subject=text_of(form, "subject"),
        message=text_of(form, "message"),
        account=text_of(form, "account"),
        form_key=_as_key(text_of(form, "key")),
        files=files_in(form),
        locale=asked if (asked := text_of(form, "locale")) in LOCALES else locale,
        filled_by_program=bool(text_of(form, HONEYPOT)),
    )


def _as_key(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _as_account(text: str) -> UUID | None:
    """The chosen account; none for an empty choice. Raises AccountNotYours."""
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError:
        raise AccountNotYours from None


def _problem(request: Request, error: CabinetError) -> Response:
    response = refused(request, error)
    if isinstance(error, RequestTooLarge):
        response.status_code = 413
    return response


routes = [
    Route("/api/support", send_request, methods=["POST"]),
    Route("/api/requests/{ticket_id:uuid}/reply", send_reply, methods=["POST"]),
    Route("/api/requests/guest/reply", send_reply_of_guest, methods=["POST"]),
]
