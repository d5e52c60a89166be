"""A copy of one's own data, and the end of one's cabinet: both ask for the password, so they are plain HTTP."""

from collections.abc import Iterator
from typing import IO

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from cabinet.database import unit_of_work
from cabinet.errors import CabinetError, Forbidden
from cabinet.http import replies
from cabinet.http.forms import receives_form
from cabinet.http.requests import client_address, device_of, locale_of, person_of, text_of
from cabinet.http.signing_out import signed_out
from cabinet.i18n import _, use_locale
from cabinet.kit.dates import today_in
from cabinet.mydata.asking import ask_for_copy, fetch_copy
from cabinet.mydata.copying import Copy, zip_of
from cabinet.mydata.leaving import delete_cabinet
from cabinet.ui import routes as pages

_PIECE = 256 * 1024
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@receives_form
async def ask(request: Request, form: FormData) -> Response:
    """The password opens the two links of the page for a quarter of an hour."""
    person = await person_of(request)
    if person is None:
        return replies.done(request, pages.localized(pages.SIGN_IN))
    async with unit_of_work() as session:
        await ask_for_copy(
            person,
            text_of(form, "current"),
            session=session,
            device=device_of(request),
            address=client_address(request),
        )
    return replies.said(request, _("You can download your data for 15 minutes."), state="ready")


@receives_form
async def delete(request: Request, form: FormData) -> Response:
    """Delete the cabinet; the cookie goes with it."""
    person = await person_of(request)
    if person is None:
        return replies.done(request, pages.localized(pages.SIGN_IN))
    async with unit_of_work() as session:
        await delete_cabinet(
            person.id,
            text_of(form, "current"),
            text_of(form, "sure"),
            session=session,
            device=device_of(request),
            address=client_address(request),
        )
    return signed_out(request, f"{pages.localized(pages.SIGN_IN)}?deleted=1")


async def as_json(request: Request) -> Response:
    """GET /api/data/cabinet.json: everything, for programs."""
    with use_locale(locale_of(request)):
        found = await _copy(request)
        if isinstance(found, Response):
            return found
        headers = _HEADERS | {"Content-Disposition": f'attachment; filename="{_name()}.json"'}
        return Response(found.as_json(), media_type="application/json", headers=headers)


async def as_zip(request: Request) -> Response:
    """GET /api/data/cabinet.zip: everything, with tables and files."""
    with use_locale(locale_of(request)):
        found = await _copy(request)
        if isinstance(found, Response):
            return found
        headers = _HEADERS | {"Content-Disposition": f'attachment; filename="{_name()}.zip"'}
        return StreamingResponse(_pieces(await zip_of(found)), media_type="application/zip", headers=headers)


routes = [
    Route(pages.API_MY_DATA, ask, methods=["POST"]),
    Route(pages.API_DELETE_CABINET, delete, methods=["POST"]),
    Route(pages.MY_DATA_JSON, as_json),
    Route(pages.MY_DATA_ZIP, as_zip),
]


async def _copy(request: Request) -> Copy | Response:
    """The copy, or the way to the page where the password is asked for, or what is wrong."""
    person = await person_of(request)
    page = pages.localized(pages.MY_DATA)
    if person is None:
        return RedirectResponse(f"{pages.localized(pages.SIGN_IN)}?next={page}", status_code=303)
    try:
        return await fetch_copy(person)
    except Forbidden:
        return RedirectResponse(page, status_code=303)
    except CabinetError as error:
        return replies.refused(request, error)


def _name() -> str:
    return f"cabinet-{today_in('Europe/Moscow'):%Y-%m-%d}"


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    """Read by Starlette in a thread; closed, and so gone, at the end."""
    with file:
        while piece := file.read(_PIECE):
            yield piece
