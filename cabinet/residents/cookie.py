"""The cookies of a session, of a sign-in and of a browser: their names, and finding their tokens in a header."""

from cabinet.settings import settings


def cookie_name() -> str:
    """`__Host-sid` over TLS, where browsers enforce its scope; plain `sid` on http://localhost."""
    return "__Host-sid" if settings.is_https else "sid"


def device_cookie_name() -> str:
    """The cookie by which a browser is known again at the next sign-in; it opens nothing."""
    return "__Host-device" if settings.is_https else "device"


def half_cookie_name() -> str:
    """Of a sign-in that waits for its second factor."""
    return "__Host-half" if settings.is_https else "half"


def key_cookie_name() -> str:
    """Of a browser that was asked for a key."""
    return "__Host-key" if settings.is_https else "key"


def token_in(header: str, name: str = "") -> str | None:
    """The session token in a `Cookie:` header, if there is one, whatever other cookies look like.

    Or the token of the cookie with this `name`.
    """
    wanted = name or cookie_name()
    for pair in header.split(";"):
        found, _, value = pair.strip().partition("=")
        if found == wanted and value:
            return value
    return None
