"""New objects with the fields and types that Stripe documents for the pinned version of its API."""

from datetime import datetime
from typing import Any

from cabinet.sandbox import clock
from cabinet.sandbox.cards import Card, Decline
from cabinet.sandbox.models import Body
from cabinet.sandbox.params import CreateSession, LineItem
from cabinet.sandbox.store import new_id

_FEE_PER_MILLE = 29
_AVAILABLE_AFTER_SECONDS = 2 * 24 * 3600


def _new(kind: str, prefix: str, *, length: int = 24, **fields: Any) -> Body:
    return {
        "id": new_id(prefix, length),
        "object": kind,
        "created": clock.timestamp(),
        "livemode": False,
        "metadata": {},
        **fields,
    }


def checkout_session(params: CreateSession, *, currency: str | None, expires_at: datetime, base: str) -> Body:
    """An open session; `base` is the address of the hosted pages."""
    total = sum(item.amount for item in params.line_items) if params.line_items else None
    body = _new("checkout.session", "cs_test", length=58)
    return body | {
        "adaptive_pricing": {"enabled": False},
        "after_expiration": None,
        "allow_promotion_codes": None,
        "allowed_payment_method_types": params.allowed_payment_method_types,
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "billing_address_collection": None,
        "cancel_url": params.cancel_url,
        "client_reference_id": params.client_reference_id,
        "client_secret": None,
        "collected_information": None,
        "consent": None,
        "consent_collection": None,
        "currency": currency,
        "currency_conversion": None,
        "custom_fields": [],
        "custom_text": {
            "after_submit": None,
            "shipping_address": None,
            "submit": None,
            "terms_of_service_acceptance": None,
        },
        "customer": params.customer,
        "customer_creation": (params.customer_creation or "if_required") if total else None,
        "customer_details": {"email": params.customer_email, "name": None, "phone": None, "address": None,
                             "tax_exempt": "none", "tax_ids": None} if params.customer_email else None,
        "customer_email": params.customer_email,
        "discounts": [],
        "excluded_payment_method_types": None,
        "expires_at": int(expires_at.timestamp()),
        "invoice": None,
        "invoice_creation": None,
        "locale": params.locale,
        "metadata": params.metadata,
        "mode": params.mode,
        "origin_context": None,
        "payment_intent": None,
        "payment_link": None,
        "payment_method_collection": "if_required",
        "payment_method_configuration_details": None,
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": ["card"],
        "payment_status": "unpaid" if params.mode == "payment" else "no_payment_required",
        "permissions": None,
        "phone_number_collection": {"enabled": False},
        "recovered_from": None,
        "saved_payment_method_options": None,
        "setup_intent": None,
        "shipping_address_collection": None,
        "shipping_cost": None,
        "shipping_options": [],
        "status": "open",
        "submit_type": params.submit_type,
        "subscription": None,
        "success_url": params.success_url,
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0} if total else None,
        "ui_mode": params.ui_mode,
        "url": f"{base}/pay/{body['id']}",
        "wallet_options": None,
    }  # fmt: skip


def line_item(item: LineItem) -> Body:
    """What the payer is charged for."""
    price = _new(
        "price",
        "price",
        active=False,
        billing_scheme="per_unit",
        currency=item.price_data.currency,
        custom_unit_amount=None,
        lookup_key=None,
        nickname=None,
        product=new_id("prod", 14),
        recurring=None,
        tax_behavior="unspecified",
        tiers_mode=None,
        transform_quantity=None,
        type="one_time",
        unit_amount=item.price_data.unit_amount,
        unit_amount_decimal=str(item.price_data.unit_amount),
    )
    return {
        "id": new_id("li"),
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": item.amount,
        "amount_tax": 0,
        "amount_total": item.amount,
        "currency": item.price_data.currency,
        "description": item.price_data.product_data.name,
        "metadata": {},
        "price": price,
        "quantity": item.quantity,
    }


def payment_intent(*, amount: int, currency: str, customer: str | None, **fields: Any) -> Body:
    """An intent that waits for a card."""
    body = _new("payment_intent", "pi")
    return (
        body
        | {
            "amount": amount,
            "amount_capturable": 0,
            "amount_details": {"tip": {}},
            "amount_received": 0,
            "application": None,
            "application_fee_amount": None,
            "automatic_payment_methods": None,
            "canceled_at": None,
            "cancellation_reason": None,
            "capture_method": "automatic_async",
            "client_secret": f"{body['id']}_secret_{new_id('s', 25)[2:]}",
            "confirmation_method": "automatic",
            "currency": currency,
            "customer": customer,
            "description": None,
            "last_payment_error": None,
            "latest_charge": None,
            "next_action": None,
            "on_behalf_of": None,
            "payment_method": None,
            "payment_method_configuration_details": None,
            "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
            "payment_method_types": ["card"],
            "processing": None,
            "receipt_email": None,
            "review": None,
            "setup_future_usage": None,
            "shipping": None,
            "source": None,
            "statement_descriptor": None,
            "statement_descriptor_suffix": None,
            "status": "requires_payment_method",
            "transfer_data": None,
            "transfer_group": None,
        }
        | fields
    )


def setup_intent(*, customer: str | None, **fields: Any) -> Body:
    """An intent to save a card."""
    body = _new("setup_intent", "seti")
    return (
        body
        | {
            "application": None,
            "automatic_payment_methods": None,
            "cancellation_reason": None,
            "client_secret": f"{body['id']}_secret_{new_id('s', 25)[2:]}",
            "customer": customer,
            "description": None,
            "flow_directions": None,
            "last_setup_error": None,
            "latest_attempt": None,
            "mandate": None,
            "next_action": None,
            "on_behalf_of": None,
            "payment_method": None,
            "payment_method_configuration_details": None,
            "payment_method_options": {
                "card": {"mandate_options": None, "request_three_d_secure": "automatic"}
            },
            "payment_method_types": ["card"],
            "single_use_mandate": None,
            "status": "requires_payment_method",
            "usage": "off_session",
        }
        | fields
    )


def payment_method(card: Card, *, customer: str | None) -> Body:
    """A card without its number."""
    return _new(
        "payment_method",
        "pm",
        allow_redisplay="unspecified",
        billing_details=_nobody(),
        card=_card(card.brand, card.last4, card.month, card.year),
        customer=customer,
        type="card",
    )


def _nobody() -> Body:
    return {"address": None, "email": None, "name": None, "phone": None, "tax_id": None}


def _card(brand: str, last4: str, month: int, year: int) -> Body:
    return {
        "brand": brand,
        "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
        "country": "RU",
        "display_brand": brand,
        "exp_month": month,
        "exp_year": year,
        "fingerprint": f"sandbox{last4}",
        "funding": "credit",
        "generated_from": None,
        "last4": last4,
        "networks": {"available": [brand], "preferred": None},
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }


def charge(intent: Body, method: Body, *, decline: Decline | None, paid: bool) -> Body:
    """One attempt to take the intent's money."""
    status = "failed" if decline else "succeeded" if paid else "pending"
    return _new(
        "charge",
        "ch",
        amount=intent["amount"],
        amount_captured=intent["amount"] if paid else 0,
        amount_refunded=0,
        application=None,
        application_fee=None,
        application_fee_amount=None,
        balance_transaction=None,
        billing_details=method["billing_details"],
        calculated_statement_descriptor="SANDBOX",
        captured=paid,
        currency=intent["currency"],
        customer=intent["customer"],
        description=intent["description"],
        disputed=False,
        failure_balance_transaction=None,
        failure_code=decline.code if decline else None,
        failure_message=decline.message if decline else None,
        fraud_details={},
        metadata=intent["metadata"],
        on_behalf_of=None,
        outcome=_outcome(decline),
        paid=paid,
        payment_intent=intent["id"],
        payment_method=method["id"],
        payment_method_details={"type": "card", "card": method["card"]},
        receipt_email=intent["receipt_email"],
        receipt_number=None,
        receipt_url=None,
        refunded=False,
        review=None,
        shipping=None,
        source_transfer=None,
        statement_descriptor=None,
        statement_descriptor_suffix=None,
        status=status,
        transfer_data=None,
        transfer_group=None,
    )


def _outcome(decline: Decline | None) -> Body:
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "declined_by_network" if decline else "approved_by_network",
        "reason": decline.decline_code if decline else None,
        "risk_level": "normal",
        "seller_message": "The bank did not return any further details with this decline."
        if decline
        else "Payment complete.",
        "type": "issuer_declined" if decline else "authorized",
    }


def balance_transaction(kind: str, *, amount: int, currency: str, source: str) -> Body:
    """A movement of our balance at the processor; the processor keeps 2.9 % of charges."""
    fee = (amount * _FEE_PER_MILLE + 500) // 1000 if kind == "charge" else 0
    details = [{"amount": fee, "application": None, "currency": currency, "description": "Processing fees",
                "type": "stripe_fee"}] if fee else []  # fmt: skip
    body = _new("balance_transaction", "txn")
    del body["metadata"], body["livemode"]
    return body | {
        "amount": amount,
        "available_on": clock.timestamp() + _AVAILABLE_AFTER_SECONDS,
        "balance_type": "payments",
        "currency": currency,
        "description": None,
        "exchange_rate": None,
        "fee": fee,
        "fee_details": details,
        "net": amount - fee,
        "reporting_category": "dispute" if kind == "adjustment" else kind,
        "source": source,
        "status": "pending",
        "type": kind,
    }


def refund(
    of_charge: Body, *, amount: int, reason: str | None, metadata: dict[str, str], status: str
) -> Body:
    """Money on its way back to the card."""
    body = _new("refund", "re")
    del body["livemode"]
    return body | {
        "amount": amount,
        "balance_transaction": None,
        "charge": of_charge["id"],
        "currency": of_charge["currency"],
        "destination_details": {"type": "card", "card": {"type": "refund", "reference_status": "pending"}},
        "metadata": metadata,
        "payment_intent": of_charge["payment_intent"],
        "reason": reason,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": status,
        "transfer_reversal": None,
    }


def dispute(of_charge: Body) -> Body:
    """The cardholder's bank takes the money back until it is decided."""
    return _new(
        "dispute",
        "du",
        amount=of_charge["amount"],
        balance_transactions=[],
        charge=of_charge["id"],
        currency=of_charge["currency"],
        enhanced_eligibility_types=[],
        evidence={"uncategorized_text": None},
        evidence_details={
            "due_by": clock.timestamp() + 7 * 24 * 3600,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        is_charge_refundable=False,
        payment_intent=of_charge["payment_intent"],
        payment_method_details=None,
        reason="fraudulent",
        status="needs_response",
    )


def customer(
    *, email: str | None, name: str | None, description: str | None, metadata: dict[str, str]
) -> Body:
    """Whom saved cards belong to."""
    return _new(
        "customer",
        "cus",
        address=None,
        balance=0,
        currency=None,
        default_source=None,
        delinquent=False,
        description=description,
        discount=None,
        email=email,
        invoice_prefix=new_id("x", 8)[2:].upper(),
        invoice_settings={
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        metadata=metadata,
        name=name,
        next_invoice_sequence=1,
        phone=None,
        preferred_locales=[],
        shipping=None,
        tax_exempt="none",
        test_clock=None,
    )
