"""The cookies of a session and of a browser: their names, and finding their tokens in a request's header."""

from cabinet.settings import settings


def cookie_name() -> str:
    """`__Host-sid` over TLS, where browsers enforce its scope; plain `sid` on http://localhost."""
    return "__Host-sid" if settings.is_https else "sid"


def device_cookie_name() -> str:
    """The cookie by which a browser is known again at the next sign-in; it opens nothing."""
    return "__Host-device" if settings.is_https else "device"


def token_in(header: str) -> str | None:
    """The session token in a `Cookie:` header, if there is one, whatever other cookies look like."""
    return _value(header, cookie_name())


def device_token_in(header: str) -> str | None:
    """The token of the browser, if it has one."""
    return _value(header, device_cookie_name())


def _value(header: str, wanted: str) -> str | None:
    for pair in header.split(";"):
        name, _, value = pair.strip().partition("=")
        if name == wanted and value:
            return value
    return None
