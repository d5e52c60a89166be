"""Signatures by which a provider's server knows that it was us, and that it was just now."""

import base64
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from secrets import token_urlsafe
from uuid import UUID

from cabinet.settings import settings
from cabinet.webhooks.models import WebhookEndpoint

HEADER = "Cabinet-Signature"
TWO_SECRETS_FOR = timedelta(days=7)
"""How long the secret before signs too."""


def new_seed() -> str:
    """What makes a new secret."""
    return token_urlsafe(32)


def secret_of(endpoint_id: UUID, seed: str, key: bytes = b"") -> str:
    """The secret that is shown once: derived, so that a copy of the database cannot sign."""
    key = key or settings.secret_keys[0]
    made = hmac.digest(key, f"webhook:{endpoint_id}:{seed}".encode(), "sha256")
    return "whsec_" + base64.urlsafe_b64encode(made).decode().rstrip("=")


def secrets_of(endpoint: WebhookEndpoint, moment: datetime) -> list[str]:
    """The secrets that sign at this moment, the newest first; with every key that is still named."""
    seeds = [endpoint.seed]
    if endpoint.old_seed and endpoint.old_seed_until and endpoint.old_seed_until > moment:
        seeds.append(endpoint.old_seed)
    return [secret_of(endpoint.id, seed, key) for key in settings.secret_keys for seed in seeds]


def sign(secrets: Sequence[str], moment: datetime, body: bytes) -> str:
    """`t=<seconds>,v1=<hex>`: HMAC-SHA256 of `<seconds>.<body>`, with a `v1` for each secret."""
    seconds = int(moment.timestamp())
    said = f"{seconds}.".encode() + body
    marks = [f"v1={hmac.digest(secret.encode(), said, 'sha256').hex()}" for secret in secrets]
    return ",".join([f"t={seconds}", *marks])
