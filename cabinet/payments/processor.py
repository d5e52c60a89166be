"""The payment processor seen from here: Stripe's own client, and nothing of it beyond this file.

Stripe and the sandbox are called by the same code; `use` says whom it reaches.
"""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Mapping, Sequence
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
    from stripe import V1Services
    from stripe.checkout import SessionService
    from stripe.params import PaymentIntentCreateParams, PaymentIntentListParams
    from stripe.params.checkout import SessionCreateParams, SessionListParams

T = TypeVar("T")

TIMEOUT_SECONDS = 20.0
TOLERANCE_SECONDS = 300
LOOK_BACK = timedelta(days=2)
_CLOCKS_DIFFER = timedelta(hours=1)
_RETRIES = 2
_PAGE = 100
_EXPAND = ["payment_intent"]
_CHARGE_STATUS: dict[str, Literal["complete", "expired"]] = {"succeeded": "complete", "canceled": "expired"}


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
    """What the processor says now about a hosted page, or about the charge of a saved card.

    `amount_minor` and `currency` (upper case) are what was received once it is paid, else what is asked for.
    """

    session_ref: str | None
    """Of the hosted page; the charge of a saved card has none."""
    status: Literal["open", "complete", "expired", "failed"]
    """`failed` is said of a saved card only: declined, and nobody can try this charge again."""
    payment_status: Literal["paid", "unpaid", "no_payment_required"]
    amount_minor: int
    currency: str
    charge_ref: str | None
    payment_id: UUID | None
    failure_code: str | None
    """Why the last card was declined, while nothing has been paid."""
    url: str | None
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class CardDetails:
    """A saved card as the processor keeps it: what tells it from another, never its number."""

    method_ref: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int


@dataclass(frozen=True, slots=True)
class SetupTruth:
    """What the processor says about saving a card: whose it is, and the card once it is saved."""

    customer_ref: str | None
    card: CardDetails | None


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


async def ensure_customer(resident_id: UUID) -> str:
    """The processor's reference for a resident: our id, nothing personal; made once within a day.

    Raises ProcessorUnavailable, ProcessorRefused.
    """
    made = await _ask(
        _v1().customers.create_async(
            {"metadata": {"resident_id": str(resident_id)}}, {"idempotency_key": f"customer:{resident_id}"}
        )
    )
    return made.id


async def create_setup_checkout(
    *,
    customer_ref: str,
    currency: str,
    success_url: str,
    cancel_url: str,
    expires_at: datetime,
    locale: str,
    idempotency_key: str,
) -> Checkout:
    """Open a hosted page that saves a card and charges nothing. Raises ProcessorUnavailable, ProcessorRefused."""
    params: SessionCreateParams = {
        "mode": "setup",
        "ui_mode": "hosted_page",
        "allowed_payment_method_types": ["card"],
        "currency": currency.lower(),
        "customer": customer_ref,
        "success_url": success_url,
        "cancel_url": cancel_url,
        "expires_at": int(expires_at.timestamp()),
        "locale": "en" if locale == "en" else "ru",
    }
    made = await _ask(_sessions().create_async(params, {"idempotency_key": idempotency_key}))
    if not made.url:
        raise ProcessorUnavailable
    return Checkout(made.id, made.url, _moment(made.expires_at))


async def fetch_setup(reference: str) -> SetupTruth:
    """What came of saving a card, by the hosted page (`cs_…`) or the intent behind it (`seti_…`)."""
    if reference.startswith("seti_"):
        intent = await _ask(_v1().setup_intents.retrieve_async(reference, {"expand": ["payment_method"]}))
        return _setup_truth(intent.to_dict())
    found = await _ask(
        _sessions().retrieve_async(reference, {"expand": ["setup_intent", "setup_intent.payment_method"]})
    )
    body = found.to_dict()
    return _setup_truth(body.get("setup_intent") or {"customer": body.get("customer")})


async def list_methods(customer_ref: str) -> list[CardDetails]:
    """The cards that the processor keeps for a customer and will charge."""
    page = await _ask(
        _v1().payment_methods.list_async({"customer": customer_ref, "type": "card", "limit": _PAGE})
    )
    return [_card_details(found.to_dict()) for found in page.data]


async def detach_method(method_ref: str) -> None:
    """Let the processor forget a card; one that it has forgotten already is fine."""
    try:
        await _ask(_v1().payment_methods.detach_async(method_ref))
    except ProcessorRefused as refusal:
        if refusal.reason != "resource_missing" and await _is_attached(method_ref):
            raise


async def charge_saved(
    *,
    payment_id: UUID,
    amount_minor: int,
    currency: str,
    customer_ref: str,
    method_ref: str,
    idempotency_key: str,
) -> CheckoutTruth:
    """Charge a saved card without its holder; the same key always means the same charge.

    A decline is an answer, not an error. Raises ProcessorUnavailable (the outcome is unknown: use the
    same key or look it up, never another key), ProcessorRefused (no charge was made).
    """
    params: PaymentIntentCreateParams = {
        "amount": amount_minor,
        "currency": currency.lower(),
        "customer": customer_ref,
        "payment_method": method_ref,
        "allowed_payment_method_types": ["card"],
        "confirm": True,
        "off_session": True,
        "metadata": {"payment_id": str(payment_id)},
    }
    call = _v1().payment_intents.create_async(params, {"idempotency_key": idempotency_key})
    try:
        return _charge_truth((await call).to_dict())
    except stripe.CardError as decline:
        intent = (decline.error.to_dict() if decline.error else {}).get("payment_intent")
        if not intent:
            raise ProcessorRefused(_reason(decline)) from decline
        return _charge_truth(intent)
    except stripe.StripeError as error:
        raise _as_ours(error) from error


async def fetch_saved_charge(charge_ref: str) -> CheckoutTruth:
    """What the processor says about the charge of a saved card now."""
    return _charge_truth((await _ask(_v1().payment_intents.retrieve_async(charge_ref))).to_dict())


async def find_saved_charge(payment_id: UUID, *, since: datetime) -> CheckoutTruth | None:
    """The charge that was made for a payment since a moment: for a call whose outcome is unknown."""
    params: PaymentIntentListParams = {
        "limit": _PAGE,
        "created": {"gte": int((since - _CLOCKS_DIFFER).timestamp())},
    }
    while True:
        page = await _ask(_v1().payment_intents.list_async(params))
        for found in page.data:
            if _payment_id(found.to_dict()) == payment_id:
                return _charge_truth(found.to_dict())
        if not page.has_more:
            return None
        params["starting_after"] = page.data[-1].id


def setup_reference(body: bytes, signature: str) -> str | None:
    """What to ask `fetch_setup` for, if the signed event says that a card was saved. Raises BadSignature."""
    return _verified(body, signature, _setup_reference)


def _setup_reference(event: dict[str, Any]) -> str | None:
    about: dict[str, Any] = event["data"]["object"]
    saved = event["type"] == "setup_intent.succeeded" or (
        event["type"] == "checkout.session.completed" and about.get("mode") == "setup"
    )
    return about["id"] if saved else None


async def _is_attached(method_ref: str) -> bool:
    try:
        return bool((await _ask(_v1().payment_methods.retrieve_async(method_ref))).customer)
    except ProcessorRefused:
        return False


def _setup_truth(intent: dict[str, Any]) -> SetupTruth:
    saved = intent["payment_method"] if intent.get("status") == "succeeded" else None
    return SetupTruth(_ident(intent.get("customer")), _card_details(saved) if saved else None)


def _card_details(method: dict[str, Any]) -> CardDetails:
    card = method["card"]
    return CardDetails(method["id"], card["brand"], card["last4"], card["exp_month"], card["exp_year"])


def _charge_truth(intent: dict[str, Any]) -> CheckoutTruth:
    paid = intent["status"] == "succeeded"
    failure = _charge_failure(intent)
    return CheckoutTruth(
        session_ref=None,
        status="failed" if failure else _CHARGE_STATUS.get(intent["status"], "open"),
        payment_status="paid" if paid else "unpaid",
        amount_minor=intent["amount_received"] if paid else intent["amount"],
        currency=intent["currency"].upper(),
        charge_ref=intent["id"],
        payment_id=_payment_id(intent),
        failure_code=failure,
        url=None,
        expires_at=None,
    )


def _charge_failure(intent: dict[str, Any]) -> str | None:
    """Why a charge without the holder has come to nothing; None while it may still succeed."""
    if intent["status"] == "requires_action":
        return "authentication_required"
    if intent["status"] == "requires_payment_method":
        return _failure(intent.get("last_payment_error"))
    return None


def verify_event(body: bytes, signature: str) -> ProcessorEventView:
    """The event that the processor signed within the last five minutes. Raises BadSignature."""
    return _verified(body, signature, _event_view)


def _verified(body: bytes, signature: str, read: Callable[[dict[str, Any]], T]) -> T:
    """What `read` makes of the event, if the processor signed it lately."""
    try:
        stripe.WebhookSignature.verify_header(body, signature, _connected().webhook_secret, TOLERANCE_SECONDS)
        if _signed_at(signature) > time.time() + TOLERANCE_SECONDS:
            raise BadSignature
        return read(json.loads(body))
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


def _v1() -> "V1Services":
    return _connected().client.v1


def _sessions() -> "SessionService":
    return _v1().checkout.sessions


async def _ask(call: Coroutine[Any, Any, T]) -> T:
    """The answer, or one of our two errors: a clear no, or not known."""
    try:
        return await call
    except stripe.StripeError as error:
        raise _as_ours(error) from error


def _as_ours(error: stripe.StripeError) -> ProcessorRefused | ProcessorUnavailable:
    return ProcessorRefused(_reason(error)) if _is_clear_no(error) else ProcessorUnavailable()


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


# Refunds, disputes, and what reconciliation compares


@dataclass(frozen=True, slots=True)
class RefundTruth:
    """What the processor says about a refund now; `charge_ref` is the payment it belongs to."""

    refund_ref: str
    status: Literal["pending", "succeeded", "failed"]
    amount_minor: int
    currency: str
    charge_ref: str
    refund_id: UUID | None
    """Our own id; None for a refund that was made at the processor."""
    failure: str


@dataclass(frozen=True, slots=True)
class DisputeTruth:
    """What the processor says about a chargeback now."""

    dispute_ref: str
    status: Literal["open", "won", "lost"]
    amount_minor: int
    currency: str
    charge_ref: str
    reason: str


@dataclass(frozen=True, slots=True)
class ChargeTruth:
    """Money that a card gave, whatever came of it later."""

    charge_ref: str
    amount_minor: int
    currency: str
    payment_id: UUID | None


async def create_refund(
    charge_ref: str, amount_minor: int, *, refund_id: UUID, payment_id: UUID, idempotency_key: str
) -> RefundTruth:
    """Send money back; the same key always means the same refund.

    Raises ProcessorUnavailable (it may have been made), ProcessorRefused.
    """
    ours = {"refund_id": str(refund_id), "payment_id": str(payment_id)}
    made = await _ask(
        _connected().client.v1.refunds.create_async(
            {"payment_intent": charge_ref, "amount": amount_minor, "metadata": ours},
            {"idempotency_key": idempotency_key},
        )
    )
    return _refund_truth(made.to_dict())


async def fetch_refund(refund_ref: str) -> RefundTruth:
    """What the processor says about a refund now. Raises ProcessorUnavailable, ProcessorRefused."""
    return _refund_truth((await _ask(_connected().client.v1.refunds.retrieve_async(refund_ref))).to_dict())


async def refunds_of(charge_ref: str) -> list[RefundTruth]:
    """Every refund of one payment, ours and others."""
    listing = _connected().client.v1.refunds.list_async
    return [_refund_truth(body) async for body in _every(listing, {"payment_intent": charge_ref})]


async def disputes_of(charge_ref: str) -> list[DisputeTruth]:
    """Every dispute of one payment that has moved money."""
    listing = _connected().client.v1.disputes.list_async
    found = [body async for body in _every(listing, {"payment_intent": charge_ref})]
    return [_dispute_truth(body) for body in found if _moves_money(body)]


async def fetch_charge(charge_ref: str) -> ChargeTruth | None:
    """The money of one payment, or None when the processor has none or knows nothing of it."""
    try:
        body = (await _ask(_connected().client.v1.payment_intents.retrieve_async(charge_ref))).to_dict()
    except ProcessorRefused:
        return None
    if not body["amount_received"]:
        return None
    return ChargeTruth(body["id"], body["amount_received"], body["currency"].upper(), _payment_id(body))


async def charges_between(since: datetime, until: datetime) -> AsyncGenerator[ChargeTruth]:
    """The money that cards gave in the period."""
    async for body in _every(_connected().client.v1.charges.list_async, _within(since, until)):
        if body["paid"] and body.get("payment_intent"):
            yield ChargeTruth(
                _ident(body["payment_intent"]) or "",
                body["amount_captured"],
                body["currency"].upper(),
                _payment_id(body),
            )


async def refunds_between(since: datetime, until: datetime) -> AsyncGenerator[RefundTruth]:
    """The refunds that were made in the period."""
    async for body in _every(_connected().client.v1.refunds.list_async, _within(since, until)):
        yield _refund_truth(body)


async def disputes_between(since: datetime, until: datetime) -> AsyncGenerator[DisputeTruth]:
    """The disputes that were opened in the period and have moved money."""
    async for body in _every(_connected().client.v1.disputes.list_async, _within(since, until)):
        if _moves_money(body):
            yield _dispute_truth(body)


async def _every(listing: Callable[[Any], Coroutine[Any, Any, Any]], wanted: dict[str, Any]):
    """The objects of a list as plain values, page after page."""
    params = {"limit": _PAGE, **wanted}
    while True:
        page = await _ask(listing(params))
        for found in page.data:
            yield cast(dict[str, Any], found.to_dict())
        if not page.has_more:
            return
        params["starting_after"] = page.data[-1].id


def _within(since: datetime, until: datetime) -> dict[str, Any]:
    return {"created": {"gte": int(since.timestamp()), "lt": int(until.timestamp())}}


def _refund_truth(body: Mapping[str, Any]) -> RefundTruth:
    status = {"succeeded": "succeeded", "failed": "failed", "canceled": "failed"}.get(
        body["status"], "pending"
    )
    metadata: Mapping[str, Any] = body.get("metadata") or {}
    refund_id: UUID | None = None
    with suppress(ValueError, TypeError):
        refund_id = UUID(metadata.get("refund_id"))
    return RefundTruth(
        refund_ref=body["id"],
        status=cast(Literal["pending", "succeeded", "failed"], status),
        amount_minor=body["amount"],
        currency=body["currency"].upper(),
        charge_ref=_ident(body.get("payment_intent")) or "",
        refund_id=refund_id,
        failure=str(body.get("failure_reason") or (body["status"] if status == "failed" else "")),
    )


def _moves_money(dispute: Mapping[str, Any]) -> bool:
    """An inquiry or a prevented dispute takes nothing from us."""
    return not dispute["status"].startswith("warning") and dispute["status"] != "prevented"


def _dispute_truth(body: Mapping[str, Any]) -> DisputeTruth:
    status = body["status"] if body["status"] in ("won", "lost") else "open"
    return DisputeTruth(
        dispute_ref=body["id"],
        status=status,
        amount_minor=body["amount"],
        currency=body["currency"].upper(),
        charge_ref=_ident(body.get("payment_intent")) or "",
        reason=str(body.get("reason") or ""),
    )
