"""What a resident takes home: the confirmation of a payment as PDF, the history as CSV."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from cabinet.database import read_only
from cabinet.errors import NotFound
from cabinet.http.requests import locale_of, person_of
from cabinet.i18n import current_locale, use_locale
from cabinet.kit.dates import today_in
from cabinet.payments import service as payments

_MOST_ROWS = 10_000
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
}


async def confirmation(request: Request) -> Response:
    """GET /api/payments/{id}/confirmation.pdf: the owner's; for anybody else it does not exist."""
    with use_locale(locale_of(request)):
        try:
            return await _confirmation(request)
        except NotFound as error:
            return PlainTextResponse(error.message(), 404, headers=_HEADERS)


async def _confirmation(request: Request) -> Response:
    person, locale = await person_of(request), current_locale()
    if person is None:
        raise NotFound
    payment_id: UUID = request.path_params["payment_id"]
    async with read_only() as session:
        facts = await payments.confirmation_of(person.id, payment_id, locale, session=session)
    file = await payments.confirmation_file(facts, locale)
    return _download(file.body, file.content_type, file.name)


async def history(request: Request) -> Response:
    """GET /api/payments.csv?account=: the signed-in resident's payments, all or of one account."""
    with use_locale(locale_of(request)):
        try:
            return await _history(request)
        except NotFound as error:
            return PlainTextResponse(error.message(), 404, headers=_HEADERS)


async def _history(request: Request) -> Response:
    person = await person_of(request)
    if person is None:
        raise NotFound
    async with read_only() as session:
        found = await payments.payments_of(
            person.id, account_id=_account_id(request), limit=_MOST_ROWS, session=session
        )
    name = f"payments-{today_in('Europe/Moscow'):%Y-%m-%d}.csv"
    return _download(payments.history_csv(found), "text/csv; charset=utf-8", name)


def _account_id(request: Request) -> UUID | None:
    asked = request.query_params.get("account", "")
    try:
        return UUID(asked) if asked else None
    except ValueError:
        raise NotFound from None


def _download(body: bytes, content_type: str, name: str) -> Response:
    return Response(
        body,
        media_type=content_type,
        headers={**_HEADERS, "Content-Disposition": f'attachment; filename="{name}"'},
    )


routes = [
    Route("/api/payments/{payment_id:uuid}/confirmation.pdf", confirmation, methods=["GET"]),
    Route("/api/payments.csv", history, methods=["GET"]),
]
