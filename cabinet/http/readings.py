"""The history of readings as CSV."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from cabinet.database import read_only
from cabinet.errors import CabinetError, NotFound
from cabinet.http.requests import locale_of, person_of
from cabinet.i18n import use_locale
from cabinet.kit.dates import today_in
from cabinet.meters.history import read_history
from cabinet.meters.meters_csv import readings_csv

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
}


async def history(request: Request) -> Response:
    """GET /api/readings/{account}/readings.csv: all that the page may show; for strangers it does not exist."""
    with use_locale(locale_of(request)):
        try:
            return await _history(request)
        except CabinetError:
            return PlainTextResponse(NotFound().message(), 404, headers=_HEADERS)


async def _history(request: Request) -> Response:
    person = await person_of(request)
    if person is None:
        raise NotFound
    account_id: UUID = request.path_params["account_id"]
    async with read_only() as session:
        found = await read_history(person.id, account_id, session=session, months=None)
    name = f"readings-{today_in(found.account.timezone):%Y-%m-%d}.csv"
    named = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(readings_csv(found), media_type="text/csv; charset=utf-8", headers={**_HEADERS, **named})


routes = [Route("/api/readings/{account_id:uuid}/readings.csv", history, methods=["GET"])]
