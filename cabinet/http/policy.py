"""What browsers may do with a page of ours: its Content-Security-Policy."""

from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256

from cabinet.settings import settings


def page_policy(*, scripts: Sequence[str] = (), styles: Sequence[str] = (), forms: Sequence[str] = ()) -> str:
    """What a page may load and where it may send: our own files, and what is named besides. Nothing is eval'd.

    Styles that scripts set are free (CSSOM); a `style` attribute, a handler in an attribute, and an inline
    script or style without its hash or nonce do nothing.
    """
    socket = settings.public_url.replace("http", "ws", 1)
    rules = [
        "default-src 'self'",
        " ".join(["script-src 'self'", *scripts]),
        "script-src-attr 'none'",
        " ".join(["style-src 'self'", *styles]),
        "img-src 'self' data:",
        f"connect-src 'self' {socket}",
        "manifest-src 'self'",
        "worker-src 'self'",
        "frame-src 'none'",
        " ".join(["form-action 'self'", *forms]),
        "base-uri 'none'",
        "object-src 'none'",
        "frame-ancestors 'none'",
        *(["upgrade-insecure-requests"] if settings.is_https else []),
    ]
    return "; ".join(rules)


def source_hash(text: str) -> str:
    """By which a policy knows an inline script or style."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
