"""The HTTP side of the API: who calls, with which parameters, and what goes back."""

import base64
import binascii
import hmac
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cabinet.database import unit_of_work
from cabinet.sandbox import checkout, customers, disputes, events, intents, params, refunds, store
from cabinet.sandbox.expand import expand, line_items
from cabinet.sandbox.faults import faults
from cabinet.sandbox.forms import Tree, nested
from cabinet.sandbox.idempotency import Answer, Request, once
from cabinet.sandbox.keys import API_VERSION, SANDBOX_KEY
from cabinet.sandbox.models import Body
from cabinet.sandbox.params import ListEvents, ListParams, Params, read_params
from cabinet.sandbox.problems import ApiProblem, invalid, unauthorized

log = logging.getLogger(__name__)

Handler = Callable[..., Awaitable[Body | ApiProblem]]
_LARGEST_BODY = 64 * 1024


class LostResponse(ConnectionError):
    """The work is done, but the answer is lost on the way: a fault on demand."""


@dataclass(frozen=True)
class Endpoint:
    """One call of the API: `handler(params, *, session, **path)`."""

    method: str
    path: str
    params: type[Params]
    handler: Handler

    async def __call__(self, http: HttpRequest) -> Response:
        """Answer a request."""
        request_id = store.new_id("req", 14)
        try:
            answer = await self._answer(http, request_id)
        except ApiProblem as problem:
            answer = Answer(problem.status, problem.envelope())
        except Exception:
            log.exception("the sandbox failed at %s %s", self.method, self.path)
            answer = Answer(500, ApiProblem(500, "api_error", "The sandbox failed.").envelope())
        if self.method == "POST" and answer.status == 200 and faults.take_lost_response():
            raise LostResponse("the response was lost")
        headers = {"Request-Id": request_id, "Stripe-Version": API_VERSION, **answer.headers}
        return JSONResponse(answer.body, answer.status, {**headers, "Cache-Control": "no-store"})

    async def _answer(self, http: HttpRequest, request_id: str) -> Answer:
        if faults.down:
            raise ApiProblem(503, "api_error", "The sandbox is down for a test.", remembered=False)
        authenticate(http)
        tree = await _tree(http)
        wanted = read_params(self.params, tree)
        key = http.headers.get("idempotency-key", "") if self.method == "POST" else ""
        request = Request(self.method, http.url.path, tree, key, request_id)

        async def work(session: AsyncSession) -> Answer:
            return await self._work(wanted, http.path_params, session=session)

        async with unit_of_work() as session:
            return await once(request, work, session=session)

    async def _work(self, wanted: Params, path: dict[str, str], *, session: AsyncSession) -> Answer:
        try:
            async with session.begin_nested():
                result = await self.handler(wanted, session=session, **path)
                if isinstance(result, ApiProblem):
                    return Answer(result.status, result.envelope())
                return Answer(200, await expand(result, wanted.expand, session=session))
        except ApiProblem as problem:
            if not problem.remembered:
                raise
            return Answer(problem.status, problem.envelope())


def authenticate(http: HttpRequest) -> None:
    """Refuse a missing or wrong key, and another version of the API than the client's."""
    key = _key(http.headers.get("authorization", ""))
    if not key:
        raise unauthorized("You did not provide an API key.")
    if not hmac.compare_digest(key.encode(), SANDBOX_KEY.encode()):
        raise unauthorized(f"Invalid API Key provided: {key[:8]}***")
    version = http.headers.get("stripe-version", API_VERSION)
    if version != API_VERSION:
        raise invalid(f"Invalid Stripe API version: {version}. The sandbox speaks {API_VERSION}.")


def _key(header: str) -> str:
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(value, validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return ""


async def _tree(http: HttpRequest) -> Tree:
    raw = http.url.query
    if http.method == "POST":
        if len(body := await http.body()) > _LARGEST_BODY:
            raise invalid("The request is too large.")
        raw = body.decode("utf-8", "replace")
    return nested(parse_qsl(raw, keep_blank_values=True))


def _retrieve(kind: str) -> Handler:
    async def retrieve(_params: Params, *, ident: str, session: AsyncSession) -> Body:
        return (await store.find(kind, ident, session=session)).body

    return retrieve


def _listed(bodies: Any, more: bool, url: str) -> Body:
    return {"object": "list", "data": list(bodies), "has_more": more, "url": url}


def _list(kind: str, url: str) -> Handler:
    async def listing(wanted: ListParams, *, session: AsyncSession) -> Body:
        return _listed(*await store.page(kind, wanted, session=session), url)

    return listing


async def _retrieve_event(_params: Params, *, ident: str, session: AsyncSession) -> Body:
    return (await events.find_event(ident, session=session)).body


async def _list_events(wanted: ListEvents, *, session: AsyncSession) -> Body:
    return _listed(*await events.list_events(wanted, session=session), "/v1/events")


async def _line_items(_params: ListParams, *, ident: str, session: AsyncSession) -> Body:
    return await line_items(ident, session=session)


def _readable(kind: str, url: str, wanted: type[ListParams]) -> list[Endpoint]:
    return [
        Endpoint("GET", url, wanted, _list(kind, url)),
        Endpoint("GET", f"{url}/{{ident}}", Params, _retrieve(kind)),
    ]


_SESSIONS = "/v1/checkout/sessions"
_INTENTS = "/v1/payment_intents"
_SETUPS = "/v1/setup_intents"

ENDPOINTS = [
    Endpoint("POST", _SESSIONS, params.CreateSession, checkout.api_create),
    Endpoint("GET", _SESSIONS, params.ListSessions, _list("checkout.session", _SESSIONS)),
    Endpoint("GET", f"{_SESSIONS}/{{ident}}", Params, checkout.api_retrieve),
    Endpoint("GET", f"{_SESSIONS}/{{ident}}/line_items", ListParams, _line_items),
    Endpoint("POST", f"{_SESSIONS}/{{ident}}/expire", Params, checkout.api_expire),
    Endpoint("POST", _INTENTS, params.CreateIntent, intents.api_create),
    Endpoint("POST", f"{_INTENTS}/{{ident}}/confirm", params.ConfirmIntent, intents.api_confirm),
    Endpoint("POST", f"{_INTENTS}/{{ident}}/cancel", params.CancelIntent, intents.api_cancel),
    *_readable("payment_intent", _INTENTS, params.ListOfCustomer),
    *_readable("setup_intent", _SETUPS, params.ListOfCustomer),
    *_readable("charge", "/v1/charges", params.ListCharges),
    *_readable("balance_transaction", "/v1/balance_transactions", params.ListTransactions),
    Endpoint("POST", "/v1/refunds", params.CreateRefund, refunds.api_create),
    *_readable("refund", "/v1/refunds", params.ListRefunds),
    Endpoint("POST", "/v1/customers", params.CreateCustomer, customers.api_create),
    *_readable("customer", "/v1/customers", params.ListCustomers),
    Endpoint("POST", "/v1/payment_methods/{ident}/detach", Params, customers.api_detach),
    *_readable("payment_method", "/v1/payment_methods", params.ListPaymentMethods),
    Endpoint("POST", "/v1/disputes/{ident}", params.UpdateDispute, disputes.api_update),
    Endpoint("POST", "/v1/disputes/{ident}/close", Params, disputes.api_close),
    *_readable("dispute", "/v1/disputes", params.ListDisputes),
    Endpoint("GET", "/v1/events", ListEvents, _list_events),
    Endpoint("GET", "/v1/events/{ident}", Params, _retrieve_event),
]


async def _unknown(http: HttpRequest) -> Response:
    message = f"Unrecognized request URL ({http.method}: {http.url.path})."
    return JSONResponse(invalid(message).envelope(), 404)


def api_routes() -> list[Route]:
    """The routes of the API; anything else under `/v1` answers as Stripe would."""
    known = [Route(each.path, _function(each), methods=[each.method]) for each in ENDPOINTS]
    return [*known, Route("/v1/{rest:path}", _unknown, methods=["GET", "POST", "DELETE", "PUT", "PATCH"])]


def _function(endpoint: Endpoint) -> Callable[[HttpRequest], Awaitable[Response]]:
    async def answer(http: HttpRequest) -> Response:
        return await endpoint(http)

    return answer
