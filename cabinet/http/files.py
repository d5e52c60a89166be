"""Files of requests: staff download them, and who asked: a resident by the session, a guest by the link of a letter."""

import asyncio
from uuid import UUID

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from cabinet.audit.service import record
from cabinet.database import unit_of_work
from cabinet.errors import CabinetError, Forbidden, NotFound
from cabinet.http.requests import client_address, locale_of, person_of
from cabinet.i18n import use_locale
from cabinet.residents.person import Permission, Person
from cabinet.support import service as support
from cabinet.support.files import path_of
from cabinet.support.service import TicketFileView

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
}


async def download(request: Request) -> Response:
    """GET /api/files/{id}: the file as an attachment. Strangers learn nothing, not even whether it exists."""
    person = await person_of(request)
    with use_locale(person.locale if person else locale_of(request)):
        try:
            return await _file(request, person)
        except CabinetError as error:
            status = 403 if isinstance(error, Forbidden) else 404
            return PlainTextResponse(error.message(), status)


async def _file(request: Request, person: Person | None) -> Response:
    file = await _found(request, UUID(str(request.path_params["file_id"])), person)
    path = path_of(file.id)
    if not await asyncio.to_thread(path.is_file):
        raise NotFound
    return FileResponse(
        path,
        media_type=file.content_type,
        filename=file.name,
        content_disposition_type="attachment",
        headers=_HEADERS,
    )


async def _found(request: Request, file_id: UUID, person: Person | None) -> TicketFileView:
    """The file, if the person or the link in the query has a right to it."""
    token = request.query_params.get("token", "")
    async with unit_of_work() as session:
        if person is not None and person.may(Permission.SEE_TICKETS):
            file = await support.file_for_staff(file_id, by=person, session=session)
            address = client_address(request)
            await record(person.id, "download", "ticket_file", file_id, address=address, session=session)
            return file
        if token:
            return await support.file_by_link(file_id, token, session=session)
        if person is None:
            raise Forbidden
        return await support.file_for_resident(file_id, person.id, session=session)


routes = [Route("/api/files/{file_id:uuid}", download, methods=["GET"])]
