"""The payment processor seen from here: Stripe's own client, and nothing of it beyond this file.

Stripe and the sandbox are called by the same code; `use` says whom it reaches.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast
from uuid import UUID

import httpx
import stripe

from cabinet.errors import CabinetError
from cabinet.i18n import _
from cabinet.kit.dates import now
from cabinet.settings import settings

if TYPE_CHECKING:
    from stripe.checkout import SessionService
    from stripe.params.checkout import SessionCreateParams, SessionListParams

T = TypeVar("T")

TIMEOUT_SECONDS = 20.0
TOLERANCE_SECONDS = 300
LOOK_BACK = timedelta(days=2)
_RETRIES = 2
_PAGE = 100
_EXPAND = ["payment_intent"]


class ProcessorUnavailable(CabinetError):
    """No answer, or none that can be trusted: whether the call did its work is unknown."""

    code = "processor_unavailable"

    def message(self) -> str:
        """The payment may stand or not: it is looked up, never made anew."""
        return _("The payment service does not answer. Your payment is not lost: try again in a few minutes.")


class ProcessorRefused(CabinetError):
    """The processor understood and said no; `reason` is its code, for example `amount_too_small`."""

    code = "processor_refused"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def message(self) -> str:
        """Nothing was charged."""
        return _("The payment service refused this payment. Nothing has been charged.")


class BadSignature(CabinetError):
    """The webhook's body was not signed by the processor, or not now."""

    code = "bad_signature"

    def message(self) -> str:
        """Nobody but a machine reads this."""
        return _("The signature is not valid.")


@dataclass(frozen=True, slots=True)
class CheckoutLine:
    """One line of the hosted page: a name without personal data, minor units."""

    name: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Checkout:
    """An open hosted page."""

    session_ref: str
    url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class CheckoutTruth:
    """What the processor says about a hosted page now.

    `amount_minor` and `currency` (upper case) are what was received once it is paid, else what is asked for.
    """

    session_ref: str
    status: Literal["open", "complete", "expired"]
    payment_status: Literal["paid", "unpaid", "no_payment_required"]
    amount_minor: int
    currency: str
    charge_ref: str | None
    payment_id: UUID | None
    failure_code: str | None
    """Why the last card was declined, while nothing has been paid."""
    url: str | None
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ProcessorEventView:
    """A signed event: a trigger to fetch the truth, never the truth."""

    id: str
    kind: str
    session_ref: str | None
    charge_ref: str | None
    payment_id: UUID | None


class _HttpxClient(stripe.HTTPClient):
    """Stripe's calls over a given httpx client, with a limit on the whole call."""

    name = "httpx"

    def __init__(self, client: httpx.AsyncClient) -> None:
        super().__init__()
        self._client = client

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """Any failure on the way is a connection error: the outcome is unknown."""
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                response = await self._client.request(method, url, headers=headers, content=post_data)
        except (httpx.HTTPError, OSError, TimeoutError) as error:
            raise stripe.APIConnectionError(type(error).__name__, should_retry=True) from error
        return response.content, response.status_code, response.headers

    def sleep_async(self, secs: float) -> Awaitable[None]:
        """Wait between two tries."""
        return asyncio.sleep(secs)

    async def close_async(self) -> None:
        """Close the connections."""
        await self._client.aclose()


@dataclass(frozen=True, slots=True)
class _Connection:
    client: stripe.StripeClient
    http: _HttpxClient
    webhook_secret: str


_connection: _Connection | None = None


def use(
    *,
    http_client: httpx.AsyncClient | None = None,
    api_key: str,
    webhook_secret: str,
    retries: int = _RETRIES,
) -> None:
    """Say whom to call: Stripe, or whatever `http_client` reaches (the sandbox, in-process)."""
    global _connection
    stripe.enable_telemetry = False
    http = _HttpxClient(http_client or httpx.AsyncClient(timeout=TIMEOUT_SECONDS))
    client = stripe.StripeClient(api_key, http_client=http, max_network_retries=retries)
    _connection = _Connection(client, http, webhook_secret)


async def close() -> None:
    """Close the connections; `use` opens new ones."""
    global _connection
    if _connection:
        await _connection.http.close_async()
    _connection = None


async def create_checkout(
    *,
    payment_id: UUID,
    amount_minor: int,
    currency: str,
    lines: Sequence[CheckoutLine],
    success_url: str,
    cancel_url: str,
    expires_at: datetime,
    locale: str,
    customer_email: str | None,
    idempotency_key: str,
) -> Checkout:
    """Open a hosted page; the same key always means the same page.

    Raises ProcessorUnavailable (look it up before trying again), ProcessorRefused.
    """
    if sum(line.amount_minor for line in lines) != amount_minor:
        raise ValueError("the lines do not add up to the amount")
    ours = {"payment_id": str(payment_id)}
    params: SessionCreateParams = {
        "mode": "payment",
        "ui_mode": "hosted_page",
        "allowed_payment_method_types": ["card"],
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": currency.lower(),
                    "unit_amount": line.amount_minor,
                    "product_data": {"name": line.name},
                },
            }
            for line in lines
        ],
        "success_url": success_url,
        "cancel_url": cancel_url,
        "expires_at": int(expires_at.timestamp()),
        "locale": "en" if locale == "en" else "ru",
        "client_reference_id": str(payment_id),
        "metadata": ours,
        "payment_intent_data": {"metadata": ours},
    }
    if customer_email:
        params["customer_email"] = customer_email
    made = await _ask(_sessions().create_async(params, {"idempotency_key": idempotency_key}))
    if not made.url:
        raise ProcessorUnavailable
    return Checkout(made.id, made.url, _moment(made.expires_at))


async def fetch_checkout(session_ref: str) -> CheckoutTruth:
    """What the processor says about a hosted page now. Raises ProcessorUnavailable, ProcessorRefused."""
    return _truth(await _ask(_sessions().retrieve_async(session_ref, {"expand": _EXPAND})))


async def expire_checkout(session_ref: str) -> CheckoutTruth:
    """Close a hosted page; one that is paid or closed already stays as it is. Answers the truth."""
    try:
        return _truth(await _ask(_sessions().expire_async(session_ref, {"expand": _EXPAND})))
    except ProcessorRefused:
        return await fetch_checkout(session_ref)


async def find_checkout(payment_id: UUID, *, since: datetime | None = None) -> CheckoutTruth | None:
    """The newest hosted page that was opened for a payment, among those since a moment (two days ago).

    Look here before repeating a call whose outcome is unknown and whose key may be forgotten.
    """
    params: SessionListParams = {
        "limit": _PAGE,
        "created": {"gte": int((since or now() - LOOK_BACK).timestamp())},
        "expand": [f"data.{name}" for name in _EXPAND],
    }
    while True:
        page = await _ask(_sessions().list_async(params))
        for found in page.data:
            if _payment_id(found.to_dict()) == payment_id:
                return _truth(found)
        if not page.has_more:
            return None
        params["starting_after"] = page.data[-1].id


def verify_event(body: bytes, signature: str) -> ProcessorEventView:
    """The event that the processor signed within the last five minutes. Raises BadSignature."""
    try:
        stripe.WebhookSignature.verify_header(body, signature, _connected().webhook_secret, TOLERANCE_SECONDS)
        if _signed_at(signature) > time.time() + TOLERANCE_SECONDS:
            raise BadSignature
        return _event_view(json.loads(body))
    except (stripe.SignatureVerificationError, ValueError, KeyError, TypeError):
        raise BadSignature from None


def _signed_at(signature: str) -> int:
    stamps = [part.partition("=")[2] for part in signature.split(",") if part.partition("=")[0] == "t"]
    return int(stamps[0])


def _event_view(event: dict[str, Any]) -> ProcessorEventView:
    about: dict[str, Any] = event["data"]["object"]
    kind = about.get("object")
    return ProcessorEventView(
        id=event["id"],
        kind=event["type"],
        session_ref=about["id"] if kind == "checkout.session" else None,
        charge_ref=about["id"] if kind == "payment_intent" else _ident(about.get("payment_intent")),
        payment_id=_payment_id(about),
    )


def _connected() -> _Connection:
    """The connection in use; Stripe's by the settings, unless the app said otherwise."""
    if _connection is None:
        if settings.uses_sandbox:
            raise RuntimeError("the app has not said which processor to use")
        use(
            api_key=settings.stripe_secret_key.get_secret_value(),
            webhook_secret=settings.stripe_webhook_secret.get_secret_value(),
        )
    return cast(_Connection, _connection)


def _sessions() -> "SessionService":
    return _connected().client.v1.checkout.sessions


async def _ask(call: Coroutine[Any, Any, T]) -> T:
    """The answer, or one of our two errors: a clear no, or not known."""
    try:
        return await call
    except stripe.StripeError as error:
        if _is_clear_no(error):
            raise ProcessorRefused(_reason(error)) from error
        raise ProcessorUnavailable from error


def _is_clear_no(error: stripe.StripeError) -> bool:
    """4xx, except what says that another try is welcome: a key in flight, too many calls."""
    status = error.http_status
    return status is not None and 400 <= status < 500 and status not in (409, 429)


def _reason(error: stripe.StripeError) -> str:
    details = error.error.to_dict() if error.error else {}
    return str(details.get("decline_code") or details.get("code") or details.get("type") or "refused")


def _truth(found: stripe.checkout.Session) -> CheckoutTruth:
    body = found.to_dict()
    intent = body.get("payment_intent")
    details: dict[str, Any] = intent if isinstance(intent, dict) else {}
    paid = body["payment_status"] == "paid"
    received = paid and bool(details)
    return CheckoutTruth(
        session_ref=body["id"],
        status=body["status"],
        payment_status=body["payment_status"],
        amount_minor=details["amount_received"] if received else body["amount_total"],
        currency=(details if received else body)["currency"].upper(),
        charge_ref=_ident(intent),
        payment_id=_payment_id(body),
        failure_code=None if paid else _failure(details.get("last_payment_error")),
        url=body.get("url"),
        expires_at=_moment(body["expires_at"]),
    )


def _failure(error: dict[str, Any] | None) -> str | None:
    if not error:
        return None
    return error.get("decline_code") or error.get("code") or "card_declined"


def _ident(value: Any) -> str | None:
    return value["id"] if isinstance(value, dict) else value


def _payment_id(body: Mapping[str, Any]) -> UUID | None:
    metadata: Mapping[str, Any] = body.get("metadata") or {}
    with suppress(ValueError, TypeError):
        return UUID(body.get("client_reference_id") or metadata.get("payment_id"))
    return None


def _moment(timestamp: int) -> datetime:
    return datetime.fromtimestamp(timestamp, UTC)
