"""The session cookie: its name, and finding its token in a request's header."""

from cabinet.settings import settings


def cookie_name() -> str:
    """`__Host-sid` over TLS, where browsers enforce its scope; plain `sid` on http://localhost."""
    return "__Host-sid" if settings.is_https else "sid"


def token_in(header: str) -> str | None:
    """The session token in a `Cookie:` header, if there is one, whatever other cookies look like."""
    wanted = cookie_name()
    for pair in header.split(";"):
        name, _, value = pair.strip().partition("=")
        if name == wanted and value:
            return value
    return None
