"""The webhook of the payment processor."""

import logging

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cabinet.autopay import service as autopay
from cabinet.errors import CabinetError
from cabinet.payments import service as payments
from cabinet.payments.processor import BadSignature
from cabinet.watching.metrics import WEBHOOKS

logger = logging.getLogger(__name__)
LARGEST_BODY = 512 * 1024
_OUTCOMES = {200: "taken", 400: "refused", 413: "refused", 503: "again"}


async def webhook(request: Request) -> Response:
    """Take a signed event; 200 means that it is stored, 400 that it is not the processor's.

    An event that cannot be worked on now answers 503, so that the processor sends it again.
    """
    answer = await _take(request)
    WEBHOOKS.labels(_OUTCOMES[answer.status_code]).inc()
    return answer


async def _take(request: Request) -> Response:
    body = await _body(request)
    if body is None:
        return Response(status_code=413)
    try:
        await autopay.take_event(body, request.headers.get("stripe-signature", ""))
        await payments.receive_event(body, request.headers.get("stripe-signature", ""))
    except BadSignature:
        logger.warning("a webhook without a valid signature was refused")
        return Response(status_code=400)
    except CabinetError as problem:
        logger.warning("a webhook is to be sent again: %s", problem.code)
        return Response(status_code=503)
    return Response(status_code=200)


async def _body(request: Request) -> bytes | None:
    """The whole body, or None if it is larger than any event."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            return None
    return body


routes = [Route("/api/stripe/webhook", webhook, methods=["POST"])]
