"""GET /calendar/<feed>.<signature>.ics: what calendars read, without any cookie."""

import hashlib
from datetime import timedelta
from uuid import UUID

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from cabinet.database import unit_of_work
from cabinet.errors import NotFound
from cabinet.i18n import use_locale
from cabinet.limits.service import TooManyTries, count_try
from cabinet.reminders.calendar import calendar_file
from cabinet.reminders.days import days_of
from cabinet.reminders.feeds import feed_id_in, open_feed

_READS, _WITHIN = 60, timedelta(hours=1)
_HEADERS = {
    "Cache-Control": "private, no-cache",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


async def calendar(request: Request) -> Response:
    """The calendar; an address that is forged, revoked or mistyped does not exist."""
    try:
        feed_id = feed_id_in(request.path_params["name"])
        await count_try("calendar", feed_id.hex, limit=_READS, within=_WITHIN)
        body = await _file(feed_id)
    except NotFound:
        return PlainTextResponse("", 404, headers=_HEADERS)
    except TooManyTries as error:
        return PlainTextResponse("", 429, headers={**_HEADERS, "Retry-After": str(error.seconds)})
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {**_HEADERS, "ETag": tag, "Content-Disposition": 'inline; filename="calendar.ics"'}
    if tag in [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="text/calendar; charset=utf-8", headers=headers)


async def _file(feed_id: UUID) -> bytes:
    async with unit_of_work() as session:
        owner = await open_feed(feed_id, session=session)
        days = await days_of(owner.resident_id, session=session)
    with use_locale(owner.locale):
        return calendar_file(owner.resident_id, days, owner.made_at)


routes = [Route("/calendar/{name}.ics", calendar, methods=["GET"])]
