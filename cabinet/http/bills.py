"""A bill as PDF, with the code that banks read."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from cabinet.billing.document import paper_of, pdf_of
from cabinet.database import read_only
from cabinet.errors import CabinetError, NotFound
from cabinet.http.requests import locale_of, person_of
from cabinet.i18n import current_locale, use_locale

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
}


async def bill(request: Request) -> Response:
    """GET /api/bills/{id}/bill.pdf: for who has proved the account; for anybody else it does not exist."""
    with use_locale(locale_of(request)):
        try:
            return await _bill(request)
        except CabinetError:
            return PlainTextResponse(NotFound().message(), 404, headers=_HEADERS)


async def _bill(request: Request) -> Response:
    person = await person_of(request)
    if person is None:
        raise NotFound
    bill_id: UUID = request.path_params["bill_id"]
    async with read_only() as session:
        paper = await paper_of(person.id, bill_id, session=session)
    body = await pdf_of(paper, current_locale())
    named = {"Content-Disposition": f'attachment; filename="bill-{paper.bill.period:%Y-%m}.pdf"'}
    return Response(body, media_type="application/pdf", headers={**_HEADERS, **named})


routes = [Route("/api/bills/{bill_id:uuid}/bill.pdf", bill, methods=["GET"])]
