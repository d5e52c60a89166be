"""What the sandbox and its client agree on: keys, addresses, test cards."""

import hashlib
import hmac

import stripe

from cabinet.settings import settings

PREFIX = "/sandbox"
"""Where `cabinet.py` mounts the sandbox."""

WEBHOOK_PATH = "/api/stripe/webhook"
"""The app's route that receives signed events."""

API_VERSION = str(stripe.api_version)
"""The version of Stripe's API that the pinned `stripe` package speaks."""


def _derived(purpose: str) -> str:
    secret = settings.secret_key.get_secret_value().encode()
    return hmac.new(secret, f"sandbox:{purpose}".encode(), hashlib.sha256).hexdigest()


SANDBOX_KEY = f"sk_test_{_derived('api key')[:48]}"
SANDBOX_WEBHOOK_SECRET = f"whsec_{_derived('webhook')}"

TEST_CARDS: dict[str, str] = {
    "success": "4242424242424242",
    "declined": "4000000000000002",
    "insufficient_funds": "4000000000009995",
    "authentication": "4000002500003155",
}

MORE_CARDS: dict[str, str] = {
    "delayed": "4000000000000408",
    "dispute": "4000000000000259",
    "always_authenticate": "4000002760003184",
    "declined_when_charged": "4000000000000341",
    "refund_pending": "4000000000007726",
    "refund_fails": "4000000000005126",
    "expired": "4000000000000069",
    "wrong_cvc": "4000000000000127",
    "lost": "4000000000009987",
}
"""Rarer outcomes, for tests. `delayed` is ours; the others behave as Stripe's of the same number."""
