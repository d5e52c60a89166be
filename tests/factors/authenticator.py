"""A key in software: makes passkeys and signs with them, as a phone does; can be told to misbehave."""

import hashlib
import json
import os
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import bytes_to_base64url

from cabinet.factors.challenges import site
from cabinet.settings import settings

_PRESENT, _VERIFIED, _WITH_KEY = 1, 4, 64


@dataclass
class Authenticator:
    """One passkey of one person."""

    private: EllipticCurvePrivateKey = field(default_factory=lambda: generate_private_key(SECP256R1()))
    credential_id: bytes = field(default_factory=lambda: os.urandom(32))
    owner: bytes = b""
    count: int = 0
    verifies: bool = True
    origin: str = field(default_factory=lambda: settings.public_url)
    site: str = field(default_factory=site)

    def make(self, asked: dict[str, Any]) -> str:
        """What a browser answers to the options of a new key."""
        owner = asked["user"]["id"]
        self.owner = owner.encode()
        key = _cose(self.private)
        attested = bytes(16) + len(self.credential_id).to_bytes(2) + self.credential_id + key
        data = self._data(_WITH_KEY) + attested
        made = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer(
            {
                "clientDataJSON": bytes_to_base64url(self._said("webauthn.create", asked)),
                "attestationObject": bytes_to_base64url(made),
            }
        )

    def sign(self, asked: dict[str, Any]) -> str:
        """What a browser answers to the options of a sign-in."""
        self.count += 1
        data, said = self._data(), self._said("webauthn.get", asked)
        signature = self.private.sign(data + hashlib.sha256(said).digest(), ECDSA(SHA256()))
        return self._answer(
            {
                "clientDataJSON": bytes_to_base64url(said),
                "authenticatorData": bytes_to_base64url(data),
                "signature": bytes_to_base64url(signature),
                "userHandle": self.owner.decode(),
            }
        )

    def _data(self, more: int = 0) -> bytes:
        flags = _PRESENT | (_VERIFIED if self.verifies else 0) | more
        return hashlib.sha256(self.site.encode()).digest() + bytes([flags]) + self.count.to_bytes(4)

    def _said(self, kind: str, asked: dict[str, Any]) -> bytes:
        return json.dumps({"type": kind, "challenge": asked["challenge"], "origin": self.origin}).encode()

    def _answer(self, response: dict[str, str]) -> str:
        ident = bytes_to_base64url(self.credential_id)
        return json.dumps({"id": ident, "rawId": ident, "type": "public-key", "response": response})


def _cose(private: EllipticCurvePrivateKey) -> bytes:
    point = private.public_key().public_numbers()
    return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32), -3: point.y.to_bytes(32)})
