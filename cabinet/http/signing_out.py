"""The answer after which a browser is signed in no more."""

from starlette.requests import Request
from starlette.responses import Response

from cabinet.http import replies
from cabinet.residents.cookie import cookie_name
from cabinet.settings import settings


def signed_out(request: Request, go: str) -> Response:
    """Go on to a path of ours. The browser keeps neither the cookie of the session nor pages to go back to.

    `ui.js` forgets what was typed. The cookie by which the browser is known again stays.
    """
    response = replies.done(request, go)
    response.headers["Clear-Site-Data"] = '"cache"'
    response.delete_cookie(cookie_name(), path="/", secure=settings.is_https, httponly=True, samesite="lax")
    return response
