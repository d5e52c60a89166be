"""POST /w/<token>: where a Waterius sends its report.

The device can be given an address and nothing else, of 63 characters at most: so the token, of a kind that
does no more than this, is a part of the address, and the address is short. It calls 200 a success and tries
everything else three times.
"""

import json
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cabinet.database import unit_of_work
from cabinet.errors import CabinetError
from cabinet.http.api.me import report_answer
from cabinet.http.replies import status_of
from cabinet.http.requests import client_address
from cabinet.keys.personal_errors import NotAReport, UnknownToken
from cabinet.keys.personal_models import TokenKind
from cabinet.keys.personal_readings import count_sending
from cabinet.keys.personal_use import Bearer, find_bearer, note_use
from cabinet.keys.waterius_report import take_report
from cabinet.limits.service import TooManyTries, count_try
from cabinet.ui.routes import DEVICE

_TRIES_OF_ADDRESS, _HOUR = 240, timedelta(hours=1)
_LARGEST = 16 * 1024
_HEADERS = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex", "Referrer-Policy": "no-referrer"}


async def report(request: Request) -> Response:
    """Take it; the answer tells what became of each input, and nothing that the device did not send."""
    try:
        bearer = await _bearer(request)
        payload = await _payload(request)
        await count_sending(bearer)
        async with unit_of_work() as session:
            results = await take_report(bearer, payload, session=session)
    except CabinetError as error:
        return _refused(error)
    return JSONResponse(report_answer(results).model_dump(mode="json"), headers=_HEADERS)


async def _bearer(request: Request) -> Bearer:
    address = client_address(request)
    await count_try("waterius", address, limit=_TRIES_OF_ADDRESS, within=_HOUR)
    async with unit_of_work() as session:
        bearer = await find_bearer(request.path_params["token"], session=session, kind=TokenKind.WATERIUS)
        await note_use(bearer, address, session=session)
    return bearer


async def _payload(request: Request) -> Any:
    """The report. Raises NotAReport for anything that is too long or no JSON."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _LARGEST:
            raise NotAReport
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise NotAReport from None


def _refused(error: CabinetError) -> Response:
    status = 404 if isinstance(error, UnknownToken) else status_of(error)
    headers = {"Retry-After": str(error.seconds)} if isinstance(error, TooManyTries) else {}
    return JSONResponse({"code": error.code}, status, headers={**_HEADERS, **headers})


routes = [Route(f"{DEVICE}/{{token}}", report, methods=["POST"])]
